import Foundation
import Glibc

/// A program that lives beside other tests, with no blocked signals.
///
/// Not Foundation's `Process`, which knows that a program has ended by a descriptor that closes: one
/// that lives long has inherited those of programs started beside it, and whoever waits for these
/// waits for it.
final class LongLivedProgram {
  struct NotStarted: Error {
    var program: String
    var number: Int32
  }

  /// Lets go of what it has inherited and becomes the program.
  private static let closing = [
    "/usr/bin/python3", "-c",
    "import os,sys; os.closerange(3, 65536); os.execv(sys.argv[1], sys.argv[1:])",
  ]

  let pid: pid_t
  private var hasEnded = false

  /// - Parameters:
  ///   - input, output: descriptors; /dev/null where there is none.
  init(_ words: [String], input: Int32? = nil, output: Int32? = nil) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (own, given) in [(STDIN_FILENO, input), (STDOUT_FILENO, output), (STDERR_FILENO, output)] {
      if let given {
        posix_spawn_file_actions_adddup2(&actions, given, own)
      } else {
        posix_spawn_file_actions_addopen(&actions, own, "/dev/null", O_RDWR, 0)
      }
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let texts: [UnsafeMutablePointer<CChar>?] = (Self.closing + words).map { strdup($0) }
    defer { for text in texts { free(text) } }
    var started: pid_t = 0
    let failure = posix_spawn(
      &started, Self.closing[0], &actions, &attributes, texts + [nil], environ)
    guard failure == 0 else { throw NotStarted(program: words[0], number: failure) }
    pid = started
  }

  var isRunning: Bool {
    if hasEnded { return false }
    var status: Int32 = 0
    hasEnded = waitpid(pid, &status, WNOHANG) != 0
    return !hasEnded
  }

  func end(_ signal: Int32) {
    if isRunning { kill(pid, signal) }
    wait()
  }

  func wait() {
    guard !hasEnded else { return }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    hasEnded = true
  }
}
