import ConfigFormats
import ProfileRewriter

/// The local mailbox that an account delivers into: an MH tree, `~/Mail` if the user has chosen no other,
/// whose folders stand in `folderlist.xml`. Accounts share it.
struct LocalMailbox {
  private let profile: FamilyProfile
  private let context: ProfileContext

  init(_ profile: FamilyProfile, _ context: ProfileContext) {
    self.profile = profile
    self.context = context
  }

  /// All folders of the mailbox, as the client shows them: what lies on the disk and is not in its tree is
  /// not its.
  /// - Throws: `not-found` for an account that is not there, or a client without a local mailbox;
  ///   `outside-home` where the profile was named by itself; `unsupported`; `syntax`.
  func place(of account: String) throws(Refusal) -> LocalMailPlace {
    guard let source = profile[account] else {
      throw Refusal(.notFound, "the profile has no account \(account.printable)")
    }
    let mailbox = try mailbox(of: source)
    let path = try place(of: mailbox)
    let names = try profile.client.tagNames(profile)
    var folders: [MailFolder] = []
    try collect(mailbox, [], path, names, depth: 0, into: &folders)
    return LocalMailPlace(
      path: path, title: mailbox.attribute("name") ?? path.text, isCommon: try isShared,
      folders: folders, isInHome: true)
  }

  /// Other accounts deliver into it, too, or keep there what they send.
  private var isShared: Bool {
    get throws(Refusal) {
      try FamilyAccounts(profile: profile).accounts().count { $0.kind != .other } > 1
    }
  }

  // MARK: Which

  /// The one that `inbox` names: "#mh/Mailbox/inbox". A path alone is in the first, and so the clients
  /// take what names no folder (`folder_find_item_from_identifier`).
  private func mailbox(of source: FamilyAccount) throws(Refusal) -> XMLElement {
    guard let bytes = try profile.directory.read(FolderList.path) else {
      throw Refusal(.notFound, "there is no folderlist.xml")
    }
    let tree: XMLTree
    do {
      tree = try XMLTree(parsing: bytes)
    } catch {
      throw Refusal(syntax: error, in: FolderList.path, root: profile.directory.absolutePath)
    }
    let inbox = source.text("inbox") ?? ""
    if inbox.hasPrefix("#"), !inbox.hasPrefix("#mh/") {
      throw Refusal(
        .unsupported,
        "the account delivers into \(inbox.printable), which is no MH folder and is not read")
    }
    let mailboxes = tree.root.elements("folder").filter { $0.attribute("type") == "mh" }
    let named = mailboxes.first { inbox.hasPrefix("#mh/\($0.attribute("name") ?? "")/") }
    guard let mailbox = named ?? mailboxes.first else {
      throw Refusal(.notFound, "\(profile.client.name) has no local mailbox")
    }
    return mailbox
  }

  // MARK: Where

  /// Below the home: what is not absolute is so for the client, too.
  private func place(of mailbox: XMLElement) throws(Refusal) -> RelativePath {
    let text = mailbox.attribute("path") ?? ""
    guard let own = context.profile else {
      throw Refusal(
        .outsideHome,
        "the mail lies in \(text.printable), outside of the profile; name the home instead")
    }
    guard own == profile.client.directories.first else {
      throw Refusal(
        .unsupported, "where \(profile.client.name) of \(own.shown) keeps its mail is not known")
    }
    let home = profile.directory.absolutePath.dropLast(own.bytes.count)
    var bytes = Array(text.utf8)[...]
    if bytes.first == UInt8(ascii: "/"), bytes.starts(with: home) {
      bytes = bytes.dropFirst(home.count)
    }
    while bytes.last == UInt8(ascii: "/") { bytes = bytes.dropLast() }
    guard let path = RelativePath(bytes) else {
      throw Refusal(.outsideHome, "the mail lies in \(text.printable), outside of the home")
    }
    return path
  }

  // MARK: Folders

  private func collect(
    _ parent: XMLElement, _ names: [String], _ top: RelativePath, _ tags: [UInt32: [UInt8]],
    depth: Int, into folders: inout [MailFolder]
  ) throws(Refusal) {
    guard depth < 64 else {
      throw Refusal(.tooLarge, "folders lie more than 64 deep in \(top.shown)")
    }
    let items = parent.elements("folderitem").sorted { Self.rank($0) < Self.rank($1) }
    for item in items {
      let text = item.attribute("path") ?? ""
      guard let below = RelativePath(text) else {
        throw Refusal(
          .outsideHome, "the folder \(text.printable) of folderlist.xml leads out of its mailbox")
      }
      let names = names + [item.attribute("name") ?? below.name.shown]
      // Saved searches (Sylpheed) have no messages of their own.
      if item.attribute("type") != "virtual" {
        folders.append(
          MailFolder(
            names: names, role: Self.roles[item.attribute("type") ?? ""],
            path: top.appending(below), format: profile.client.mailFormat, tagNames: tags))
      }
      try collect(item, names, top, tags, depth: depth + 1, into: &folders)
    }
  }

  private static let roles: [String: MailFolder.Role] = [
    "inbox": .inbox, "outbox": .sent, "draft": .drafts, "queue": .outbox, "trash": .trash,
    "junk": .junk,
  ]

  private static func rank(_ item: XMLElement) -> Int { item.attribute("type") == "inbox" ? 0 : 1 }
}
