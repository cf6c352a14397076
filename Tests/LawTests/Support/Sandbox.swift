import Adapters
import Foundation

@testable import ProfileRewriter

/// A scratch directory with a home and a journal of its own, and an engine upon them.
final class Sandbox {
  let directory: URL
  let home: URL
  let state: URL
  let fixture: Fixture
  var adapters: [any ClientAdapter] = builtInAdapters
  var calls: any SystemCalls = LinuxSystemCalls()
  var processes: any ProcessList = NoProcesses()
  var users = Owners.shared
  /// With more than one, changes are made and undone many at once.
  var jobs = 1
  var shouldStop: @Sendable () -> Bool = { false }
  /// The user's word, which profiles of other systems need.
  var clientIsClosed: Bool

  init(_ fixture: Fixture) throws {
    self.fixture = fixture
    clientIsClosed = fixture.isElsewhere
    directory = Self.scratch.appendingPathComponent("laws-\(UUID().uuidString.prefix(8))")
    home = directory.appendingPathComponent("home")
    state = directory.appendingPathComponent("state")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    try fixture.copy(to: home)
  }

  /// In memory where there is room: thousands of fsyncs are asked for, and none is tested here
  /// (ProfileRewriterTests does that). Locks prove as much there.
  static let scratch: URL = {
    let memory = "/dev/shm"
    var status = statvfs()
    let isRoomy =
      statvfs(memory, &status) == 0 && UInt64(status.f_bavail) * UInt64(status.f_frsize) > 1 << 30
    return isRoomy && access(memory, W_OK) == 0
      ? URL(fileURLWithPath: memory) : FileManager.default.temporaryDirectory
  }()

  deinit { try? FileManager.default.removeItem(at: directory) }

  var engine: Engine {
    var configuration = EngineConfiguration(
      adapters: adapters, stateDirectory: Array(state.path.utf8),
      installationRoot: Array(directory.path.utf8), calls: calls, processes: processes)
    configuration.users = users
    configuration.jobs = jobs
    configuration.clientIsClosed = clientIsClosed
    configuration.shouldStop = shouldStop
    return Engine(configuration)
  }

  /// Gives everything in the home to a user.
  func giveHome(to uid: UInt32, group: UInt32? = nil) {
    let files = FileManager.default.enumerator(atPath: home.path)
    lchown(home.path, uid, group ?? uid)
    while let path = files?.nextObject() as? String {
      let place = home.appendingPathComponent(path).path
      var status = stat()
      lstat(place, &status)
      lchown(place, uid, group ?? uid)
      if status.st_mode & S_IFMT != S_IFLNK { chmod(place, status.st_mode & 0o7777) }
    }
  }

  var profile: URL { home.appendingPathComponent(fixture.profile) }

  func selection(_ pattern: String? = nil) -> Selection {
    Selection(
      paths: [Array(home.path.utf8)], pattern: pattern.map { AccountPattern($0) })
  }

  func request(_ pattern: String? = nil) -> SwitchRequest {
    SwitchRequest(
      selection: selection(pattern), settings: FixtureSettings(fixture: fixture),
      options: SwitchOptions(fixSMTP: fixture.fixesSMTP))
  }

  @discardableResult
  func apply(_ pattern: String? = nil) throws -> [ResultRow] {
    var rows: [ResultRow] = []
    try engine.apply(request(pattern)) { rows.append($0) }
    return rows
  }

  /// - Parameter isForetold: whether `rollback --dry-run` says the same before; not where calls are made
  ///   to fail, or somebody else is at work.
  @discardableResult
  func rollback(
    _ which: UndoRequest.Which = .lastRun, _ pattern: String? = nil, leaveOnServer: Bool = false,
    isForetold: Bool = true
  ) throws -> [ResultRow] {
    let request = UndoRequest(
      which: which, pattern: pattern.map { AccountPattern($0) }, leaveOnServer: leaveOnServer)
    guard !isForetold else { return try engine.rollbackAsForetold(request, stamps) }
    var rows: [ResultRow] = []
    try engine.rollback(request) { rows.append($0) }
    return rows
  }

  /// Whether every account of the fixture reads as IMAP.
  func isSwitched() throws -> Bool {
    var all = true
    engine.scan(selection()) { row in
      if row.problem != nil || row.account?.kind == .pop3 { all = false }
    }
    return all
  }

  /// Every entry of the home: kind, mode, owner and bytes. A client's lock file is created only
  /// when there is something to write and never removed, so it is left out.
  func tree() throws -> [String: Entry] { try Self.tree(of: home) }

  struct Entry: Hashable, CustomStringConvertible {
    var mode: UInt32
    var uid: UInt32
    var gid: UInt32
    /// nil for a directory.
    var content: Data?

    var description: String {
      "\(String(mode, radix: 8)) \(uid):\(gid) \(content.map { "\($0.count) bytes" } ?? "dir")"
    }
  }

  static func tree(of root: URL) throws -> [String: Entry] {
    var tree: [String: Entry] = [:]
    let files = FileManager.default.enumerator(atPath: root.path)
    while let path = files?.nextObject() as? String {
      if path.hasSuffix("/.parentlock") { continue }
      var status = stat()
      let full = root.appendingPathComponent(path).path
      guard lstat(full, &status) == 0 else { continue }
      let isFile = status.st_mode & S_IFMT == S_IFREG
      tree[path] = Entry(
        mode: status.st_mode, uid: status.st_uid, gid: status.st_gid,
        content: isFile ? try Data(contentsOf: URL(fileURLWithPath: full)) : nil)
    }
    return tree
  }
}

/// Paths whose entries differ, for messages that say where.
func differences(_ left: [String: Sandbox.Entry], _ right: [String: Sandbox.Entry]) -> [String] {
  Set(left.keys).union(right.keys).filter { left[$0] != right[$0] }.sorted()
}
