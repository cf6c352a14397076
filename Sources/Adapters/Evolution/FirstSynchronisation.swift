import ConfigFormats
import ProfileRewriter

/// What Evolution's cache says of an IMAP account's INBOX.
///
/// `folders.db` keeps for every folder "version UIDVALIDITY UIDNEXT modseq". UIDNEXT is 0 until a
/// whole synchronisation has come to its end, and is saved after the last message's row; the headers
/// are fetched newest first, so neither the highest UID nor the number of rows tells anything
/// (Evolution 3.46.4: docs/clients/evolution-findings.md, section 1).
struct FirstSynchronisation: Equatable {
  var validity: Int64
  var next: Int64
  var modseq: Int64

  /// What the cache says; nil where there is none, or nothing of the INBOX in it.
  /// - Throws: ``Refusal`` where it cannot be read with certainty.
  init?(of account: String, _ loaded: LoadedSources) throws(Refusal) {
    guard
      let path = loaded.layout.mail(of: account, in: loaded.layout.cache)?
        .appending(RelativePath(known: "folders.db")),
      let rows = try loaded.home.rows(
        "SELECT bdata FROM folders WHERE folder_name = 'INBOX'", of: path),
      let fields = rows.first?.first?.text?.split(separator: " "), fields.count >= 4,
      fields[0] == "4", let validity = Int64(fields[1]), let next = Int64(fields[2]),
      let modseq = Int64(fields[3])
    else { return nil }
    self.init(validity: validity, next: next, modseq: modseq)
  }

  init(validity: Int64, next: Int64, modseq: Int64) {
    self.validity = validity
    self.next = next
    self.modseq = modseq
  }

  var isComplete: Bool { validity > 0 && next > 0 }

  /// Whether a synchronisation has come to its end between the two: UIDNEXT grew, or the server
  /// began anew.
  func isLater(than before: FirstSynchronisation) -> Bool {
    isComplete && (validity != before.validity || next != before.next)
  }

  // MARK: What the switch notes of it

  /// "inbox VALIDITY UIDNEXT MODSEQ".
  var note: String { "inbox \(validity) \(next) \(modseq)" }

  init?(note: String) {
    let fields = note.split(separator: " ")
    guard fields.count == 4, fields[0] == "inbox", let validity = Int64(fields[1]),
      let next = Int64(fields[2]), let modseq = Int64(fields[3])
    else { return nil }
    self.init(validity: validity, next: next, modseq: modseq)
  }
}
