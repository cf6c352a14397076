import ProfileRewriter

/// Where an account's mail lies, and what folders are there, as Thunderbird 153 sees them.
struct LocalMailFolders {
  let profile: LoadedProfile

  init(_ profile: LoadedProfile) { self.profile = profile }

  /// The account's own folders, and where it delivers into another account ("Global Inbox") that
  /// one's: what came before it did so lies in its own still.
  /// - Throws: `not-found` for an IMAP account that left no mail behind, `duplicate-account` where
  ///   what it left cannot be told from another's, `outside-home` for a directory that lies elsewhere.
  func places(of account: String) throws(Refusal) -> [LocalMailPlace] {
    let entries = AccountReader(profile).entries()
    guard let entry = entries.first(where: { $0.key == account }) else {
      throw Refusal(.notFound, "there is no account \(account.printable)")
    }
    var places: [LocalMailPlace] = []
    if let target = try deferralTarget(of: entry, entries) {
      places.append(try place(at: target, isCommon: true))
    }
    if let own = try ownServer(of: entry, entries) {
      let place = try place(at: own, isCommon: isShared(own, by: entry))
      if places.isEmpty || places[0].path != place.path && holdsMail(place) { places.append(place) }
    }
    guard !places.isEmpty else {
      throw Refusal(.notFound, "\(entry.key) is IMAP and has left no mail on this computer")
    }
    return places
  }

  private func place(at server: ServerPrefs, isCommon: Bool) throws(Refusal) -> LocalMailPlace {
    let directory = try MailDirectory(of: server, in: profile).pathHere
    return LocalMailPlace(
      path: directory, title: server.text("name") ?? server.key, isCommon: isCommon,
      folders: try FolderTree(profile.directory, at: directory).folders())
  }

  // MARK: Servers

  /// - Returns: nil for an IMAP account that left no mail behind.
  private func ownServer(
    of entry: AccountEntry, _ entries: [AccountEntry]
  ) throws(Refusal) -> ServerPrefs? {
    if entry.account.kind == .pop3 { return entry.server }
    return try OldMailServers(profile, entries).server(of: entry)
  }

  /// The server of the account that this one delivers into, or did while it was POP: the setting
  /// stays when it becomes IMAP. The mail of a target that is IMAP itself is what that one left.
  private func deferralTarget(
    of entry: AccountEntry, _ entries: [AccountEntry]
  ) throws(Refusal) -> ServerPrefs? {
    guard let deferred = entry.server.text("deferred_to_account"), !deferred.isEmpty,
      deferred != entry.key
    else { return nil }
    guard let key = profile.prefs.string(forKey: "mail.account.\(deferred).server") else {
      throw Refusal(
        .incompleteAccount,
        "\(entry.key) delivers into \(deferred.printable), and there is no such account")
    }
    if let target = entries.first(where: { $0.server.key == key }), target.account.kind == .imap {
      return try OldMailServers(profile, entries).server(of: target)
    }
    return profile.server(key)
  }

  /// Whether other accounts deliver into this one's folders.
  private func isShared(_ server: ServerPrefs, by entry: AccountEntry) -> Bool {
    AccountReader.listedAccounts(profile.prefs).contains { account in
      profile.prefs.string(forKey: "mail.account.\(account).server") == server.key
        && profile.deferrals.servers(deferredTo: account).contains { $0.key != entry.server.key }
    }
  }

  // MARK: What lies there

  /// What cannot be read may be mail.
  private func holdsMail(_ place: LocalMailPlace) -> Bool {
    place.folders.contains { folder in
      do throws(Refusal) {
        if folder.format == .mbox { return try profile.directory.size(folder.path) ?? 0 > 0 }
        let messages = folder.path.appending(RelativePath(known: "cur"))
        return try profile.directory.list(messages)?.isEmpty == false
      } catch {
        return true
      }
    }
  }
}

/// The folders below a server's directory: files and directories, `X.sbd` with those below `X`, and
/// the names that folderCache.json has for them.
struct FolderTree {
  private let profile: any DirectoryView
  private let top: RelativePath
  private let cache: FolderCache

  init(_ profile: any DirectoryView, at top: RelativePath) throws(Refusal) {
    self.profile = profile
    self.top = top
    cache = try FolderCache(profile, below: top)
  }

  func folders() throws(Refusal) -> [MailFolder] {
    guard try profile.kind(top) != nil else { return [] }
    return try folders(in: top, below: [], depth: 0)
  }

