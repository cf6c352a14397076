import ConfigFormats
import ProfileRewriter

/// Names that are not taken yet: numbers of servers and accounts, directories for IMAP mail.
struct Allocation {
  private var nextServer: Int
  private var nextAccount: Int
  /// In lower case: on a file system without case, `INBOX` and `Inbox` are one.
  private var takenDirectories: Set<[UInt8]>
  /// By host, the first number behind its name that may be free.
  private var nextCounts: [String: Int] = [:]
  /// The directory for IMAP mail, as it is spelled on this disk.
  let imapMail: RelativePath
  let imapMailExists: Bool

  /// - Throws: where `ImapMail` is something else than a directory that can be read.
  init(_ profile: LoadedProfile) throws(Refusal) {
    let documents = [profile.prefs] + (profile.userJS.map { [$0] } ?? [])
    nextServer = Self.following(Self.highestServer(in: documents))
    nextAccount = Self.following(Self.highestAccount(in: documents, profile.prefs))
    takenDirectories = Self.directoriesInPrefs(documents)
    imapMail =
      profile.origin.isElsewhere
      ? profile.spellings.spelling(of: .imapMail) ?? .imapMail : .imapMail
    let names = try profile.directory.list(imapMail)
    imapMailExists = names != nil
    if names == nil, try profile.directory.kind(imapMail) != nil {
      throw Refusal(.notRegular, "ImapMail in the profile is not a directory")
    }
    for name in names ?? [] { takenDirectories.insert(ByteText.lowercased(name)) }
  }

  /// The numbers of a new server and of the account for it.
  ///
  /// The client gives a new server the lowest number that no *account* uses, together with every
  /// key left over under it; beyond all numbers there are none (seen with Thunderbird 153).
  mutating func newServerAndAccount() throws(Refusal) -> (server: Int, account: Int32) {
    guard let account = Int32(exactly: nextAccount), nextServer < Int(Int32.max) else {
      throw Refusal(.unsupported, "the account numbers of this profile are used up")
    }
    defer {
      nextServer += 1
      nextAccount += 1
    }
    return (nextServer, account)
  }

  /// A directory below `ImapMail` that neither the disk nor the preferences know: the host's name,
  /// then with `-1`, `-2`, …
  mutating func newDirectory(for host: String) throws(Refusal) -> RelativePath {
    var count = nextCounts[host] ?? 0
    while true {
      let name = Array((count == 0 ? host : "\(host)-\(count)").lowercased().utf8)
      // The client keeps a summary of the server in a file beside the directory.
      let summary = name + Array(".msf".utf8)
      if !takenDirectories.contains(name), !takenDirectories.contains(summary) {
        guard let leaf = RelativePath(name), leaf.parent == nil else {
          throw Refusal(.noIMAPSettings, "\(host) is not a host name")
        }
        takenDirectories.insert(name)
        nextCounts[host] = count + 1
        return imapMail.appending(leaf)
      }
      count += 1
    }
  }

  // MARK: Finding out

  /// Names may hold any number; beyond those of the client there is none.
  private static func following(_ highest: Int) -> Int { min(highest, Int(Int32.max)) + 1 }

  private static func highestNumber(in documents: [PrefsDocument], _ prefix: String) -> Int {
    var highest = 0
    for document in documents {
      document.forEachUserKey(withPrefix: Array(prefix.utf8)) { key in
        let digits = key.dropFirst(prefix.utf8.count).prefix { (0x30...0x39).contains($0) }
        if let number = Int(digits.shown) { highest = max(highest, number) }
      }
    }
    return highest
  }

  /// Also one that only an account names: of two accounts with one server the client drops the
  /// later (seen).
  private static func highestServer(in documents: [PrefsDocument]) -> Int {
    var highest = highestNumber(in: documents, "mail.server.server")
    for document in documents {
      for key in document.keys(withPrefix: "mail.account.") where key.hasSuffix(".server") {
        guard let server = document.string(forKey: key), server.hasPrefix("server") else {
          continue
        }
        highest = max(highest, Int(server.dropFirst("server".count)) ?? 0)
      }
    }
    return highest
  }

  /// `lastKey` alone does not do: the client takes the next number without looking, and a `lastKey`
  /// below an existing account makes it overwrite that account (seen with Thunderbird 153).
  private static func highestAccount(in documents: [PrefsDocument], _ prefs: PrefsDocument) -> Int {
    var highest = highestNumber(in: documents, "mail.account.account")
    for document in documents {
      highest = max(highest, Int(document.int(forKey: "mail.account.lastKey") ?? 0))
    }
    for account in AccountReader.listedAccounts(prefs) where account.hasPrefix("account") {
      highest = max(highest, Int(account.dropFirst("account".count)) ?? 0)
    }
    return highest
  }

  /// What ends the names of the preferences that name a directory.
  private static let directoryKeys = [".directory", ".directory-rel"].map { Array($0.utf8) }

  private static func directoriesInPrefs(_ documents: [PrefsDocument]) -> Set<[UInt8]> {
    var taken = Set<[UInt8]>()
    for document in documents {
      document.forEachUserKey(withPrefix: Array("mail.server.".utf8)) { key in
        guard directoryKeys.contains(where: { key.suffix($0.count).elementsEqual($0) }) else {
          return
        }
        let value = ByteText.lowercased(
          ForeignPath.withSlashes(document[keyBytes: key]?.stringBytes ?? []))
        let parts = value.split(separator: UInt8(ascii: "/"))
        guard let leaf = parts.last,
          parts.dropLast().last.map({ $0.shown.hasSuffix("imapmail") })
            ?? false
        else { return }
        taken.insert(Array(leaf))
      }
    }
    return taken
  }
}
