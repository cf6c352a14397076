import Glibc

/// Keeps two runs with one state directory from working on one profile at a time.
///
/// The lock files lie in `locks/` of the state directory and are never removed: unlinking one would
/// let two holders in.
public final class ProfileGuard: Sendable {
  private let descriptor: Descriptor

  private init(_ descriptor: Descriptor) { self.descriptor = descriptor }

  /// - Parameters:
  ///   - place: the profile's absolute path, however it was reached (a home, or itself a root).
  ///   - timeout: seconds to wait for another run; 0 tries once.
  /// - Throws: `busy` when another run holds it for that long; `journal` or `io` when the lock
  ///   cannot be made.
  public static func take(
    in state: StateDirectory, client: String, place: [UInt8], timeout: Double
  ) throws(Refusal) -> ProfileGuard {
    let calls = state.calls
    let file = Descriptor(try open(in: state, client: client, place: place), calls)
    var waited = 0.0
    while true {
      do {
        try calls.lock(file.number)
        return ProfileGuard(file)
      } catch {
        guard error == .tryAgain || error == .accessDenied else {
          throw Refusal(
            .io, "cannot lock \(shownPath(state.absolute("locks"))): \(error.text)")
        }
      }
      guard waited < timeout else {
        throw Refusal(
          .busy,
          "another run is at work on \(shownPath(place)); wait for it, or give --lock-timeout")
      }
      let pause = min(0.05, timeout - waited)
      usleep(UInt32(max(1, pause * 1_000_000)))
      waited += max(pause, 0.001)
    }
  }

  private static func open(in state: StateDirectory, client: String, place: [UInt8])
    throws(Refusal) -> Int32
  {
    let name = SHA256.hash(Array(client.utf8) + [0] + place).hexadecimal
    let path = state.absolute("locks/\(name)")
    do throws(Errno) {
      do throws(Errno) {
        try state.calls.makeDirectory(
          state.root.directory.number, Array("locks".utf8), mode: 0o700)
      } catch {
        guard error == .exists else { throw error }
      }
      return try state.calls.open(
        OpenRoot.currentDirectory, path, flags: [.readWrite, .create, .noFollow, .noWait],
        mode: 0o600)
    } catch {
      throw .cannotWrite(path, error, unchanged: false)
    }
  }
}