  private func folders(
    in directory: RelativePath, below names: [String], depth: Int
  ) throws(Refusal) -> [MailFolder] {
    guard depth < 64 else {
      throw Refusal(.tooLarge, "folders lie more than 64 deep in \(top.shown)")
    }
    var level: [(folder: MailFolder?, below: RelativePath?, name: String)] = []
    let entries = try profile.list(directory) ?? []
    let present = Set(entries)
    for leaf in try folderNames(entries, in: directory) {
      guard let path = RelativePath(leaf).map(directory.appending) else { continue }
      let record = cache[path]
      let name = record?.name ?? String(decoding: leaf, as: UTF8.self)
      let role = record?.role ?? (depth == 0 ? FolderCache.usualRole(name) : nil)
      let folder = try format(of: path, record).map {
        MailFolder(names: names + [name], role: role, path: path, format: $0)
      }
      let inside = RelativePath(path.bytes + Array(".sbd".utf8))
      let hasInside = present.contains(leaf + Array(".sbd".utf8))
      level.append((folder, hasInside ? inside : nil, name))
    }
    level.sort { left, right in
      let (a, b) = (Self.rank(left.folder?.role), Self.rank(right.folder?.role))
      return a == b ? left.name < right.name : a < b
    }
    var folders: [MailFolder] = []
    for entry in level {
      if let folder = entry.folder { folders.append(folder) }
      if let below = entry.below, try profile.kind(below) == .directory {
        folders += try self.folders(in: below, below: names + [entry.name], depth: depth + 1)
      }
    }
    return folders
  }

  /// nil for a saved search, and for a name that only holds folders below it.
  private func format(
    of path: RelativePath, _ record: FolderCache.Record?
  ) throws(Refusal) -> MailFolderFormat? {
    if record?.isVirtual == true { return nil }
    switch try profile.kind(path) {
    case .file, .link, .other: return .mbox
    case .directory:
      let messages = path.appending(RelativePath(known: "cur"))
      return try profile.kind(messages) == .directory ? .thunderbirdMaildir : nil
    // An empty folder of a maildir store has only its index; so has a saved search.
    case nil: return record == nil ? nil : .thunderbirdMaildir
    }
  }

  /// The order of the client's list.
  private static func rank(_ role: MailFolder.Role?) -> Int {
    let order: [MailFolder.Role] = [
      .inbox, .drafts, .templates, .sent, .archive, .junk, .trash, .outbox,
    ]
    return role.flatMap(order.firstIndex) ?? order.count
  }

  /// The folders that a directory's entries stand for, by the names of their files, each once.
  private func folderNames(
    _ entries: [[UInt8]], in directory: RelativePath
  ) throws(Refusal) -> Set<[UInt8]> {
    var names: Set<[UInt8]> = []
    for entry in entries {
      let ending = [".msf", ".sbd"].first { ByteText.hasSuffix(entry, Array($0.utf8)) }
      if let ending {
        names.insert(Array(entry.dropLast(ending.utf8.count)))
      } else if try isFolder(entry, in: directory) {
        names.insert(entry)
      }
    }
    return names
  }

  private func isFolder(_ entry: [UInt8], in directory: RelativePath) throws(Refusal) -> Bool {
    let text = entry.shown
    if Self.isHidden(text) { return false }
    guard Self.doubtful.contains(where: text.hasSuffix) else { return true }
    guard let path = RelativePath(entry).map(directory.appending) else { return false }
    return try holdsMail(path)
  }

  /// Whether a file whose name is that of an aid to some program is a folder all the same: the client
  /// shows `Orders.html` and `list.dat` as folders (seen with Thunderbird 153).
  private func holdsMail(_ path: RelativePath) throws(Refusal) -> Bool {
    guard try profile.kind(path) == .file else { return true }
    guard try profile.size(path) ?? 0 > 0 else { return false }
    // What cannot be read, or not at once, is said when its turn comes.
    guard let content = try? profile.read(path) else { return true }
    return content.starts(with: Array("From ".utf8))
  }

  /// Whether an entry is, or may be, the client's own: no name for a folder.
  static func isBookKeeping(_ text: String) -> Bool {
    isHidden(text) || (doubtful + [".msf", ".sbd"]).contains(where: text.hasSuffix)
  }

  /// Whether the client takes an entry for no folder, whatever it holds (seen with Thunderbird 153).
  private static func isHidden(_ text: String) -> Bool {
    text.hasPrefix(".") || text.hasPrefix("#") || text.hasSuffix("~") || bookKeeping.contains(text)
      || [".mozmsgs", ".toc"].contains(where: text.hasSuffix)
  }

  private static let bookKeeping: Set<String> = [
    "popstate.dat", "msgFilterRules.dat", "rules.dat", "rulesbackup.dat", "filterlog.html",
    "junklog.html", "feeds.json", "feeditems.json",
  ]
  /// Of the client's own files and of folders.
  private static let doubtful = [".wdseml", ".dat", ".html", ".lock", ".nstmp"]
}
