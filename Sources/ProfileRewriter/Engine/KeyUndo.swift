import ConfigFormats

/// Undo by key, for a file that the client or the user has rewritten since: three-way per key, and
/// whatever neither we nor the key's history account for stays.
struct KeyUndo {
  /// What undo means to do with one file, and what it met.
  struct Outcome: Sendable {
    var content: [UInt8]
    var warnings: [Warning] = []
    /// Keys that both we and somebody else changed.
    var conflicts: [Conflict] = []

    var blocked: Bool { conflicts.contains { $0.deciding } }
  }

  struct Conflict: Sendable, Hashable {
    var file: RelativePath
    var key: String
    var deciding: Bool
    /// The key's three values, for people; nil where they are nobody's to see.
    var values: String?
  }

  var patch: FilePatch
  /// Accounts of the change that are back already or go back now.
  var leaving: Set<String>
  /// Record keys that other changes still need.
  var neededElsewhere: Set<String>

  /// The file as it should be, from what it is.
  func outcome(in document: any KeyedDocument) throws(Refusal) -> Outcome {
    var outcome = Outcome(content: [])
    var values: [(key: String, value: [UInt8]?)] = []
    let branches = patch.branches.filter { leaves($0.users) }
    let keyBranches = branches.filter { $0.kind == .keys }
    for edit in patch.edits.sorted(by: { $0.key < $1.key }) {
      if keyBranches.contains(where: { edit.key.hasPrefix($0.prefix) }) { continue }
      if let value = step(edit, document, &outcome) { values.append((edit.key, value.value)) }
    }
    let states = keyBranches.map { state(of: $0, document) }
    for (branch, state) in zip(keyBranches, states) { note(branch, state, document, &outcome) }
    guard !outcome.blocked else {
      outcome.content = document.source.bytes
      return outcome
    }
    var edits = try spelled { () throws(KeyedDocumentError) in try document.edits(setting: values) }
    for (branch, state) in zip(keyBranches, states) where state == .ours {
      edits += try removal(of: branch, document, &outcome)
    }
    for (key, elements) in leavingElements(document, branches).sorted(by: { $0.key < $1.key }) {
      edits += try spelled { () throws(KeyedDocumentError) in
        try document.edits(removing: elements, fromListAt: key)
      }
    }
    do {
      outcome.content = try document.source.applying(edits)
    } catch {
      throw Refusal(.conflict, "\(patch.path.shown): the keys to restore overlap (\(error))")
    }
    return outcome
  }

  private func leaves(_ users: [String]) -> Bool { leaving.isSuperset(of: users) }

  /// What a key is to be set to.
  private struct Restored {
    /// nil: absent.
    var value: [UInt8]?
  }

  /// - Returns: nil where the key stays as it is.
  private func step(
    _ edit: KeyedEdit, _ document: any KeyedDocument, _ outcome: inout Outcome
  ) -> Restored? {
    switch edit.rule {
    case .value:
      guard leaves(edit.users) else { return nil }
      return restoredValue(edit, document, &outcome)
    case .elements, .counter:
      return nil
    case .record:
      guard leaves(edit.users) else { return nil }
      return removedRecord(edit, document, &outcome)
    }
  }

  /// What goes out of each list, all at once: neighbours share a separator.
  private func leavingElements(
    _ document: any KeyedDocument, _ branches: [CreatedBranch]
  ) -> [String: [[UInt8]]] {
    var leaving: [String: [[UInt8]]] = [:]
    for edit in patch.edits {
      guard case .elements(let elements) = edit.rule else { continue }
      leaving[edit.key, default: []] += elements.filter { leaves($0.users) }.map(\.bytes)
    }
    for branch in branches where branch.kind == .elements {
      for (key, elements) in document.elements(withPrefix: Array(branch.prefix.utf8)) {
        leaving[key, default: []] += elements.filter { leaving[key]?.contains($0) != true }
      }
    }
    return leaving.filter { !$0.value.isEmpty }
  }

  private func restoredValue(
    _ edit: KeyedEdit, _ document: any KeyedDocument, _ outcome: inout Outcome
  ) -> Restored? {
    let now = PatchBuilder.fingerprint(document.value(forKey: edit.key), secret: edit.secret)
    if now == edit.before { return nil }
    if now != edit.after {
      guard let rewrite = edit.clientRewrites, rewrite.covers(now) else {
        // What was only recorded is the user's to change.
        if edit.isForTheClientToWrite { return nil }
        outcome.conflicts.append(
          Conflict(
            file: patch.path, key: edit.key, deciding: edit.deciding,
            values: values(of: edit, now: now)))
        return nil
      }
      outcome.warnings.append(
        Warning(
          .clientRewrote,
          "\(edit.key.printable): restored over the client's own value (\(rewrite.evidence))"))
    }
    return Restored(value: edit.before)
  }

