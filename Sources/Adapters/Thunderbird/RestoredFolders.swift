import ConfigFormats
import ProfileRewriter

/// New folders below Local Folders: `X` is an mbox or a directory with `cur`, `X.sbd` holds those below
/// it (seen with Thunderbird 153, which shows what it finds there without any other entry).
struct RestoredFolders {
  let profile: LoadedProfile

  init(_ profile: LoadedProfile) { self.profile = profile }

  /// - Throws: `not-found` in a profile that the client has not been started with.
  func place(named name: String, for folders: [[String]]) throws(Refusal) -> RestorePlace {
    let server = try localFolders()
    let directory = try MailDirectory(of: server, in: profile).pathHere
    guard let present = try profile.directory.list(directory) else {
      throw Refusal(
        .notFound,
        "there is no \(directory.shown) in this profile yet; start Thunderbird once, close it, and run "
          + "again")
    }
    let taken = present.map { entry in
      let text = entry.shown
      let ending = [".msf", ".sbd"].first(where: text.hasSuffix)
      return String(text.dropLast(ending?.count ?? 0))
    }
    var writer = Writer(isMaildir: isMaildir(server))
    var names = UniqueNames(taken: taken)
    try writer.add(RestoredTree(named: name, folders).top, in: directory, below: [], &names)
    return RestorePlace(
      title: server.text("name") ?? "Local Folders",
      format: writer.isMaildir ? .thunderbirdMaildir : .mbox, workshop: directory,
      entries: writer.entries)
  }

  private func localFolders() throws(Refusal) -> ServerPrefs {
    let key = profile.prefs.string(forKey: "mail.accountmanager.localfoldersserver")
    guard let key, profile.server(key).text("type") == "none" else {
      throw Refusal(
        .notFound,
        "this profile has no Local Folders; start Thunderbird once, close it, and run again")
    }
    return profile.server(key)
  }

  private func isMaildir(_ server: ServerPrefs) -> Bool {
    let own = server.text("storeContractID")
    let all = profile.value("mail.serverDefaultStoreContractID")?.text
    return (own ?? all ?? "").contains("maildirstore")
  }

  private struct Writer {
    var isMaildir: Bool
    var entries: [RestorePlace.Entry] = []

    /// What lies below a folder comes before it: without its file the client shows nothing of it.
    mutating func add(
      _ node: RestoredTree.Node, in directory: RelativePath, below: [String],
      _ names: inout UniqueNames
    ) throws(Refusal) {
      let leaf = names.next(node.name, FolderFileName.spelled)
      guard let path = RelativePath(leaf).map(directory.appending),
        let inside = RelativePath(leaf + ".sbd").map(directory.appending)
      else { throw Refusal(.unsupported, "\(node.name.printable) cannot be a folder's name") }
      let shown = below + [leaf]
      let first = entries.count
      if !node.children.isEmpty {
        entries.append(.init(path: inside, names: shown, kind: .directory, users: []))
        var own = UniqueNames()
        for child in node.children { try add(child, in: inside, below: shown, &own) }
        entries[first].users = folders(from: first)
      }
      entries.append(.init(path: path, names: shown, kind: .folder(source: node.source), users: []))
      entries[entries.count - 1].users = folders(from: first)
    }

    private func folders(from first: Int) -> [Int] {
      (first..<entries.count).filter { entries[$0].kind != .directory }
    }
  }
}
