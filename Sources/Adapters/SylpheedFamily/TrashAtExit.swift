import ConfigFormats
import ProfileRewriter

/// The setting that empties all trash folders when the client ends: with an IMAP account the server's as
/// well (seen with Sylpheed 3.8).
struct TrashAtExit {
  private static let key = "Common/clean_trash_on_exit"

  private let path: RelativePath
  private let document: KeyFileDocument?

  /// - Throws: `syntax`, or what reading throws.
  init(_ profile: FamilyProfile) throws(Refusal) {
    path = profile.client.common
    let document = try profile.common()
    let isOn = document?.value(forKey: Self.key).map { $0 != Array("0".utf8) } ?? false
    self.document = isOn ? document : nil
  }

  var warnings: [Warning] {
    guard document != nil else { return [] }
    return [
      Warning(
        .serverSideDeletion,
        "emptying the trash at the client's end, which would empty the server's too, is switched off "
          + "(clean_trash_on_exit)")
    ]
  }

  func files(_ users: [String]) throws(Refusal) -> [PlannedFile] {
    guard let document else { return [] }
    let off = Array("0".utf8)
    let edits: [SourceEdit]
    do {
      edits = try document.edits(setting: Self.key, to: off)
    } catch {
      throw Refusal(.unsupported, "\(path.shown): \(error)")
    }
    let edit = PlannedEdit(
      key: Self.key, before: document.value(forKey: Self.key), after: off, edits: edits,
      users: users)
    return [
      PlannedFile(
        path: path, work: .edit(source: document.source, edits: [edit], branches: []),
        sensitive: true, users: users)
    ]
  }
}
