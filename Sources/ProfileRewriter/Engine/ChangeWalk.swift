extension Engine {
  /// Recorded changes, newest first, one in memory at a time.
  /// - Parameters:
  ///   - paths: only profiles at, below or above one of them; none does not limit.
  ///   - body: whether to go on.
  public func forEachRecordedChange(
    paths: [[UInt8]] = [], _ body: (RecordedChange) -> Bool
  ) throws(Refusal) {
    guard let journal = try openJournal() else { return }
    let selected = PathSet(paths)
    try journal.forEachChange { recorded in
      guard selected.touches(recorded.change) else { return true }
      return body(recorded)
    }
  }
}

/// Many paths, asked about many changes.
private struct PathSet {
  private let paths: Set<[UInt8]>
  /// What they lie below.
  private let above: Set<[UInt8]>

  init(_ paths: [[UInt8]]) {
    self.paths = Set(paths)
    above = Set(paths.flatMap(Self.prefixes))
  }

  /// As ``Change/touches(_:)`` answers for a few.
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
