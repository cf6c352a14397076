import ConfigFormats
import ProfileRewriter

/// The setting that empties all trash folders when the client ends: with an IMAP account the server's as
/// well (seen with Sylpheed 3.8).
struct TrashAtExit {
  private static let key = "Common/clean_trash_on_exit"

  private let path: RelativePath
  private let document: KeyFileDocument?
  private let isOn: Bool
  /// Accounts that are IMAP already: one of an earlier switch may be why it is off.
  private let present: [String]

  /// - Throws: `syntax`, or what reading throws.
  init(_ profile: FamilyProfile) throws(Refusal) {
    path = profile.client.common
    document = try profile.common()
    isOn = document?.value(forKey: Self.key).map { $0 != Self.off } ?? false
    present = try FamilyAccounts(profile: profile).accounts().filter { $0.kind == .imap }.map(\.key)
  }

  private static let off = Array("0".utf8)

  var warnings: [Warning] {
    guard isOn else { return [] }
    return [
      Warning(
        .serverSideDeletion,
        "emptying the trash at the client's end, which would empty the server's too, is switched off "
          + "(clean_trash_on_exit)")
    ]
  }

  func files(_ users: [String]) throws(Refusal) -> [PlannedFile] {
    guard let document, let edit = try isOn ? switchingOff(document, users) : hold(document, users)
    else { return [] }
    return [
      PlannedFile(
        path: path, work: .edit(source: document.source, edits: [edit], branches: []),
        sensitive: true, users: users)
    ]
  }

  private func switchingOff(
    _ document: KeyFileDocument, _ users: [String]
  ) throws(Refusal) -> PlannedEdit {
    do {
      return PlannedEdit(
        key: Self.key, before: document.value(forKey: Self.key), after: Self.off,
        edits: try document.edits(setting: Self.key, to: Self.off), users: users)
    } catch {
      throw Refusal(.unsupported, "\(path.shown): \(error)")
    }
  }

  /// Changes nothing, and has the patch know that these accounts need it off: the undo of a change that
  /// switched it off leaves it so.
  private func hold(_ document: KeyFileDocument, _ users: [String]) -> PlannedEdit? {
    guard let value = document.value(forKey: Self.key), !present.isEmpty else { return nil }
    return PlannedEdit(
      key: Self.key, before: value, after: value, recipe: "used as it is", edits: [], rule: .record,
      users: users)
  }
}
