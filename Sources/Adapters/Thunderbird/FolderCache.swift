import ConfigFormats
import ProfileRewriter

/// folderCache.json: of each folder, by the absolute path of its index, the name that the client shows
/// and what it is for. A name with characters that a file cannot have stands only here (seen with
/// Thunderbird 153). The file is a cache: without it folders have the names of their files.
struct FolderCache {
  struct Record {
    var name: String?
    var flags: UInt32

    /// A saved search.
    var isVirtual: Bool { flags & 0x20 != 0 }

    var role: MailFolder.Role? { FolderCache.roles.first { flags & $0.0 != 0 }?.1 }
  }

  /// nsMsgFolderFlags.
  private static let roles: [(UInt32, MailFolder.Role)] = [
    (0x1000, .inbox), (0x0200, .sent), (0x0400, .drafts), (0x40_0000, .templates),
    (0x4000, .archive), (0x4000_0000, .junk), (0x0100, .trash), (0x0800, .outbox),
  ]

  private var records: [RelativePath: Record] = [:]

  /// - Parameter top: a server's directory; only what lies below it is kept.
  init(_ profile: any DirectoryView, below top: RelativePath) throws(Refusal) {
    guard let bytes = try profile.read(RelativePath(known: "folderCache.json")),
      let document = try? JSONDocument(parsing: bytes)
    else { return }
    let middle = Array("/\(top.text)/".utf8)
    for member in document.root.children {
      guard let name = member.name, name.hasSuffix(".msf"),
        let (key, range) = Self.find(middle, in: Array(name.utf8)),
        let path = RelativePath(key[range.upperBound...].dropLast(4)).map(top.appending)
      else { continue }
      let values = member.children
      records[path] = Record(
        name: values.first { $0.name == "folderName" }?.stringValue,
        flags: values.first { $0.name == "flags" }?.intValue.map { UInt32(truncatingIfNeeded: $0) }
          ?? 0)
    }
  }

  /// Where the server's directory stands in a path, and that path with `/` between its parts.
  private static func find(
    _ middle: [UInt8], in path: [UInt8]
  ) -> (path: [UInt8], range: Range<Int>)? {
    let spelled = ForeignPath.withSlashes(path)
    let found = ByteText.firstRange(of: middle, in: spelled[...])
    if found == nil, ForeignPath.isOfWindows(path) {
      let folded = ByteText.lowercased(spelled)
      guard folded.count == spelled.count else { return nil }
      return ByteText.firstRange(of: ByteText.lowercased(middle), in: folded[...]).map {
        (spelled, $0)
      }
    }
    return found.map { (spelled, $0) }
  }

  subscript(path: RelativePath) -> Record? { records[path] }

  /// Where the cache does not say it: the names that the client gives.
  static func usualRole(_ name: String) -> MailFolder.Role? {
    switch name {
    case "Inbox": .inbox
    case "Sent": .sent
    case "Drafts": .drafts
    case "Templates": .templates
    case "Archives": .archive
    case "Junk": .junk
    case "Trash": .trash
    case "Unsent Messages": .outbox
    default: nil
    }
  }
}
