import Glibc
import ProfileRewriter

/// A shell command that prints a password.
struct PasswordCommand {
  private let command: String

  init(_ command: String) { self.command = command }

  func run(for account: ServerSettings) throws(PasswordFailure) -> Secret {
    let ends: [Int32]
    do {
      let pipe = try ProgramPipe()
      ends = [pipe.reads, pipe.writes]
    } catch {
      throw PasswordFailure("--password-command: \(error.text)")
    }
    let child: pid_t
    do throws(PasswordFailure) {
      child = try spawn(account, ends)
    } catch {
      close(ends[0])
      close(ends[1])
      throw error
    }
    close(ends[1])
    let line = Result { () throws(PasswordFailure) in
      try PasswordSource.firstLine(of: ends[0])
    }
    Self.skipRest(of: ends[0])
    close(ends[0])
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    guard status == 0 else {
      throw PasswordFailure("--password-command failed\(Self.words(status))")
    }
    return try line.get()
  }

  /// What follows the first line is nobody's business, but a command that cannot say it fails.
  private static func skipRest(of descriptor: Int32) {
    _ = Secret(capacity: 4096) { room in
      for _ in 0..<256 {
        let got = read(descriptor, room.baseAddress, room.count)
        if got == 0 || got < 0 && errno != EINTR { break }
      }
      return 0
    }
  }

  private static func words(_ status: Int32) -> String {
    status & 0x7f == 0 ? " with status \(status >> 8 & 0xff)" : " by signal \(status & 0x7f)"
  }

  /// Standard input and error are ours: it may want to ask something.
  private func spawn(_ account: ServerSettings, _ pipe: [Int32]) throws(PasswordFailure) -> pid_t {
    let facts = [
      "PROFILE_REWRITER_USER": account.username, "PROFILE_REWRITER_HOST": account.host,
      "PROFILE_REWRITER_PORT": String(account.port),
    ]
    guard !facts.values.contains(where: { $0.utf8.contains(0) }), !command.utf8.contains(0) else {
      throw PasswordFailure("--password-command cannot be told of a name with a zero byte")
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipe[1], 1)
    for end in pipe where end != 1 { posix_spawn_file_actions_addclose(&actions, end) }
    var attributes = posix_spawnattr_t()
    Self.setSignals(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var child: pid_t = 0
    let arguments = Self.copies(["/bin/sh", "-c", command])
    let environment = Self.copies(Self.environment(with: facts))
    defer { for text in arguments + environment { free(text) } }
    let result = posix_spawn(&child, "/bin/sh", &actions, &attributes, arguments, environment)
    guard result == 0 else {
      throw PasswordFailure("--password-command cannot be run: \(Errno(rawValue: result).text)")
    }
    return child
  }

  /// This program blocks or ignores some signals; the command is not to.
  private static func setSignals(_ attributes: inout posix_spawnattr_t) {
    posix_spawnattr_init(&attributes)
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigaddset(&signals, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
  }

  private static func environment(with facts: [String: String]) -> [String] {
    var lines: [String] = []
    var next = environ
    while let line = next.pointee {
      let text = String(cString: line)
      if !facts.keys.contains(where: { text.hasPrefix($0 + "=") }) { lines.append(text) }
      next += 1
    }
    return lines + facts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
  }

  /// As exec takes it, to be freed.
  private static func copies(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
    texts.map { text in strdup(text) } + [nil]
  }
}
