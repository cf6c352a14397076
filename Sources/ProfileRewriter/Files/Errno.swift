internal import CPlatform
import Glibc

/// A system call's error number (errno(3)).
public struct Errno: RawRepresentable, Error, Sendable, Hashable {
  public var rawValue: Int32

  public init(rawValue: Int32) { self.rawValue = rawValue }

  public static let notPermitted = Errno(rawValue: EPERM)
  public static let noEntry = Errno(rawValue: ENOENT)
  public static let io = Errno(rawValue: EIO)
  public static let noDeviceOrAddress = Errno(rawValue: ENXIO)
  public static let tryAgain = Errno(rawValue: EAGAIN)
  public static let accessDenied = Errno(rawValue: EACCES)
  public static let exists = Errno(rawValue: EEXIST)
  public static let crossDevice = Errno(rawValue: EXDEV)
  public static let noDevice = Errno(rawValue: ENODEV)
  public static let notDirectory = Errno(rawValue: ENOTDIR)
  public static let isDirectory = Errno(rawValue: EISDIR)
  public static let invalid = Errno(rawValue: EINVAL)
  public static let noSpace = Errno(rawValue: ENOSPC)
  public static let overQuota = Errno(rawValue: EDQUOT)
  public static let readOnly = Errno(rawValue: EROFS)
  public static let tooBig = Errno(rawValue: EFBIG)
  public static let range = Errno(rawValue: ERANGE)
  public static let nameTooLong = Errno(rawValue: ENAMETOOLONG)
  public static let noSystemCall = Errno(rawValue: ENOSYS)
  public static let notEmpty = Errno(rawValue: ENOTEMPTY)
  public static let linkLoop = Errno(rawValue: ELOOP)
  public static let noData = Errno(rawValue: ENODATA)
  public static let notSupported = Errno(rawValue: EOPNOTSUPP)
  public static let keyExpired = Errno(rawValue: EKEYEXPIRED)
  public static let noKey = Errno(rawValue: ENOKEY)
  public static let keyRejected = Errno(rawValue: EKEYREJECTED)

  /// The system's own words for it, without the number.
  public var text: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
      guard let start = buffer.baseAddress else { return "error \(rawValue)" }
      cplatform_error_text(rawValue, start, buffer.count)
      return String(cString: start)
    }
  }
}
