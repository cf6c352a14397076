import Foundation
import Testing

@testable import ProfileRewriter

/// What runs, as a test says.
final class FakeProcesses: ProcessList, @unchecked Sendable {
  /// What the n-th question (from 1) is answered with, of the programs asked for.
  var answer: (Int) throws(Refusal) -> [RunningProcess] = { _ in [] }
  var variables: [String] = []
  /// Commands run as a user, and what they do and answer.
  private(set) var commands: [(words: [String], user: UInt32, environment: [String])] = []
  var onCommand: () throws(Refusal) -> Int32 = { 0 }
  private(set) var questions = 0

  func running(_ programs: Set<String>) throws(Refusal) -> [RunningProcess] {
    questions += 1
    return try answer(questions).filter { programs.contains($0.program) }
  }

  func environment(of process: RunningProcess) -> [[UInt8]] { variables.map { Array($0.utf8) } }

  func run(
    _ command: [String], asUser uid: UInt32, environment: [[UInt8]], seconds: Double
  ) throws(Refusal) -> Int32 {
    commands.append(
      (command, uid, environment.map { String(decoding: $0, as: UTF8.self) }))
    return try onCommand()
  }

  /// From the n-th question on these run.
  func start(_ processes: RunningProcess..., from question: Int = 1) {
    answer = { $0 >= question ? processes : [] }
  }
}

/// A home of Evolution's, with processes and waiting as a test says.
final class Desk {
  let sandbox: Sandbox
  let processes = FakeProcesses()
  var stopClients = false
  var clientIsClosed = false
  /// With more than one, changes are written and undone many at once.
  var jobs = 1
  /// Called with the number of the waiting, from 1.
  var onWait: (Int) throws -> Void = { _ in }
  private(set) var waits: [Double] = []

  init(_ variant: String) throws {
    sandbox = try Sandbox(try Fixture.named(variant, of: "evolution"))
  }

  var engine: Engine {
    var configuration = sandbox.engine.configuration
    configuration.processes = processes
    configuration.stopClients = stopClients
    configuration.clientIsClosed = clientIsClosed
    configuration.jobs = jobs
    let hook = Hook { [unowned self] seconds in
      waits.append(seconds)
      do { try onWait(waits.count) } catch { Issue.record(error) }
    }
    configuration.wait = { hook.body($0) }
    return Engine(configuration)
  }

  /// The engine waits in the thread that asked it.
  private struct Hook: @unchecked Sendable {
    var body: (Double) -> Void
  }

  func apply(_ pattern: String? = nil) throws -> [ResultRow] {
    var rows: [ResultRow] = []
    try engine.apply(sandbox.request(pattern)) { rows.append($0) }
    return rows
  }

  func rollback(
    _ which: UndoRequest.Which = .lastRun, _ pattern: String? = nil, leaveOnServer: Bool = false
  ) throws -> [ResultRow] {
    var rows: [ResultRow] = []
    try engine.rollback(
      UndoRequest(
        which: which, pattern: pattern.map { AccountPattern($0) }, leaveOnServer: leaveOnServer)
    ) { rows.append($0) }
    return rows
  }

  func finish() throws -> [ResultRow] {
    var rows: [ResultRow] = []
    try engine.finish(FinishRequest()) { rows.append($0) }
    return rows
  }

  func recover() throws { try engine.recover { _ in } }

  var unsettled: [Change] {
    get throws {
      try engine.history().filter { [.prepared, .undoing, .conflict].contains($0.state) }
    }
  }

  // MARK: Accounts

  /// The accounts that the fixture switches, by their files' names.
  var uids: [String] { sandbox.fixture.imap.keys.sorted() }

  func source(_ uid: String) -> URL {
    sandbox.profile.appendingPathComponent("sources/\(uid).source")
  }

  func text(_ uid: String) throws -> String { try String(contentsOf: source(uid), encoding: .utf8) }

  func write(_ text: String, to uid: String) throws {
    try Data(text.utf8).write(to: source(uid))
  }

  func isIMAP(_ uid: String) throws -> Bool { try text(uid).contains("\nBackendName=imapx\n") }

  // MARK: Processes

  static func evolution(
    uid: UInt32 = geteuid(), home: String? = nil, program: String = "evolution"
  ) -> RunningProcess {
    RunningProcess(
      pid: 4711, uid: uid, program: program, startedAt: 1, home: home.map { Array($0.utf8) })
  }

  static func registry(home: String? = nil) -> RunningProcess {
    evolution(home: home, program: "evolution-source-registry")
  }
}
