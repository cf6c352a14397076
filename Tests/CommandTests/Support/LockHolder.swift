import Foundation

/// Holds a profile's lock as its client does: a POSIX record lock over the whole file.
final class LockHolder {
  private let descriptor: Int32

  init?(_ file: URL) {
    descriptor = open(file.path, O_RDWR | O_CREAT, 0o644)
    guard descriptor >= 0 else { return nil }
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    guard fcntl(descriptor, F_SETLK, &lock) == 0 else {
      close(descriptor)
      return nil
    }
  }

  deinit { close(descriptor) }
}
