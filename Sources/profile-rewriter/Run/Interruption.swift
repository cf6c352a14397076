import Foundation
import Synchronization

/// Ends the process in order when it is told to: output stops at a whole line, status 130.
///
/// Changes need no more than that. A patch is durable before its first write, so whatever was begun
/// is settled by the next run.
enum Interruption {
  /// What to tell a person whose command may have left something begun.
  static let advice = Mutex<String?>(nil)

  static func watch() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(signal) { sigaddset(&signals, signal) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    signal(SIGPIPE, SIG_IGN)
    let watched = signals
    Thread.detachNewThread {
      var signals = watched
      var received: Int32 = 0
      while sigwait(&signals, &received) != 0 {}
      Talk.say("interrupted" + (advice.withLock { $0 }.map { "; \($0)" } ?? ""))
      StandardOutput.shared.finishInterrupted()
      _exit(ExitStatus.interrupted.rawValue)
    }
  }

  /// A caller that ignores a signal (nohup, a background job) has asked us to do so, too.
  private static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(signal, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}

extension Interruption {
  /// Says what to do when a command that changes profiles is stopped.
  static func advise() {
    advice.withLock {
      $0 = "what was begun is settled by the next run, or now by `profile-rewriter recover`"
    }
  }
}
