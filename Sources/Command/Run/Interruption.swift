import Foundation
import Synchronization

/// Ends the process in order when it is told to: output stops at a whole line, status 130.
///
/// The first signal asks the engine to stop between two profiles: what is in hand is finished and
/// said. A second one ends the process at once, and so does time for a command that only reads.
/// Changes need no more than that: a patch is durable before its first write, so whatever was begun
/// is settled by the next run.
enum Interruption {
  private struct State {
    /// What to tell a person whose command may have left something begun.
    var advice: String?
    /// Whether the command asks ``wasAsked`` between profiles.
    var stopsByItself = false
    /// Whether it has something to take back before it ends.
    var tidies = false
    var wasAsked = false
  }

  private static let state = Mutex(State())

  /// How long a command that only reads may go on, in seconds: what it reads, or who reads it, may
  /// hang.
  private static let patience = 1

  /// Whether a signal has come.
  static var wasAsked: Bool { state.withLock { $0.wasAsked } }

  static func watch() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(signal) { sigaddset(&signals, signal) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    signal(SIGPIPE, SIG_IGN)
    let watched = signals
    Thread.detachNewThread {
      var signals = watched
      wait(for: &signals)
      let (stopsByItself, changesProfiles, tidies) = state.withLock { state in
        state.wasAsked = true
        return (state.stopsByItself, state.advice != nil, state.tidies)
      }
      if changesProfiles || tidies, stopsByItself {
        Talk.say(
          tidies
            ? "interrupted; removing what was made on servers (once more to stop at once)"
            : "interrupted; finishing what is in hand (once more to stop at once)")
        wait(for: &signals)
      } else if stopsByItself {
        var time = timespec(tv_sec: patience, tv_nsec: 0)
        sigtimedwait(&signals, nil, &time)
      }
      Talk.say(message)
      StandardOutput.shared.finishInterrupted()
      _exit(ExitStatus.interrupted.rawValue)
    }
  }

  private static func wait(for signals: inout sigset_t) {
    var received: Int32 = 0
    while sigwait(&signals, &received) != 0 {}
  }

  static var message: String {
    "interrupted" + (state.withLock { $0.advice }.map { "; \($0)" } ?? "")
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
  static func advise(
    _ advice: String =
      "what was begun is settled by the next run, or now by `profile-rewriter recover`"
  ) {
    state.withLock { $0.advice = advice }
  }

  /// From here on the engine works, and asks between profiles whether to go on.
  static func stopBetweenProfiles() { state.withLock { $0.stopsByItself = true } }

  /// Likewise, with all the time it takes: something must be taken back that no later run would.
  static func stopAfterTidying() {
    state.withLock { state in
      state.stopsByItself = true
      state.tidies = true
    }
  }
}
