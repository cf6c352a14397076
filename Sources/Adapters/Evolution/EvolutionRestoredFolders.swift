import ConfigFormats
import ProfileRewriter

/// New folders of "On This Computer": a Maildir for each, the names of all levels in one, a dot before
/// each (see ``OnThisComputer``). Evolution shows every one it finds.
struct EvolutionRestoredFolders {
  let loaded: LoadedSources

  init(_ loaded: LoadedSources) { self.loaded = loaded }

  /// - Throws: `not-found` in a home that Evolution has not been started in.
  func place(named name: String, for folders: [[String]]) throws(Refusal) -> RestorePlace {
    guard let top = loaded.layout.mail(of: "local", in: loaded.layout.data),
      let workshop = top.parent, let present = try loaded.home.list(top)
    else {
      throw Refusal(
        .notFound,
        "Evolution keeps no mail in this home yet; start it once, close it, and run again")
    }
    let taken = present.filter { $0.first == UInt8(ascii: ".") }.map { entry in
      let level = entry.dropFirst().prefix { $0 != UInt8(ascii: ".") }
      return String(decoding: level, as: UTF8.self)
    }
    var names = UniqueNames(taken: taken)
    var entries: [RestorePlace.Entry] = []
    try Self.add(
      RestoredTree(named: name, folders).top, to: &entries, in: top, level: [], below: [], &names)
    return RestorePlace(
      title: "On This Computer", format: .maildir, workshop: workshop, entries: entries)
  }

  private static func add(
    _ node: RestoredTree.Node, to entries: inout [RestorePlace.Entry], in top: RelativePath,
    level: [UInt8], below: [String], _ names: inout UniqueNames
  ) throws(Refusal) {
    let leaf = names.next(node.name, spelled)
    let own = level + [UInt8(ascii: ".")] + Array(leaf.utf8)
    guard own.count <= longest, let path = RelativePath(own).map(top.appending) else {
      throw Refusal(
        .unsupported,
        "the names of \(node.name.printable) and the folders above it are too long for one file name"
      )
    }
    let shown = below + [OnThisComputer.name(Array(leaf.utf8)[...])]
    let first = entries.count
    var inside = UniqueNames()
    for child in node.children {
      try add(child, to: &entries, in: top, level: own, below: shown, &inside)
    }
    entries.append(
      .init(
        path: path, names: shown, kind: .folder(source: node.source),
        users: Array(first...entries.count)))
  }

  /// Room for ".ibex.index.data" behind it.
  private static let longest = 255 - 20

  /// A level's name as its directory has it: "." and "_" as "_" and two hexadecimal digits
  /// (camel-maildir-store.c, maildir_fullname_to_dir_name). "/" parts levels, and no name can have it.
  static func spelled(_ name: String) -> String {
    var text = ""
    for scalar in name.unicodeScalars {
      switch scalar {
      case "/": text += "_5F"
      case ".": text += "_2E"
      case "_": text += "_5F"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F: text += "_5F"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text.isEmpty ? "_5F" : text
  }
}
