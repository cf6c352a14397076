extension Engine {
  /// Recorded changes, newest first, a few in memory at a time.
  /// - Parameters:
  ///   - paths: only profiles at, below or above one of them; none does not limit.
  ///   - body: whether to go on.
  public func forEachRecordedChange(
    paths: [[UInt8]] = [], _ body: (RecordedChange) -> Bool
  ) throws(Refusal) {
    guard let journal = try openJournal() else { return }
    let selected = PathSet(paths)
    try journal.forEachChange { recorded throws(Refusal) in
      guard selected.touches(recorded.change) else { return true }
      return body(recorded)
    }
  }
}

/// Paths that limit a command to some changes; none does not limit. Asked about many changes.
struct PathSet {
  private let paths: Set<[UInt8]>
  /// What they lie below.
  private let above: Set<[UInt8]>

  init(_ paths: [[UInt8]]) {
    self.paths = Set(paths)
    above = Set(paths.flatMap(Self.prefixes))
  }

  /// Whether the change's profile is at, below or above one of the paths.
  func touches(_ change: Change) -> Bool {
    paths.isEmpty
      || [JournalPlace.join(change.root, change.profile), change.place].contains { place in
        paths.contains(place) || above.contains(place)
          || Self.prefixes(of: place).contains(where: paths.contains)
      }
  }

  /// "/" and "/a" of "/a/b".
  private static func prefixes(of path: [UInt8]) -> [[UInt8]] {
    path.indices.filter { path[$0] == UInt8(ascii: "/") }.map {
      $0 == 0 ? [path[0]] : Array(path[..<$0])
    }
  }
}
