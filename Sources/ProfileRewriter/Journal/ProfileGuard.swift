import ConfigFormats
import Glibc

/// Keeps two runs with one state directory from working on one profile at a time.
///
/// The lock files lie in `locks/` of the state directory and are never removed: unlinking one would
/// let two holders in.
public final class ProfileGuard: Sendable {
  let descriptor: Descriptor
  private let calls: any SystemCalls

  private init(_ descriptor: Descriptor, _ calls: any SystemCalls) {
    self.descriptor = descriptor
    self.calls = calls
  }

  // As with ``FileLock``: a forked child may share the description for a moment.
  deinit { try? calls.unlock(descriptor.number) }

  /// - Parameters:
  ///   - place: the profile's absolute path, however it was reached (a home, or itself a root).
  ///   - timeout: seconds to wait for another run; 0 tries once.
  /// - Throws: `busy` when another run holds it for that long; `journal` or `io` when the lock
  ///   cannot be made.
  public static func take(
    in state: StateDirectory, client: String, place: [UInt8], timeout: Double,
    shouldStop: () -> Bool = { false }
  ) throws(Refusal) -> ProfileGuard {
    let calls = state.calls
    let file = Descriptor(try open(in: state, client: client, place: place), calls)
    let end = ContinuousClock.now + .seconds(min(timeout, 1e9))
    while true {
      do {
        try calls.lock(file.number)
        return ProfileGuard(file, calls)
      } catch {
        guard error == .tryAgain || error == .accessDenied else {
          throw Refusal(
            .io, "cannot lock \(state.absolute("locks").printable): \(error.text)")
        }
      }
      let left = ContinuousClock.now.duration(to: end)
      guard left > .zero, !shouldStop() else {
        throw Refusal(
          .busy,
          "another run is at work on \(place.printable); wait for it, or give --lock-timeout")
      }
      // A signal may end the pause early: what counts is the clock.
      usleep(left > .milliseconds(50) ? 50_000 : 1_000)
    }
  }

  private static func open(in state: StateDirectory, client: String, place: [UInt8])
    throws(Refusal) -> Int32
  {
    let name = SHA256.hash(Array(client.utf8) + [0] + place).hexadecimal
    let path = state.absolute("locks/\(name)")
    func open() throws(Errno) -> Int32 {
      try state.calls.open(
        OpenRoot.currentDirectory, path, flags: [.readWrite, .create, .noFollow, .noWait],
        mode: 0o600)
    }
    do throws(Errno) {
      do throws(Errno) {
        return try open()
      } catch {
        guard error == .noEntry else { throw error }
      }
      do throws(Errno) {
        try state.calls.makeDirectory(
          state.root.directory.number, Array("locks".utf8), mode: 0o700)
      } catch {
        guard error == .exists else { throw error }
      }
      return try open()
    } catch {
      throw .cannotWrite(path, error, unchanged: false)
    }
  }
}
