import Foundation
import Testing

/// `--html` and `--csv` put a file in the place of a file. What stands there besides is others', and stays:
/// nodes of a scratch directory are tried, and links to them.
@Suite struct OutputPlacesTests {
  private let scratch: URL

  init() throws {
    scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("profile-rewriter-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
  }

  private func path(_ name: String) -> String { scratch.appendingPathComponent(name).path }

  private func report(_ option: String, _ name: String) throws -> Program.Result {
    try Program.run(["report", option, path(name), "--json", "--state", path("state")])
  }

  private func look(_ name: String) -> [UInt64] {
    var status = stat()
    guard lstat(path(name), &status) == 0 else { return [] }
    return [UInt64(status.st_mode), UInt64(status.st_ino), UInt64(status.st_rdev)]
  }

  static let others: [(name: String, make: @Sendable (String) -> Int32)] = [
    ("a FIFO", { mkfifo($0, 0o600) }),
    ("a directory", { mkdir($0, 0o700) }),
    ("a link to a FIFO", { mkfifo($0 + ".to", 0o600) + symlink($0 + ".to", $0) }),
    ("a link to a directory", { symlink("/usr", $0) }),
    // As /dev/stdout is; here it leads to a file.
    ("a link into proc", { symlink("/proc/self/status", $0) }),
  ]

  static let devices: [(name: String, make: @Sendable (String) -> Int32)] = [
    ("a device", { mknod($0, S_IFCHR | 0o600, 0x0103) }),
    (
      "a link to a device", { mknod($0 + ".to", S_IFCHR | 0o600, 0x0103) + symlink($0 + ".to", $0) }
    ),
  ]

  @Test func whatIsNoFileStays() throws {
    defer { try? FileManager.default.removeItem(at: scratch) }
    // Nobody but root makes devices.
    for other in Self.others + (geteuid() == 0 ? Self.devices : []) {
      #expect(other.make(path(other.name)) == 0, "\(other.name)")
      let before = look(other.name)
      for option in ["--csv", "--html"] {
        let result = try report(option, other.name)
        #expect(result.status == 3, "\(other.name): \(result.talk)")
        #expect(try result.rows().last?["code"] as? String == "not-regular", "\(other.name)")
        #expect(look(other.name) == before, "\(other.name)")
      }
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
    #expect(!left.contains { $0.hasSuffix(".new") }, "\(left)")
  }

  @Test func aFileOrALinkToOneIsReplaced() throws {
    defer { try? FileManager.default.removeItem(at: scratch) }
    try Data("mine".utf8).write(to: scratch.appendingPathComponent("file"))
    try Data("theirs".utf8).write(to: scratch.appendingPathComponent("other"))
    #expect(symlink("other", path("link")) == 0)
    #expect(symlink("nowhere", path("dangling")) == 0)
    for name in ["file", "link", "dangling", "new"] {
      #expect(try report("--csv", name).status == 0, "\(name)")
      #expect(look(name).first.map { $0 & UInt64(S_IFMT) } == UInt64(S_IFREG), "\(name)")
    }
    #expect(try String(contentsOfFile: path("other"), encoding: .utf8) == "theirs")
  }
}
