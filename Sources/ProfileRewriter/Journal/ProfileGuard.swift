import ConfigFormats
import Glibc
import Synchronization

/// Keeps two runs with one state directory from working on one profile at a time.
///
/// Each profile has a byte of its own in the file `locks` of the state directory, by a hash of its
/// name: taking it makes no file, which a file system would have to make durable with the next one.
/// The file is empty and is never removed: unlinking it would let two holders in.
public final class ProfileGuard: Sendable {
  private let file: GuardFile
  private let offset: Int

  private init(_ file: GuardFile, _ offset: Int) {
    self.file = file
    self.offset = offset
  }

  // As with ``FileLock``: a forked child may share the description for a moment.
  deinit { file.release(offset) }

  /// - Parameters:
  ///   - place: the profile's absolute path, however it was reached (a home, or itself a root).
  ///   - timeout: seconds to wait for another run; 0 tries once.
  /// - Throws: `busy` when another run holds it for that long; `journal` or `io` when the lock
  ///   cannot be made.
  public static func take(
    in state: StateDirectory, client: String, place: [UInt8], timeout: Double,
    shouldStop: () -> Bool = { false }
  ) throws(Refusal) -> ProfileGuard {
    let file = try state.guardFile()
    let offset = offset(client: client, place: place)
    let end = ContinuousClock.now + .seconds(min(timeout, 1e9))
    while true {
      do throws(Errno) {
        if try file.take(offset) { return ProfileGuard(file, offset) }
      } catch {
        throw Refusal(.io, "cannot lock \(state.absolute("locks").printable): \(error.text)")
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

  /// The first 62 bits of SHA-256: what two of a million profiles share with a chance of one in ten
  /// million, and then one of them waits for the other.
  static func offset(client: String, place: [UInt8]) -> Int {
    let hash = SHA256.hash(Array(client.utf8) + [0] + place)
    return hash.prefix(8).reduce(0) { $0 << 8 | Int($1) } & (1 << 62 - 1)
  }
}

/// The file whose bytes are locked, opened once for a state directory.
///
/// All locks of one open file description are one owner's to the kernel: what this process holds by
/// it is known here.
final class GuardFile: Sendable {
  private let descriptor: Descriptor
  private let calls: any SystemCalls
  private let held = Mutex<Set<Int>>([])

  init(_ descriptor: Descriptor, _ calls: any SystemCalls) {
    self.descriptor = descriptor
    self.calls = calls
  }

  /// - Returns: false where somebody has it.
  fileprivate func take(_ offset: Int) throws(Errno) -> Bool {
    guard held.withLock({ $0.insert(offset).inserted }) else { return false }
    do {
      try calls.lock(descriptor.number, at: offset)
      return true
    } catch {
      held.withLock { _ = $0.remove(offset) }
      guard error == .tryAgain || error == .accessDenied else { throw error }
      return false
    }
  }

  fileprivate func release(_ offset: Int) {
    // Until the kernel has let go of it nobody in this process may take it.
    try? calls.unlock(descriptor.number, at: offset)
    held.withLock { _ = $0.remove(offset) }
  }
}

extension StateDirectory {
  /// - Throws: `journal`, `io`.
  fileprivate func guardFile() throws(Refusal) -> GuardFile {
    if let known = guards.withLock({ $0 }) { return known }
    let path = absolute("locks")
    let opened: GuardFile
    do throws(Errno) {
      opened = GuardFile(
        Descriptor(
          try calls.open(
            OpenRoot.currentDirectory, path, flags: [.readWrite, .create, .noFollow, .noWait],
            mode: 0o600), calls), calls)
    } catch {
      guard error != .isDirectory else {
        throw Refusal(
          .journal,
          "\(path.printable) is a directory, as an unreleased version of this program made it; when "
            + "no such version runs any more, remove it")
      }
      throw .cannotWrite(path, error, unchanged: false)
    }
    // Two threads at once must have one: locks of two descriptions exclude each other.
    return guards.withLock { known in
      if let known { return known }
      known = opened
      return opened
    }
  }
}
