/// Refusals about files, worded in one place: the path, what was found, what to do.
extension Refusal {
  /// Something could not be read.
  static func cannotRead(_ path: [UInt8], _ error: Errno) -> Refusal {
    let path = shownPath(path)
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
    return Refusal(.io, "cannot write \(shownPath(path)): \(error.text)\(state)\(remedy)")
  }

  static func isLink(_ link: [UInt8], onTheWayTo path: [UInt8]) -> Refusal {
    let way = link == path ? "" : " on the way to \(shownPath(path))"
    return Refusal(
      .symlink,
      "\(shownPath(link)) is a symbolic link\(way), and links are not followed; name the place it "
        + "leads to, or put what it leads to in its place")
  }

  static func leadsOut(_ path: [UInt8]) -> Refusal {
    Refusal(.outsideHome, "\(shownPath(path)) leads out of the directory that was opened")
  }

  static func notRegular(_ path: [UInt8], _ status: FileStatus) -> Refusal {
    Refusal(.notRegular, "\(shownPath(path)) is \(status.kindText), not a regular file")
  }

  static func tooLarge(_ path: [UInt8], _ size: Int, limit: Int) -> Refusal {
    Refusal(
      .tooLarge,
      "\(shownPath(path)) has \(size) bytes; no more than \(limit) are read of one file")
  }

  static func stale(_ path: [UInt8], _ what: String) -> Refusal {
    Refusal(.stale, "\(shownPath(path)) \(what); nothing was written to it; plan again")
  }

  static func cannotKeep(_ what: String, of path: [UInt8], _ error: Errno) -> Refusal {
    Refusal(
      .metadata,
      "cannot keep \(what) of \(shownPath(path)): \(error.text); it stays as it was; run as its "
        + "owner or as root")
  }
}

/// A path for people: control and bidirectional characters are escaped, so that no file name can
/// move the reader's cursor or turn the text around.
func shownPath(_ path: [UInt8]) -> String {
  var shown = ""
  for scalar in String(decoding: path, as: UTF8.self).unicodeScalars {
    switch scalar.value {
    case 0..<0x20, 0x7f..<0xa0, 0x061c, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069:
      shown += "\\u{\(String(scalar.value, radix: 16))}"
    default: shown.unicodeScalars.append(scalar)
    }
  }
  return shown
}
