import ConfigFormats
import ProfileRewriter

/// What Evolution's cache says of an IMAP account's INBOX.
///
/// `folders.db` keeps for every folder "version UIDVALIDITY UIDNEXT modseq". UIDNEXT is 0 until a
/// whole synchronisation has come to its end, and is saved after the last message's row. Headers are
/// fetched newest first, so neither the highest UID nor the number of rows tells anything
/// (docs/clients/evolution-findings.md, section 1).
enum InboxCache: Equatable {
  /// The account has not been synchronised: no file, or nothing of the INBOX in it.
  case none
  case known(validity: Int64, next: Int64)
  /// There is something, and it cannot be told what.
  case unclear(String)

  init(of account: String, _ loaded: LoadedSources) {
    do throws(Refusal) {
      guard
        let path = loaded.layout.mail(of: account, in: loaded.layout.cache)?
          .appending(RelativePath(known: "folders.db")),
        let folders = try loaded.home.rows(
          "SELECT bdata, saved_count FROM folders WHERE folder_name = 'INBOX' COLLATE NOCASE",
          of: path), let row = folders.first
      else {
        self = .none
        return
      }
      let messages = try loaded.home.rows("SELECT count(*) FROM \"INBOX\"", of: path)
      guard folders.count == 1, let state = Self.state(row[0]), let count = messages?.first?.first,
        count.integer == row[1].integer
      else {
        self = .unclear("the cache's database is not in a form that is known")
        return
      }
      self = state
    } catch {
      self = .unclear(error.text)
    }
  }

  /// The UIDs of the messages with a row; nil where they cannot be read. One text, not a row for
  /// each: an inbox may have a million.
  static func uids(of account: String, _ loaded: LoadedSources) -> Set<UInt32>? {
    guard
      let path = loaded.layout.mail(of: account, in: loaded.layout.cache)?
        .appending(RelativePath(known: "folders.db")),
      let rows = try? loaded.home.rows(
        """
        SELECT count(*), group_concat(uid, ' ')
        FROM (SELECT substr(uid, 1, 11) AS uid FROM "INBOX" LIMIT \(mostUIDs + 1))
        """, of: path), let row = rows.first, let count = row[0].integer, count <= mostUIDs
    else { return nil }
    // A row that is no number is a message that the server has not got yet.
    return Set((row[1].text ?? "").utf8.split(separator: 32).compactMap { UInt32(Substring($0)) })
  }

  private static let mostUIDs: Int64 = 5_000_000

  /// Four decimal numbers with one blank between, the first of them 4.
  private static func state(_ cell: DatabaseCell) -> InboxCache? {
    guard
      let fields = cell.text?.split(separator: " ", omittingEmptySubsequences: false),
      fields.count == 4
    else { return nil }
    let numbers = fields.compactMap { Int64($0) }
    guard numbers.count == 4, numbers[0] == 4, numbers[1] > 0, numbers[2] >= 0 else { return nil }
    return .known(validity: numbers[1], next: numbers[2])
  }

  // MARK: What the switch notes

  /// What a second switch finds of the first says nothing of the mail that came between.
  var note: String? {
    switch self {
    case .none: nil
    case .known(let validity, let next): "inbox \(validity) \(next)"
    case .unclear: "inbox unclear"
    }
  }

  init(note: String?) {
    let fields = note?.split(separator: " ") ?? []
    if fields.isEmpty {
      self = .none
    } else if fields.count == 3, let validity = Int64(fields[1]), let next = Int64(fields[2]) {
      self = .known(validity: validity, next: next)
    } else {
      self = .unclear("what the switch noted is not known to this version")
    }
  }
}

/// Whether an account's first synchronisation since a switch is proved to have come to its end.
struct FirstSynchronisation {
  /// The account's file, which may hold settings under which the cache proves nothing.
  var source: AccountSource
  /// What the cache said at the switch.
  var before: InboxCache
  /// What it says now.
  var now: InboxCache

  /// Why it is not proved; nil where it is.
  var doubt: String? {
    if case .unclear(let text) = before { return "the cache was unclear at the switch (\(text))" }
    switch now {
    case .none: return "the first synchronisation has not begun"
    case .unclear(let text):
      return "it cannot be told whether the first synchronisation is done: \(text)"
    case .known(_, let next) where next == 0: return "the first synchronisation is not done"
    case .known(_, let next): return unchanged(next) ?? unsafeSetting
    }
  }

  /// Of two synchronisations with the same end nobody can tell whether there was a second.
  private func unchanged(_ next: Int64) -> String? {
    guard case .known(_, let earlier) = before, earlier == next else { return nil }
    return
      "the cache is as it was before the switch, and tells nothing of the mail that came since"
  }

  /// Settings under which a synchronisation passes over messages and still notes its end.
  private var unsafeSetting: String? {
    if source.flag("Imapx Backend/FullUpdateOnMeteredNetwork") == false {
      return "FullUpdateOnMeteredNetwork=false leaves old messages out on a metered network"
    }
    if source.flag("Imapx Backend/SingleClientMode") == true {
      return "SingleClientMode=true leaves old messages out"
    }
    if case .known(_, let next) = before, next > 0,
      source.flag("Imapx Backend/UseQresync") == true
    {
      return "UseQresync=true may leave old messages out"
    }
    return nil
  }
}
