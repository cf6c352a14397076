import ConfigFormats

/// A directory of a home that lies elsewhere, as a user's XDG_CONFIG_HOME says: what is asked for
/// below `place` is found below `target`.
public struct Relocation: Sendable, Codable, Hashable {
  /// Below the home.
  public var place: RelativePath
  /// The absolute path of the directory that stands in for it.
  public var target: [UInt8]

  public init(_ place: RelativePath, target: [UInt8]) {
    self.place = place
    self.target = target
  }

  /// The absolute path of something below a root, relocated or not.
  static func absolute(_ path: RelativePath?, root: [UInt8], _ relocations: [Relocation]) -> [UInt8]
  {
    guard let path else { return root }
    for relocation in relocations {
      if path == relocation.place { return relocation.target }
      if let below = path.relative(to: relocation.place) {
        return JournalPlace.join(relocation.target, below)
      }
    }
    return JournalPlace.join(root, path)
  }
}

/// A user's base directories (XDG Base Directory Specification), where they are not the usual ones
/// of the home.
public struct XDGDirectories: Sendable, Hashable {
  /// `$XDG_CONFIG_HOME`, `$XDG_DATA_HOME` and `$XDG_CACHE_HOME`, absolute.
  public var config: [UInt8]?
  public var data: [UInt8]?
  public var cache: [UInt8]?

  public init(config: [UInt8]? = nil, data: [UInt8]? = nil, cache: [UInt8]? = nil) {
    self.config = config
    self.data = data
    self.cache = cache
  }

  /// What they mean for a home; the usual directories need no relocation.
  public func relocations(in home: [UInt8]) -> [Relocation] {
    [(".config", config), (".local/share", data), (".cache", cache)].compactMap { name, target in
      guard let place = RelativePath(name), let target, target != JournalPlace.join(home, place)
      else { return nil }
      return Relocation(place, target: target)
    }
  }
}
