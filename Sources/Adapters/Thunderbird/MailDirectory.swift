import ProfileRewriter

/// Where a server keeps its mail. It is never derived from the host name: a second account on one
/// host has `Mail/pop.lab-1.test`.
struct MailDirectory {
  /// Below the profile.
  var path: RelativePath
  private var absolute: [UInt8]?
  private var profilePath: [UInt8]

  /// `directory-rel` wins over `directory` (seen: a profile unpacked elsewhere works).
  /// - Throws: `incomplete-account` where neither is there (the client then makes a new, empty
  ///   directory); `outside-home` for one that the profile's view does not reach.
  init(of server: ServerPrefs, profilePath: [UInt8]) throws(Refusal) {
    self.profilePath = profilePath
    absolute = server.bytes("directory")
    let lead = Array("[ProfD]".utf8)
    let inside: ArraySlice<UInt8>
    if let relative = server.bytes("directory-rel") {
      guard relative.starts(with: lead) else { throw Self.outside(server, relative) }
      inside = relative[lead.count...]
    } else if let absolute {
      let prefix = profilePath + [UInt8(ascii: "/")]
      guard absolute.starts(with: prefix) else { throw Self.outside(server, absolute) }
      inside = absolute[prefix.count...]
    } else {
      throw Refusal(
        .incompleteAccount, "\(server.name("directory-rel")) and directory are missing")
    }
    let trimmed = inside.last == UInt8(ascii: "/") ? inside.dropLast() : inside
    guard let path = RelativePath(trimmed) else { throw Self.outside(server, Array(inside)) }
    self.path = path
  }

  /// The absolute form of another directory of the profile, spelled as this server spells its own:
  /// inside Flatpak or Snap, and in a profile that was moved, that is not where we see the profile.
  func absoluteForm(of other: RelativePath) -> [UInt8] {
    let tail = [UInt8(ascii: "/")] + path.bytes
    let base: [UInt8]
    if let absolute, ByteText.hasSuffix(absolute, tail) {
      base = Array(absolute.dropLast(tail.count))
    } else {
      base = profilePath
    }
    return base + [UInt8(ascii: "/")] + other.bytes
  }

  private static func outside(_ server: ServerPrefs, _ place: [UInt8]) -> Refusal {
    Refusal(
      .outsideHome,
      "the mail of \(server.key) lies outside the profile (\(place.shown)), where its filters "
        + "cannot be read")
  }
}
