import Foundation
import Testing

/// The program run as somebody whom permissions stop. Where the tests run as root, that is nobody.
enum Unprivileged {
  static let user: uid_t = geteuid() == 0 ? 65534 : geteuid()

  /// The executable where that user can reach it.
  private static let program: String? = {
    guard geteuid() == 0 else { return Program.path }
    let copy = "/tmp/profile-rewriter-tests-program-\(getpid())"
    atexit { unlink("/tmp/profile-rewriter-tests-program-\(getpid())") }
    try? FileManager.default.removeItem(atPath: copy)
    try? FileManager.default.copyItem(atPath: Program.path, toPath: copy)
    chmod(copy, 0o755)
    return runs([copy, "--help"]) ? copy : nil
  }()

  /// Whether it can be tried here at all.
  static func run(_ arguments: [String]) throws -> Program.Result {
    let program = try #require(program)
    guard geteuid() == 0 else { return try Program.run(arguments) }
    return try Program.run(
      ["--reuid=\(user)", "--regid=\(user)", "--clear-groups", program] + arguments,
      as: "/usr/bin/setpriv")
  }

  /// Gives everything of a home to that user.
  static func own(_ home: ThunderbirdHome) throws {
    guard geteuid() == 0 else { return }
    chmod(home.scratch.path, 0o755)
    chown(home.scratch.path, user, user)
    let names = FileManager.default.enumerator(atPath: home.scratch.path)
    while let name = names?.nextObject() as? String {
      lchown(home.scratch.appendingPathComponent(name).path, user, user)
    }
  }

  private static func runs(_ words: [String]) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
    process.arguments = ["--reuid=\(user)", "--regid=\(user)", "--clear-groups"] + words
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}
