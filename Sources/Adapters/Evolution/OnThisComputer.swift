import ProfileRewriter

/// "On This Computer": the tree of folders that all POP accounts of an Evolution share, a Maildir++
/// below the data directory (seen with 3.46.4: `cur` and `new` of the directory itself are the Inbox,
/// every other folder is a directory with a dot before its name and one between the levels).
struct OnThisComputer {
  let loaded: LoadedSources

  init(_ loaded: LoadedSources) { self.loaded = loaded }

  var place: LocalMailPlace {
    get throws(Refusal) {
      guard let top = loaded.layout.mail(of: "local", in: loaded.layout.data) else {
        throw Refusal(.notFound, "Evolution keeps no mail here")
      }
      return LocalMailPlace(
        path: top, title: "On This Computer", isCommon: true, folders: try folders(top))
    }
  }

  private func folders(_ top: RelativePath) throws(Refusal) -> [MailFolder] {
    guard let entries = try loaded.home.list(top) else { return [] }
    var folders: [MailFolder] = []
    let parts = [RelativePath(known: "cur"), RelativePath(known: "new")]
    for part in parts where try loaded.home.kind(top.appending(part)) == .directory {
      folders = [MailFolder(names: ["Inbox"], role: .inbox, path: top, format: .maildir)]
      break
    }
    for entry in entries {
      guard entry.first == UInt8(ascii: "."), entry.count > 1, let leaf = RelativePath(entry),
        try loaded.home.kind(top.appending(leaf)) == .directory
      else { continue }
      let names = entry.dropFirst().split(separator: UInt8(ascii: ".")).map(Self.name)
      guard !names.isEmpty else { continue }
      folders.append(
        MailFolder(
          names: names, role: names.count == 1 ? Self.roles[names[0]] : nil,
          path: top.appending(leaf), format: .maildir))
    }
    return folders.sorted { Self.order($0) < Self.order($1) }
  }

  /// A level's name: what a directory's name cannot have is written "_" and two hexadecimal digits
  /// (camel-maildir-store.c, maildir_dir_name_to_fullname).
  static func name(_ bytes: ArraySlice<UInt8>) -> String {
    var name: [UInt8] = []
    var rest = bytes
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "_"), rest.count >= 2,
        let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        name.append(code)
        rest = rest.dropFirst(2)
      } else {
        name.append(byte)
      }
    }
    return String(decoding: name, as: UTF8.self)
  }

  private static let roles: [String: MailFolder.Role] = [
    "Inbox": .inbox, "Drafts": .drafts, "Outbox": .outbox, "Sent": .sent, "Templates": .templates,
  ]

  private static func order(_ folder: MailFolder) -> String {
    let rank: Int
    switch folder.role {
    case .inbox: rank = 0
    case .drafts, .outbox, .sent, .templates: rank = 1
    default: rank = 2
    }
    return "\(rank)\(folder.names.joined(separator: "\u{1}"))"
  }
}