  private func values(of edit: KeyedEdit, now: [UInt8]?) -> String? {
    if edit.secret || patch.sensitive { return nil }
    return "before the switch \(Self.shown(edit.before)), by the switch \(Self.shown(edit.after)), "
      + "now \(Self.shown(now))"
  }

  private static func shown(_ value: [UInt8]?) -> String {
    guard let value else { return "absent" }
    return value.count > 100 ? value.prefix(100).printable + "…" : value.printable
  }

  private func removedRecord(
    _ edit: KeyedEdit, _ document: any KeyedDocument, _ outcome: inout Outcome
  ) -> Restored? {
    guard let value = document.value(forKey: edit.key) else { return nil }
    if neededElsewhere.contains(edit.key) {
      // Only who made it has something to say when it stays.
      if !edit.spans.isEmpty {
        outcome.warnings.append(
          Warning(
            .keptInUse, "\(edit.key.printable): kept, another switched account still needs it"))
      }
      return nil
    }
    guard PatchBuilder.fingerprint(value, secret: edit.secret) == edit.after else {
      outcome.warnings.append(
        Warning(
          .passwordChanged,
          "\(edit.key.printable): kept, its password was changed since the switch"))
      return nil
    }
    return Restored(value: nil)
  }

  // MARK: Branches

  /// Whose a branch is that the change made.
  private enum BranchState: Equatable {
    case ours
    /// The client has made something else of that name since: whatever decides is another's.
    case somebodyElses
    /// These keys that decide are changed, others are not.
    case changed([KeyedEdit])
  }

  private func state(of branch: CreatedBranch, _ document: any KeyedDocument) -> BranchState {
    let deciding = patch.edits.filter {
      $0.deciding && $0.rule == .value && $0.key.hasPrefix(branch.prefix)
    }
    let changed = deciding.filter { edit in
      let now = PatchBuilder.fingerprint(document.value(forKey: edit.key), secret: edit.secret)
      return now != edit.after && !(edit.clientRewrites?.covers(now) ?? false)
    }
    // Where all of it is gone there is nothing to take and nothing to lose.
    if changed.isEmpty || document.keys(withPrefix: branch.prefix).isEmpty { return .ours }
    // One key alone does not tell a stranger.
    return changed.count == deciding.count && deciding.count > 1
      ? .somebodyElses : .changed(changed)
  }

  private func note(
    _ branch: CreatedBranch, _ state: BranchState, _ document: any KeyedDocument,
    _ outcome: inout Outcome
  ) {
    switch state {
    case .ours: return
    case .somebodyElses:
      outcome.warnings.append(
        Warning(
          .usedSince,
          "\(branch.prefix.printable)* is somebody else's now, made after what the switch added there was removed; it stays"
        ))
    case .changed(let edits):
      outcome.conflicts += edits.map { edit in
        let now = PatchBuilder.fingerprint(document.value(forKey: edit.key), secret: edit.secret)
        return Conflict(
          file: patch.path, key: edit.key, deciding: true, values: values(of: edit, now: now))
      }
    }
  }

  private func removal(
    of branch: CreatedBranch, _ document: any KeyedDocument, _ outcome: inout Outcome
  ) throws(Refusal) -> [SourceEdit] {
    for key in document.keys(withPrefix: branch.prefix) {
      if let ours = patch.edits.first(where: { $0.key == key }),
        document.value(forKey: key) != ours.after, ours.clientRewrites == nil
      {
        outcome.warnings.append(
          Warning(
            .usedSince,
            "\(key.printable) was changed since the switch; it goes with the account"))
      }
    }
    return try spelled { () throws(KeyedDocumentError) in
      try document.edits(removingBranch: branch.prefix)
    }
  }

  private func spelled(
    _ body: () throws(KeyedDocumentError) -> [SourceEdit]
  ) throws(Refusal) -> [SourceEdit] {
    do {
      return try body()
    } catch {
      throw Refusal(
        .conflict, "\(patch.path.shown): \(error.key.printable) cannot be restored (\(error))")
    }
  }
}
