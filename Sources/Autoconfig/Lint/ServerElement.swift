import ConfigFormats

/// An incoming or outgoing server as it stands in an autoconfig file.
struct ServerElement {
  /// Its number.
  let index: Int
  let isIncoming: Bool
  let type: String?
  /// The numbers of its values, by name, in file order.
  private let values: [String: [Int]]

  /// The elements that hold one value each.
  static let valueNames = ["hostname", "port", "socketType", "authentication", "username"]

  init(_ index: Int, of document: LintedDocument) {
    self.index = index
    isIncoming = document.elements[index].name == "incomingServer"
    type = document.elements[index].attribute("type")
    values = Dictionary(grouping: document.children(index)) { document.elements[$0].name }
  }

  func all(_ name: String) -> [Int] { values[name] ?? [] }

  func first(_ name: String) -> Int? { values[name]?.first }

  /// The mail protocol, if it is one of those that all clients know.
  var kind: ServerKind? {
    switch type {
    case "imap" where isIncoming: .imap
    case "pop3" where isIncoming: .pop3
    case "smtp" where !isIncoming: .smtp
    default: nil
    }
  }

  /// For people: "the IMAP server".
  var name: String {
    kind?.serverName ?? (isIncoming ? "the incoming server" : "the outgoing server")
  }
}

/// A provider as it stands in an autoconfig file.
struct ProviderElement {
  /// Its number.
  let index: Int
  /// In file order.
  let servers: [ServerElement]

  init(_ index: Int, of document: LintedDocument) {
    self.index = index
    servers = document.children(index).compactMap { child in
      ["incomingServer", "outgoingServer"].contains(document.elements[child].name)
        ? ServerElement(child, of: document) : nil
    }
  }

  /// Those of the three mail protocols, which all clients know.
  var mailServers: [ServerElement] { servers.filter { $0.kind != nil } }
}

/// Rules about one part of autoconfig files.
protocol LintCheck: SendableMetatype {
  static func check(_ providers: [ProviderElement], _ document: inout LintedDocument)
}
