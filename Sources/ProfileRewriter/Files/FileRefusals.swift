import ConfigFormats
import Glibc

/// Refusals about files, worded in one place: the path, what was found, what to do.
extension Refusal {
  /// Something could not be read.
  static func cannotRead(_ path: [UInt8], _ error: Errno) -> Refusal {
    let path = path.printable
    return switch error {
    case .accessDenied, .notPermitted:
      Refusal(.io, "cannot read \(path): \(error.text); \(accessRemedy)")
    case .noDeviceOrAddress, .noDevice:
      Refusal(.notRegular, "\(path) is a socket or device, not a file")
    default: Refusal(.io, "cannot read \(path): \(error.text)")
    }
  }

  /// Of what its mode, or a file server, keeps from whoever asks.
  private static var accessRemedy: String {
    geteuid() == 0 ? "mend its mode" : "mend its mode, or run as its owner or as root"
  }

  /// Something in a home could not be read, as the user whose home it is.
  static func cannotRead(
    _ path: [UInt8], _ error: Errno, asUser uid: UInt32?, onFileSystem magic: UInt32
  ) -> Refusal {
    let shown = path.printable
    switch error {
    case .accessDenied, .notPermitted, .keyExpired, .noKey, .keyRejected: break
    default: return .cannotRead(path, error)
    }
    let user = uid.map { "user \($0)" } ?? "its user"
    let remedy: String
    switch magic {
    case FileSystemKind.nfs:
      remedy =
        "; the file server does not take this machine's word for \(user): with Kerberos it wants the "
        + "user's ticket; run it when they are logged in, or as that user"
    case FileSystemKind.fuse: remedy = "; only the user who mounted it gets in; run it as \(user)"
    default:
      guard uid != nil else { return .cannotRead(path, error) }
      remedy = ", as \(user), whose home it is; mend its mode"
    }
    return Refusal(.io, "cannot read \(shown): \(error.text)\(remedy)")
  }

  /// Something could not be written; what is there stays as it was.
  static func cannotWrite(_ path: [UInt8], _ error: Errno, unchanged: Bool = true) -> Refusal {
    let remedy =
      switch error {
      case .noSpace, .overQuota: "; make room and run again"
      case .accessDenied, .notPermitted: "; \(accessRemedy)"
      default: ""
      }
    let state = unchanged ? ", and it stays as it was" : ""
    return Refusal(.io, "cannot write \(path.printable): \(error.text)\(state)\(remedy)")
  }

  static func isLink(_ link: [UInt8], onTheWayTo path: [UInt8]) -> Refusal {
    let way = link == path ? "" : " on the way to \(path.printable)"
    return Refusal(
      .symlink,
      "\(link.printable) is a symbolic link\(way), and links are not followed; name the place it "
        + "leads to, or put what it leads to in its place")
  }

  static func leadsOut(_ path: [UInt8]) -> Refusal {
    Refusal(.outsideHome, "\(path.printable) leads out of the directory that was opened")
  }

  static func notRegular(_ path: [UInt8], _ status: FileStatus) -> Refusal {
    Refusal(.notRegular, "\(path.printable) is \(status.kindText), not a regular file")
  }

  /// A file with accounts that has not a single byte left.
  static func isEmptied(_ path: [UInt8]) -> Refusal {
    Refusal(
      .syntax,
      "\(path.printable) is empty, and its accounts are lost to the client, too; restore it from a "
        + "backup")
  }

  static func tooLarge(_ path: [UInt8], _ size: Int, limit: Int) -> Refusal {
    Refusal(
      .tooLarge,
      "\(path.printable) has \(size) bytes; no more than \(limit) are read of one file")
  }

  static func stale(_ path: [UInt8], _ what: String) -> Refusal {
    Refusal(.stale, "\(path.printable) \(what); nothing was written to it; plan again")
  }

  static func cannotKeep(_ what: String, of path: [UInt8], _ error: Errno) -> Refusal {
    Refusal(
      .metadata,
      "cannot keep \(what) of \(path.printable): \(error.text); it stays as it was; run as its "
        + "owner or as root")
  }
}
