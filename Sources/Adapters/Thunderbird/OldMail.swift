import ConfigFormats
import ProfileRewriter

/// Keeping the mail that was downloaded where it lies, and visible: a second server of type `none`
/// on the old directory. With the old host and user its URI is the old one, so every old folder URI
/// in filters, saved searches and identities stays valid (seen with Thunderbird 153).
extension SwitchJob {
  func keepOldMail(_ references: URIReferences, _ draft: inout SwitchDraft) throws(Refusal) {
    let deferred = profile.deferrals.servers(deferredTo: user)
    let present = try presentOldMailServer(draft)
    if present != nil, deferred.isEmpty { return }
    if present == nil, deferred.isEmpty, try !oldMailIsNeeded(references, draft.wishes) { return }
    let account: String
    if let present {
      account = present
    } else {
      account = try addOldMailServer(&draft)
    }
    Deferral.repoint(deferred, to: account, user: user, &draft.wishes)
  }

  private func addOldMailServer(_ draft: inout SwitchDraft) throws(Refusal) -> String {
    let (number, accountNumber) = try draft.allocation.newServerAndAccount()
    let (new, account) = ("server\(number)", "account\(accountNumber)")
    func set(_ leaf: String, _ value: PrefValue?, deciding: Bool = true) {
      guard let value else { return }
      draft.wishes.set("mail.server.\(new).\(leaf)", value, deciding: deciding, user: user)
    }
    set("type", .string("none"))
    set("hostname", .string(old.host))
    set("userName", .string(old.username))
    set("name", .string(oldMailName), deciding: false)
    set("directory", server.own("directory"))
    set("directory-rel", server.own("directory-rel"))
    set("storeContractID", server.own("storeContractID"))
    for setting in ServerSideDeletion.known {
      // What is set for all servers, and the account may have been kept from by a value of its own, would
      // delete here for good (retainBy 2: 24 messages → 2; empty_trash_on_exit: all; seen with 153).
      set(setting.leaf, setting.neutralValue(in: profile.server(new)), deciding: false)
    }
    draft.wishes.set("mail.account.\(account).server", .string(new), deciding: true, user: user)
    draft.wishes.append(
      account, toListAt: "mail.accountmanager.accounts", in: prefs, user: user)
    draft.wishes.raise("mail.account.lastKey", to: accountNumber, user: user)
    draft.branches.append(CreatedBranch(prefix: "mail.server.\(new).", users: [user]))
    draft.branches.append(CreatedBranch(prefix: "mail.account.\(account).", users: [user]))
    draft.oldMailServers.append(popURI)
    return account
  }

  /// Removing this account in the client "with message data" would delete the mail: the name says
  /// what it is.
  private var oldMailName: [UInt8] {
    Array("Old mail: ".utf8) + (server.bytes("name") ?? Array(old.username.utf8))
  }

  /// The account of a `none` server that has the old URI already. Of two such servers the client
  /// drops the later one (seen with Thunderbird 153).
  /// - Throws: `duplicate-account` where that one keeps its mail elsewhere.
  private func presentOldMailServer(_ draft: SwitchDraft) throws(Refusal) -> String? {
    if draft.oldMailServers.contains(where: { $0.isSame(as: popURI) }) {
      throw Refusal(
        .duplicateAccount,
        "another account that is switched has the same POP user and host (\(old.username) at "
          + "\(old.host)); their old mail could not be told apart")
    }
    guard let other = profile.localServers.first(where: { $0.uri.isSame(as: popURI) }) else {
      return nil
    }
    let place = try? MailDirectory(of: profile.server(other.key), in: profile)
    guard other.uri == popURI, place?.path == oldDirectory.path else {
      throw Refusal(
        .duplicateAccount,
        "\(other.account) is a local account with the same user and host, but another directory")
    }
    return other.account
  }

  // MARK: Leaving it out

  /// A deferred account keeps its mail in another one, which goes on showing it; the server for old
  /// mail is left out only if its directory holds none and nothing names its URI.
  private func oldMailIsNeeded(
    _ references: URIReferences, _ wishes: PrefsWishes
  ) throws(Refusal) -> Bool {
    guard server.bytes("deferred_to_account")?.isEmpty == false else { return true }
    let place = oldDirectory.pathHere
    let holdsMail = try profile.mailTrees(place) { () throws(Refusal) in
      try OldMailTree(profile.directory).holdsMail(place)
    }
    if holdsMail { return true }
    return try references.name(popURI, except: wishes)
  }
}

/// A server of type `none` with a user and a host of its own.
struct LocalServer {
  let account: String
  let key: String
  let uri: ServerURI

  /// Those of the accounts, in the client's order.
  static func all(in profile: LoadedProfile) -> [LocalServer] {
    AccountReader.listedAccounts(profile.prefs).compactMap { account in
      guard let key = profile.prefs.string(forKey: "mail.account.\(account).server") else {
        return nil
      }
      let server = profile.server(key)
      guard server.text("type") == "none", let host = server.text("hostname"),
        let user = server.text("userName")
      else { return nil }
      return LocalServer(
        account: account, key: key, uri: ServerURI(.mailbox, user: user, host: host))
    }
  }
}

/// Looks for mail in a POP account's directory.
private struct OldMailTree {
  let directory: any DirectoryView

  init(_ directory: any DirectoryView) { self.directory = directory }

  /// Whether there is any file with content that is not the client's own book-keeping. What cannot
  /// be read may be mail.
  func holdsMail(_ path: RelativePath, depth: Int = 0) throws(Refusal) -> Bool {
    guard depth < 64 else { return true }
    for name in try directory.list(path) ?? [] {
      guard let leaf = RelativePath(name) else { continue }
      let entry = path.appending(leaf)
      switch try directory.kind(entry) {
      case .directory:
        if try holdsMail(entry, depth: depth + 1) { return true }
      case .file:
        if !Self.isBookKeeping(name), try directory.size(entry) ?? 0 > 0 { return true }
      case .link, .other: return true
      case nil: continue
      }
    }
    return false
  }

  private static func isBookKeeping(_ name: [UInt8]) -> Bool {
    let text = name.shown
    return text.hasSuffix(".msf")
      || ["popstate.dat", "msgFilterRules.dat", "filterlog.html", "junklog.html"].contains(text)
  }
}
