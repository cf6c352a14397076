import ConfigFormats

/// Settings of all accounts, which several changes of one profile need: the first sets one, the others
/// record that they need it as it is (a record without spans), and undo restores it with the last of
/// them.
struct SharedValues {
  /// The patch without what stays, and with what it is to restore for a change that was undone before.
  private(set) var patch: FilePatch
  private(set) var warnings: [Warning] = []

  /// - Parameters:
  ///   - file: the file's absolute path.
  ///   - leaving: accounts of the change that are back already or go back now.
  ///   - foretold: changes that are undone before this one where nothing is written.
  init(
    _ patch: FilePatch, of change: Change, file: [UInt8], leaving: Set<String>,
    foretold: Set<String>, _ journal: Journal
  ) throws(Refusal) {
    self.patch = patch
    self.patch.edits = []
    for edit in patch.edits {
      guard edit.isHold || edit.rule == .value && !edit.deciding else {
        self.patch.edits.append(edit)
        continue
      }
      let history = try journal.history(ofKey: edit.key, client: change.client, file: file)
      let others = history.standing(besides: change.id).filter { !foretold.contains($0) }
      if edit.isHold {
        guard others.isEmpty, let origin = history.origin(of: change.id) else { continue }
        var restored = edit
        restored.rule = .value
        restored.before = origin.value
        self.patch.edits.append(restored)
      } else if history.isHeld(by: others) {
        guard leaving.isSuperset(of: edit.users) else { continue }
        warnings.append(
          Warning(
            .keptInUse, "\(edit.key.printable): kept, another switched account still needs it"))
      } else {
        self.patch.edits.append(edit)
      }
    }
  }
}

extension KeyedEdit {
  /// The value was as the change needs it, and is recorded so that it stays.
  var isHold: Bool { rule == .record && !secret && spans.isEmpty }
}
