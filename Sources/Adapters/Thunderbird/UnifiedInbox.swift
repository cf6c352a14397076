import ConfigFormats
import ProfileRewriter

/// The Inbox of the unified folders, a saved search over the inboxes of all accounts.
///
/// Thunderbird 153 adds the Sent, Drafts and Trash of a new IMAP account to the unified folders by
/// itself, but not its INBOX, not even after two restarts (seen).
struct UnifiedInbox {
  private let document: VirtualFoldersDocument?
  /// The servers of POP accounts whose inbox is shown there, and the URIs of IMAP inboxes that are.
  private var shownServers = Set<ServerURI>()
  private var shownInboxes = Set<[UInt8]>()
  private var additions: [ListElement] = []
  private var branches: [CreatedBranch] = []

  static let scopeKey = "mailbox://nobody@smart%20mailboxes/Inbox#scope"

  init(_ directory: any DirectoryView) throws(Refusal) {
    guard let bytes = try directory.read(.virtualFolders) else {
      document = nil
      return
    }
    do {
      document = try VirtualFoldersDocument(parsing: bytes)
    } catch {
      throw Refusal(syntax: error, in: .virtualFolders, root: directory.absolutePath)
    }
    readScope()
  }

  private mutating func readScope() {
    guard let scope = document?.value(forKey: Self.scopeKey) else { return }
    let ends = ["/Inbox", "/INBOX"].map { Array($0.utf8) }
    var start = 0
    while start <= scope.count {
      let end = scope[start...].firstIndex(of: UInt8(ascii: "|")) ?? scope.count
      defer { start = end + 1 }
      let element = scope[start..<end]
      // Of most nothing is asked.
      guard ends.contains(where: { element.suffix($0.count).elementsEqual($0) }) else { continue }
      let uri = Array(element)
      shownInboxes.insert(uri)
      if let (server, rest) = ServerURI.split(uri, .mailbox), rest.elementsEqual(ends[0]) {
        shownServers.insert(server)
      }
    }
  }

  /// Adds the new INBOX if the account's mail was shown there so far: through its own inbox, or
  /// through that of the account it put its mail into.
  mutating func add(_ job: SwitchJob) {
    guard document != nil else { return }
    let servers = [job.popURI, Self.deferralTarget(of: job)].compactMap(\.self)
    let inbox = job.imapURI.folder("INBOX")
    guard servers.contains(where: shownServers.contains), !shownInboxes.contains(inbox) else {
      return
    }
    additions.append(ListElement(bytes: inbox, users: [job.user]))
    // Thunderbird adds the Sent, Drafts and Trash of the new account to the unified folders by
    // itself (seen with 153). Undo takes them along, or the file would name a server that is gone.
    branches.append(
      CreatedBranch(
        .elements, prefix: String(decoding: job.imapURI.folder(""), as: UTF8.self),
        users: [job.user]))
  }

  private static func deferralTarget(of job: SwitchJob) -> ServerURI? {
    guard let account = job.server.text("deferred_to_account"), !account.isEmpty,
      let key = job.prefs.string(forKey: "mail.account.\(account).server")
    else { return nil }
    let target = job.profile.server(key)
    guard let host = target.text("hostname"), let user = target.text("userName") else { return nil }
    return ServerURI(.mailbox, user: user, host: host)
  }

  func file() throws(Refusal) -> PlannedFile? {
    guard let document, !additions.isEmpty else { return nil }
    do {
      let before = document.value(forKey: Self.scopeKey) ?? []
      let elements = additions.map(\.bytes)
      let separator: [UInt8] = [UInt8(ascii: "|")]
      let after = Array(([before] + elements).filter { !$0.isEmpty }.joined(separator: separator))
      let edit = PlannedEdit(
        key: Self.scopeKey, before: before, after: after,
        edits: try document.edits(appending: elements, toListAt: Self.scopeKey),
        rule: .elements(additions), users: additions.flatMap(\.users))
      return PlannedFile(
        path: .virtualFolders,
        work: .edit(source: document.source, edits: [edit], branches: branches),
        users: edit.users)
    } catch {
      throw Refusal(.unsupported, "virtualFolders.dat cannot be edited as wanted (\(error))")
    }
  }
}
