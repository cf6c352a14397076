import Glibc
import Synchronization

/// Standard output, written in whole lines.
///
/// When nobody reads any more, a command that changes nothing ends as other tools do (SIGPIPE);
/// one that changes profiles goes on silently, and its exit status still tells what happened.
final class StandardOutput: Sendable {
  static let shared = StandardOutput()

  private struct State {
    var buffer: [UInt8] = []
    var speaksJSON = false
    var finishesWork = false
    var readerIsGone = false
    var failure: Int32?
  }

  private let state = Mutex(State())
  private static let bufferSize = 1 << 16

  /// Fatal errors are to end the output as a JSON line.
  func speakJSON() { state.withLock { $0.speaksJSON = true } }

  /// The command changes profiles: it is not to end because nobody reads.
  func finishWorkUnread() { state.withLock { $0.finishesWork = true } }

  func writeLine(_ line: [UInt8]) { write(line + [UInt8(ascii: "\n")]) }

  func write(_ text: String) { write(Array(text.utf8)) }

  /// Never all of them at once.
  func write(_ lines: some Sequence<String>) { for line in lines { write(line) } }

  func write(_ bytes: [UInt8]) {
    state.withLock { state in
      state.buffer += bytes
      if state.buffer.count >= Self.bufferSize { Self.flush(&state) }
    }
  }

  func flush() { state.withLock { Self.flush(&$0) } }

  /// Writes what is left.
  /// - Returns: why not everything could be written, where that is so.
  func finish() -> String? {
    state.withLock { state in
      Self.flush(&state)
      return state.failure.map { String(cString: strerror($0)) }
    }
  }

  /// Called by the thread that takes signals; waits for nobody.
  func finishInterrupted() {
    state.withLockIfAvailable { state in
      if state.speaksJSON {
        state.buffer += JSON.fatal(code: "interrupted", text: "stopped by a signal") + [0x0a]
      }
      Self.flush(&state)
    }
  }

  private static func flush(_ state: inout State) {
    defer { state.buffer.removeAll(keepingCapacity: true) }
    guard !state.readerIsGone, state.failure == nil else { return }
    var rest = state.buffer[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if written >= 0 {
        rest = rest.dropFirst(written)
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        var poll = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        _ = Glibc.poll(&poll, 1, -1)
      case EPIPE:
        state.readerIsGone = true
        if !state.finishesWork { endAsUnread() }
        return
      default:
        state.failure = errno
        return
      }
    }
  }

  private static func endAsUnread() {
    signal(SIGPIPE, SIG_DFL)
    raise(SIGPIPE)
  }
}
