import MailCheck
import ProfileRewriter

/// Where one local folder is to go.
public struct MappedFolder: Sendable, Hashable {
  public var local: MailFolder
  /// As the protocol has it (modified UTF-7).
  public var mailbox: [UInt8]
  /// The server does not have it yet.
  public var isNew: Bool

  /// The mailbox's name as people read it.
  public var shown: String {
    ModifiedUTF7.decode(mailbox) ?? String(decoding: mailbox, as: UTF8.self)
  }
}

/// Decides where local folders go: those with a role to the server's folder for it (RFC 6154), the
/// inbox to INBOX, and all others by their names to the user's own namespace.
struct FolderMapping {
  private let layout: ServerLayout
  private let into: [String]?

  /// - Parameter into: names from the top to the folder that is to hold all others, the inbox too.
  init(_ layout: ServerLayout, into: [String]? = nil) {
    self.layout = layout
    self.into = into
  }

  func map(_ folders: [MailFolder]) -> [MappedFolder] {
    var roles: [[String]: [UInt8]] = [:]
    return folders.filter { $0.role != .outbox }.map { folder in
      let mailbox = mailbox(of: folder, below: roles)
      if folder.role != nil { roles[folder.names] = mailbox }
      return MappedFolder(
        local: folder, mailbox: mailbox, isNew: layout.folder(named: mailbox) == nil)
    }
  }

  private func mailbox(of folder: MailFolder, below roles: [[String]: [UInt8]]) -> [UInt8] {
    if let into { return joined(layout.prefix, into + folder.names) }
    if let role = folder.role, let place = layout.place(for: role) { return place }
    // What lies in a folder with a role stays in it.
    for count in stride(from: folder.names.count - 1, to: 0, by: -1) {
      guard let parent = roles[Array(folder.names.prefix(count))] else { continue }
      return joined(parent + layout.separator, Array(folder.names.dropFirst(count)))
    }
    return joined(layout.prefix, folder.names)
  }

  private func joined(_ beginning: [UInt8], _ names: [String]) -> [UInt8] {
    beginning + names.map(component).joined(separator: layout.separator)
  }

  /// One name: what would part it in two, and what no name may hold, becomes "_".
  private func component(_ name: String) -> [UInt8] {
    let clean = String(
      String.UnicodeScalarView(
        name.unicodeScalars.map { scalar in
          scalar.value < 32 || scalar.value == 127 || layout.separator == Array(String(scalar).utf8)
            ? "_" : scalar
        }))
    return ModifiedUTF7.encode(clean.isEmpty ? "_" : clean)
  }
}

/// The folders that a server has, and how it names them.
struct ServerLayout: Sendable {
  var folders: [IMAPFolder]
  /// What the names of the user's own folders begin with.
  var prefix: [UInt8]
  /// Empty where no folder lies in another: their names are drawn together then.
  var separator: [UInt8]

  init(folders: [IMAPFolder], namespaces: [IMAPNamespace]) {
    self.folders = folders
    prefix = Array((namespaces.first?.prefix ?? "").utf8)
    let delimiter =
      namespaces.first?.delimiter ?? folders.first { $0.delimiter != nil }?.delimiter
    separator = Array((delimiter ?? "").utf8)
  }

  /// INBOX by any case.
  static func isInbox(_ name: [UInt8]) -> Bool {
    String(decoding: name, as: UTF8.self).uppercased() == "INBOX"
  }

  /// The folder of this name that messages can lie in.
  func folder(named name: [UInt8]) -> IMAPFolder? {
    folders.first { folder in
      let other = Array(folder.name.utf8)
      return other == name || (Self.isInbox(other) && Self.isInbox(name))
    }.flatMap { $0.takesMessages ? $0 : nil }
  }

  /// The server's own folder for a role; nil where it has none.
  func place(for role: MailFolder.Role) -> [UInt8]? {
    let use: String
    switch role {
    case .inbox: return Array("INBOX".utf8)
    case .sent: use = "\\sent"
    case .drafts: use = "\\drafts"
    case .trash: use = "\\trash"
    case .junk: use = "\\junk"
    case .archive: use = "\\archive"
    case .templates, .outbox: return nil
    }
    return folders.first {
      $0.specialUse == use && $0.takesMessages
    }.map { Array($0.name.utf8) }
  }
}

extension IMAPFolder {
  /// Some names only hold other folders.
  fileprivate var takesMessages: Bool {
    attributes.isDisjoint(with: ["\\noselect", "\\nonexistent"])
  }
}
