import ConfigFormats

/// What became of one change of an import.
public struct ImportedChange: Sendable {
  public enum Status: String, Sendable, CaseIterable {
    case imported
    /// It is in the journal already.
    case unchanged
    case refused
  }

  public var change: Change
  public var status: Status
  public var refusal: Refusal?
}

extension Engine {
  /// Forgets recorded changes.
  /// - Parameter dryRun: only name them.
  /// - Returns: the changes, newest first.
  public func prune(_ request: PruneRequest, dryRun: Bool) throws(Refusal) -> [Change] {
    guard let journal = try openJournal() else { return [] }
    let ids = try journal.prunable(request)
    let changes = try journal.changes(ids: ids)
    if !dryRun { try journal.forget(ids) }
    return changes
  }

  /// Recorded changes as a file for ``importChanges(from:name:)`` of another journal.
  /// - Parameters:
  ///   - ids: or beginnings of them; empty: every change.
  ///   - paths: limits to changes at or below these; empty does not limit.
  /// - Throws: `unsettled` when one of them is; `not-found` when there is none.
  public func exportChanges(
    ids: [String], paths: [[UInt8]]
  ) throws(Refusal) -> (file: [UInt8], count: Int) {
    guard let journal = try openJournal() else {
      throw Refusal(.notFound, "nothing has been recorded yet")
    }
    let selected = PathSet(paths)
    let changes = try (ids.isEmpty ? journal.changes() : journal.changes(ids: ids))
      .filter(selected.touches)
    guard !changes.isEmpty else { throw Refusal(.notFound, "no such change is recorded") }
    let unsettled = changes.filter { $0.state != .applied && $0.state != .undone }
    guard unsettled.isEmpty else {
      throw Refusal(
        .unsettled,
        "\(unsettled.map(\.id).joined(separator: ", ")): not settled, and only this machine's "
          + "files tell which way; run recover first, or name other changes")
    }
    return (try journal.archive(changes), changes.count)
  }

  /// Takes the changes of an export into the journal. Where they lead is found and checked anew, as
  /// an undo does it; nothing of a profile is written.
  /// - Parameter name: the file's, for people.
  public func importChanges(
    from file: [UInt8], name: String
  ) throws(Refusal) -> [ImportedChange] {
    let journal = try Journal.create(
      stateDirectory: configuration.stateDirectory, calls: configuration.calls)
    let archived = try journal.read(archive: file, name: name)
    let present = try journal.changes()
    let known = Set(present.map(\.id))
    let standing = Set(present.filter { $0.state != .undone }.map(\.profileKey))
    var results: [ImportedChange] = []
    var taken: [ArchivedChange] = []
    for item in archived {
      var result = ImportedChange(change: item.change, status: .imported)
      if known.contains(item.change.id) {
        result.status = .unchanged
      } else if let refusal = obstacle(to: item.change, standing) {
        result.status = .refused
        result.refusal = refusal
      } else {
        taken.append(item)
      }
      results.append(result)
    }
    if !taken.isEmpty { try journal.take(taken) }
    return results
  }

  private func obstacle(to change: Change, _ standing: Set<[UInt8]>) -> Refusal? {
    if standing.contains(change.profileKey) {
      return Refusal(
        .newerChange,
        "this journal has changes of the profile that stand; nobody could tell which came first")
    }
    let places = [change.root, change.home].compactMap(\.self) + change.relocations.map(\.target)
    guard places.allSatisfy(Self.isPlain) else {
      return Refusal(.outsideHome, "it names a place by a path that is not absolute and plain")
    }
    do throws(Refusal) {
      _ = try Undo.target(of: change, engine: self)
      return nil
    } catch {
      return error
    }
  }

  /// Absolute, and without empty components, "." and "..".
  private static func isPlain(_ path: [UInt8]) -> Bool {
    path == [UInt8(ascii: "/")]
      || path.first == UInt8(ascii: "/") && RelativePath(path.dropFirst()) != nil
  }
}

extension Change {
  /// The same for all changes of one profile.
  fileprivate var profileKey: [UInt8] { Array(client.utf8) + [0] + place }
}
