import Foundation
import Glibc

/// A home as Evolution left it (profiles-fixtures/evolution), in a directory that goes with this
/// object.
final class EvolutionHome {
  let scratch: URL
  let home: URL
  let state: URL

  /// - Parameter client: another, whose fixtures are laid out alike.
  init(
    _ variant: String = "filters", named name: String = "home", of client: String = "evolution"
  ) throws {
    scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("profile-rewriter-tests-\(UUID().uuidString)")
    home = scratch.appendingPathComponent(name)
    state = scratch.appendingPathComponent("state")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("profiles-fixtures/\(client)")
    try FileManager.default.copyItem(
      at: fixtures.appendingPathComponent("\(variant)/home"), to: home)
  }

  deinit { try? FileManager.default.removeItem(at: scratch) }

  var arguments: [String] { [home.path, "--state", state.path] }

  /// The account files that say what backend they have, by name.
  func backends(below sources: String = ".config/evolution/sources") throws -> [String: String] {
    let directory = home.appendingPathComponent(sources)
    var found: [String: String] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
      let text = try String(contentsOf: directory.appendingPathComponent(name), encoding: .utf8)
      guard text.contains("[Mail Account]"), let match = text.firstMatch(of: /BackendName=(\w+)/),
        ["pop", "imapx"].contains(match.output.1)
      else { continue }
      found[name] = String(match.output.1)
    }
    return found
  }

  func contents() throws -> [String: Data] {
    var contents: [String: Data] = [:]
    let files = FileManager.default.enumerator(atPath: home.path)
    while let path = files?.nextObject() as? String {
      contents[path] =
        FileManager.default.contents(
          atPath: home.appendingPathComponent(path).path) ?? Data()
    }
    return contents
  }

  func move(_ path: String, to target: String) throws {
    let target = scratch.appendingPathComponent(target)
    try FileManager.default.createDirectory(
      at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.moveItem(at: home.appendingPathComponent(path), to: target)
  }
}

/// A process whose program has a given file name, ended with this object.
///
/// Not Foundation's `Process`: what lives long must not hold the descriptors of those that run beside
/// it, and `Process` takes a child that closes them for one that has ended.
final class NamedProcess {
  private var pid: pid_t = 0

  struct NotStarted: Error { var number: Int32 }

  /// - Parameter home: its HOME.
  init(_ name: String, in scratch: URL, home: URL) throws {
    let program = scratch.appendingPathComponent(name)
    if !FileManager.default.fileExists(atPath: program.path) {
      try FileManager.default.copyItem(at: URL(fileURLWithPath: "/bin/sleep"), to: program)
    }
    let closeAndBecome =
      "import os,sys; os.closerange(0, 65536); os.execv(sys.argv[1], [sys.argv[1], '600'])"
    let texts: [String] = ["/usr/bin/python3", "-c", closeAndBecome, program.path]
    let words: [UnsafeMutablePointer<CChar>?] = texts.map { Glibc.strdup($0) }
    let variables: [UnsafeMutablePointer<CChar>?] = [Glibc.strdup("HOME=" + home.path)]
    defer { for text in words + variables { Glibc.free(text) } }
    let failure = posix_spawn(
      &pid, "/usr/bin/python3", nil, nil, words + [nil], variables + [nil])
    guard failure == 0 else { throw NotStarted(number: failure) }
    let link = "/proc/\(pid)/exe"
    while try FileManager.default.destinationOfSymbolicLink(atPath: link) != program.path {
      usleep(10_000)
    }
  }

  func end() {
    kill(pid, SIGKILL)
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    pid = 0
  }

  deinit { if pid != 0 { end() } }
}
