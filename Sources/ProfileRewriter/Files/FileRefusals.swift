import ConfigFormats

/// Refusals about files, worded in one place: the path, what was found, what to do.
extension Refusal {
  /// Something could not be read.
  static func cannotRead(_ path: [UInt8], _ error: Errno) -> Refusal {
    let path = path.printable
    return switch error {
    case .accessDenied, .notPermitted:
      Refusal(.io, "cannot read \(path): \(error.text); run as its owner or as root")
    case .noDeviceOrAddress, .noDevice:
      Refusal(.notRegular, "\(path) is a socket or device, not a file")
    default: Refusal(.io, "cannot read \(path): \(error.text)")
    }
  }

  /// Something could not be written; what is there stays as it was.
  static func cannotWrite(_ path: [UInt8], _ error: Errno, unchanged: Bool = true) -> Refusal {
    let remedy =
      switch error {
      case .noSpace, .overQuota: "; make room and run again"
      case .accessDenied, .notPermitted: "; run as its owner or as root"
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
