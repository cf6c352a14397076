import Foundation
import Glibc
import Testing

@testable import ProfileRewriter

/// Real processes under names of our own.
@Suite struct ProcessListTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// A copy of sleep(1) under a name, running.
  private final class Sleeper {
    let process = Process()

    init(_ scratch: Scratch, _ name: String, _ environment: [String: String]) throws {
      let path = "\(scratch.path)/\(name)"
      if !FileManager.default.fileExists(atPath: path) {
        try FileManager.default.copyItem(atPath: "/bin/sleep", toPath: path)
      }
      process.executableURL = URL(fileURLWithPath: path)
      process.arguments = ["60"]
      process.environment = environment
      process.standardInput = FileHandle.nullDevice
      try process.run()
    }

    deinit {
      if process.isRunning {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
      }
    }
  }

  /// Unlike anything else that runs on the machine.
  private func name(_ word: String) -> String { "\(word)-\(UInt32.random(in: 0...UInt32.max))" }

  @Test func findsAProcessByItsFileName() throws {
    let (name, other) = (name("a-mail-client-with-a-long-name"), name("other"))
    let first = try Sleeper(scratch, name, ["HOME": "/home/lab", "X": "1"])
    let second = try Sleeper(scratch, name, [:])
    let third = try Sleeper(scratch, other, ["HOME": ""])
    let list = LinuxProcessList()
    let found = try list.running([name, "no-such-program"])
    #expect(found.map(\.pid) == [first, second].map(\.process.processIdentifier).sorted())
    #expect(found.allSatisfy { $0.uid == getuid() && $0.program == name && $0.startedAt > 0 })
    let known = try #require(found.first { $0.pid == first.process.processIdentifier })
    #expect(known.home == Array("/home/lab".utf8))
    #expect(
      Set(list.environment(of: known).map { String(decoding: $0, as: UTF8.self) })
        == ["HOME=/home/lab", "X=1"])
    #expect(found.first { $0.pid == second.process.processIdentifier }?.home == nil)
    #expect(try list.running([other]).map(\.home) == [[]])
    #expect(try list.running([]) == [])
    withExtendedLifetime([first, second, third]) {}
  }

  /// An upgrade takes the file away under a running program.
  @Test func findsADeletedProgram() throws {
    let name = name("deleted")
    let sleeper = try Sleeper(scratch, name, [:])
    unlink("\(scratch.path)/\(name)")
    #expect(
      try LinuxProcessList().running([name]).map(\.pid) == [sleeper.process.processIdentifier])
    #expect(try LinuxProcessList().running([name + " (deleted)"]) == [])
  }

  /// One that has ended, and whose parent has not asked for its status yet.
  @Test func aZombieDoesNotRun() throws {
    let name = String(name("z").prefix(15))
    try FileManager.default.copyItem(atPath: "/bin/sleep", toPath: "\(scratch.path)/\(name)")
    var pid: pid_t = 0
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(name), strdup("60"), nil]
    defer { for argument in arguments { free(argument) } }
    #expect(posix_spawn(&pid, "\(scratch.path)/\(name)", nil, nil, &arguments, nil) == 0)
    defer {
      var status: Int32 = 0
      waitpid(pid, &status, 0)
    }
    #expect(try eventually { try LinuxProcessList().running([name]).map(\.pid) == [pid] })
    kill(pid, SIGKILL)
    #expect(try eventually { try LinuxProcessList().running([name]) == [] })
    let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
    #expect(stat.contains("(\(name)) Z"), "it is still listed")
  }

  private func eventually(_ condition: () throws -> Bool) throws -> Bool {
    for _ in 0..<200 {
      if try condition() { return true }
      usleep(10_000)
    }
    return false
  }

  @Test func whereThereIsNoProc() throws {
    let list = LinuxProcessList(root: "\(scratch.path)/nowhere")
    #expect(reason { _ = try list.running(["x"]) } == .lockNotProvable)
  }

  /// What another user's processes are is told by the kernel's name alone; names may hold anything.
  @Test func whatProcTells() throws {
    func add(_ pid: Int, comm: String, stat: String, status: String = "Uid:\t1000\t0\t0\t0") throws
    {
      try scratch.directory("\(pid)")
      try scratch.file("\(pid)/comm", comm + "\n")
      try scratch.file("\(pid)/stat", stat)
      try scratch.file("\(pid)/status", "Name:\tx\n\(status)\n")
    }
    let fields = (4...21).map(String.init).joined(separator: " ")
    try add(30, comm: "evolution", stat: "30 (evolution) S \(fields) 777 23")
    try add(4, comm: "evolution", stat: "4 (a) Z) 1 (b) S \(fields) 5 23")
    try add(5, comm: "evolution", stat: "5 (evolution) Z \(fields) 777 23")
    try add(6, comm: "evolution", stat: "6 (evolution) S 1 2")
    try add(7, comm: "evolution", stat: "7 (evolution) S \(fields) 777", status: "Gid:\t1")
    try add(8, comm: "evolution-sourc", stat: "8 (evolution-sourc) S \(fields) 777 23")
    try scratch.directory("9")
    try scratch.file("10", "no directory")
    try scratch.file("30/environ", "A=1\u{0}HOME=/home/x\u{0}HOME=/y\u{0}")
    let list = LinuxProcessList(root: scratch.path)
    #expect(
      try list.running(["evolution"]) == [
        RunningProcess(pid: 4, uid: 1000, program: "evolution", startedAt: 5),
        RunningProcess(
          pid: 30, uid: 1000, program: "evolution", startedAt: 777, home: Array("/home/x".utf8)),
      ])
    #expect(try list.running(["evolution-source-registry"]) == [])
  }

  /// Anybody may start as many as they like of what is called like a client, without an environment.
  @Test func whatHasNoEnvironmentForLongIsNotWaitedFor() throws {
    let fields = (4...21).map(String.init).joined(separator: " ")
    for pid in 100..<200 {
      try scratch.directory("\(pid)")
      try scratch.file("\(pid)/stat", "\(pid) (evolution) S \(fields) 5 23")
      try scratch.file("\(pid)/status", "Name:\tx\nUid:\t1000\t0\t0\t0\n")
      scratch.link("\(pid)/exe", to: "/usr/bin/evolution")
    }
    let list = LinuxProcessList(root: scratch.path)
    let start = ContinuousClock.now
    #expect(try list.running(["evolution"]).count == 100)
    let time = ContinuousClock.now - start
    // One after the other they took 30 s.
    #expect(time < .seconds(5), "\(time)")
  }

  // MARK: Looked at once a second

  private final class Counting: ProcessList, @unchecked Sendable {
    var asked: [Set<String>] = []
    var fails = false

    func running(_ programs: Set<String>) throws(Refusal) -> [RunningProcess] {
      asked.append(programs)
      if fails { throw Refusal(.lockNotProvable, "no") }
      return [RunningProcess(pid: 1, uid: 1, program: "x", startedAt: UInt64(asked.count))]
    }
    func environment(of process: RunningProcess) -> [[UInt8]] { [] }
    func run(
      _ command: [String], asUser uid: UInt32, environment: [[UInt8]], seconds: Double
    ) -> Int32 { 0 }
  }

  @Test func recentProcesses() throws {
    let list = Counting()
    let recent = RecentProcesses(list)
    #expect(try recent.running(["a"]) == recent.running(["a"]))
    #expect(list.asked == [["a"]])
    _ = try recent.running(["b"])
    #expect(list.asked == [["a"], ["b"]], "others are another question")
    // A child of another test may end a sleep early.
    let clock = ContinuousClock()
    let end = clock.now + .milliseconds(1050)
    while clock.now < end { usleep(10_000) }
    #expect(try recent.running(["a"]).map(\.startedAt) == [3])
    list.fails = true
    #expect(reason { _ = try recent.running(["c"]) } == .lockNotProvable)
    list.fails = false
    #expect(reason { _ = try recent.running(["c"]) } == nil, "a failure is no answer")
  }
}
