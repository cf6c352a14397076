import ProfileRewriter

/// Where a server keeps its mail. It is never derived from the host name: a second account on one
/// host has `Mail/pop.lab-1.test`.
struct MailDirectory {
  /// Below the profile, as the preferences spell it.
  let path: RelativePath
  private let absolute: [UInt8]?
  private let profile: LoadedProfile

  /// `directory-rel` wins over `directory` (seen: a profile unpacked elsewhere works). An absolute path
  /// alone counts where it leads into the profile: by the path that we see, on another machine by the one
  /// that the profile has there.
  /// - Throws: `incomplete-account` where neither is there (the client then makes a new, empty
  ///   directory); `outside-home` for one that the profile's view does not reach.
  init(of server: ServerPrefs, in profile: LoadedProfile) throws(Refusal) {
    self.profile = profile
    absolute = server.bytes("directory")
    let lead = Array("[ProfD]".utf8)
    if let relative = server.bytes("directory-rel") {
      guard relative.starts(with: lead) else { throw Self.outside(server, relative) }
      let inside = relative[lead.count...]
      let trimmed = inside.last == UInt8(ascii: "/") ? inside.dropLast() : inside
      guard let path = RelativePath(trimmed) else { throw Self.outside(server, Array(inside)) }
      self.path = path
    } else if let absolute {
      guard let path = Self.inside(absolute, profile) else {
        throw Self.outside(server, absolute)
      }
      self.path = path
    } else {
      throw Refusal(
        .incompleteAccount, "\(server.name("directory-rel")) and directory are missing")
    }
  }

  private static func inside(_ absolute: [UInt8], _ profile: LoadedProfile) -> RelativePath? {
    let isSeparator = { "/\\".utf8.contains($0) }
    let trimmed = absolute.last.map(isSeparator) ?? false ? absolute.dropLast() : absolute[...]
    let here = profile.directory.absolutePath
    if let path = ForeignPath.part(of: Array(trimmed), below: here) { return path }
    guard profile.origin.isElsewhere else { return nil }
    return profile.roots.lazy
      .compactMap { ForeignPath.part(of: Array(trimmed), below: $0) }.first
  }

  /// As it is spelled on this disk. Windows and macOS take a name in any case, we do not.
  var pathHere: RelativePath {
    let kind = (try? profile.directory.kind(path)) ?? nil
    guard kind == nil, profile.origin.isElsewhere else { return path }
    return profile.spellings.spelling(of: path) ?? path
  }

  /// The absolute form of another directory of the profile, spelled as this server spells its own:
  /// inside Flatpak or Snap, on another machine, and in a profile that was moved, that is not where we
  /// see the profile. nil where only the other machine knows.
  func absoluteForm(of other: RelativePath) -> [UInt8]? {
    let own = absolute.flatMap { ForeignPath.base(of: $0, before: path) }
    if let base = own { return ForeignPath.joined(base, other) }
    guard profile.origin.isElsewhere else {
      return ForeignPath.joined(profile.directory.absolutePath, other)
    }
    let roots = profile.roots
    return roots.count == 1 ? ForeignPath.joined(roots[0], other) : nil
  }

  private static func outside(_ server: ServerPrefs, _ place: [UInt8]) -> Refusal {
    Refusal(
      .outsideHome,
      "the mail of \(server.key) lies outside the profile (\(place.shown)), where its filters "
        + "cannot be read")
  }
}
