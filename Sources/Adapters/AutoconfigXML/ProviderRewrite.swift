import ConfigFormats
import ProfileRewriter

/// What is to become of one provider's incoming servers, so that every client's first choice is the
/// wanted IMAP server.
///
/// - A wanted server that the file lists already stays where it stands; POP servers go, or, where
///   they are kept and stand before all IMAP, move behind the last of it.
/// - Any other is written into the first POP server that is to go there; if POP stays or something
///   stands before that, it comes in front of all.
/// - POP servers that are to go to one and the same server become one.
struct ProviderRewrite {
  let provider: Provider
  let document: XMLDocument
  let keepPOP: Bool
  /// The POP servers to be switched, in file order, with where they go.
  private let wishes: [(server: IncomingServer, target: ServerSettings)]
  /// Wanted servers that the file does not list, each once, with the first POP server for it.
  private let new: [(server: IncomingServer, target: ServerSettings)]

  /// - Parameter targets: by the key of the server.
  init(
    provider: Provider, document: XMLDocument, targets: [String: ServerSettings], keepPOP: Bool
  ) {
    self.provider = provider
    self.document = document
    self.keepPOP = keepPOP
    let wishes = provider.mail.compactMap {
      server -> (server: IncomingServer, target: ServerSettings)? in
      guard server.kind == .pop3, let target = targets[server.key] else { return nil }
      return (server, target)
    }
    self.wishes = wishes
    var new: [(server: IncomingServer, target: ServerSettings)] = []
    for wish in wishes
    where Self.own(wish.target, of: provider) == nil
      && !new.contains(where: { $0.target == wish.target })
    {
      new.append(wish)
    }
    self.new = new
  }

  var selected: [IncomingServer] { wishes.map(\.server) }

  // MARK: What is there already

  /// The IMAP server of the file that is the wanted one.
  private static func own(_ target: ServerSettings, of provider: Provider) -> IncomingServer? {
    provider.mail.first {
      $0.kind == .imap && $0.isComplete && $0.settings.host == target.host
        && $0.settings.port == target.port && $0.settings.security == target.security
    }
  }

  /// Those that are written into POP servers; the first of these must be the first mail server.
  private var converted: [(server: IncomingServer, target: ServerSettings)] {
    guard !keepPOP, let first = new.first,
      provider.mail.first?.element == first.server.element
    else { return [] }
    return new
  }

  private var removed: [IncomingServer] {
    let converted = Set(converted.map(\.server.element))
    return keepPOP ? [] : selected.filter { !converted.contains($0.element) }
  }

  // MARK: Answers

  /// Why it cannot be done without harm.
  var refusal: Refusal? {
    // What moves or goes is kept in the patch, and no secret leaves its file.
    let isStructural = changes.contains {
      switch $0 {
      case .remove(let element): provider.servers.contains { $0.element == element }
      case .move, .insertBefore: true
      default: false
      }
    }
    guard isStructural, let server = provider.servers.first(where: \.hasPassword) else {
      return nil
    }
    return Refusal(
      .unsupported,
      "\(server.key) holds a password, which would have to be copied into the journal; take it out "
        + "of the file first: it is published to everybody")
  }

  var warnings: [Warning] {
    let others = provider.mail.filter { $0.kind == .imap }
    guard !new.isEmpty, let other = others.last else { return [] }
    return [
      Warning(
        .otherIMAPServers,
        "the file goes on listing IMAP at \(other.settings.host.printable), port "
          + "\(other.settings.port); clients that take the last one, such as Evolution, use that")
    ]
  }

  var changes: [XMLChange] {
    var changes: [XMLChange] = []
    let gone = Set(removed.map(\.element))
    for wish in wishes {
      if let own = Self.own(wish.target, of: provider) {
        changes += corrections(of: own, to: wish.target)
      }
    }
    if !converted.isEmpty {
      for (server, target) in converted { changes += conversion(of: server, to: target) }
    } else if let first = provider.mail.first(where: { !gone.contains($0.element) }) {
      changes += new.map { .insertBefore(first.element, Self.element($0.target)) }
    }
    changes += removed.map { .remove($0.element) } + moves
    return changes.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// POP servers that stay must not stand before all IMAP.
  private var moves: [XMLChange] {
    guard new.isEmpty else { return [] }
    let gone = Set(removed.map(\.element))
    let rest = provider.mail.filter { !gone.contains($0.element) }
    guard let last = rest.last(where: { $0.kind == .imap }) else { return [] }
    return rest.prefix { $0.kind == .pop3 }.map { .move($0.element, behind: last.element) }
  }

  // MARK: One server

  private func conversion(of server: IncomingServer, to target: ServerSettings) -> [XMLChange] {
    var changes: [XMLChange] = [.attribute(of: server.element, name: "type", value: "imap")]
    for value in Self.values(target) { changes += setting(value, in: server.element) }
    // What is about POP alone.
    changes += document.children(of: server.element, named: "pop3").map { .remove($0) }
    return changes
  }

  /// The file's own IMAP server stays as it is, but for what was asked for otherwise.
  private func corrections(of server: IncomingServer, to target: ServerSettings) -> [XMLChange] {
    Self.values(target).filter { value in
      switch value.name {
      case "username": server.settings.username != target.username
      case "authentication": !server.methods.contains(target.auth)
      default: false
      }
    }.flatMap { setting($0, in: server.element) }
  }

  private struct Value {
    var name: String
    var text: String
    /// Whether another spelling means the same.
    var isMeant: (String) -> Bool
  }

  private static func values(_ target: ServerSettings) -> [Value] {
    [
      Value(name: "hostname", text: target.host) { Pattern.lowercased($0) == target.host },
      Value(name: "port", text: String(target.port)) { Int($0) == target.port },
      Value(name: "socketType", text: SocketType.name(target.security)) {
        SocketType.security($0) == target.security
      },
      Value(name: "username", text: target.username) { $0 == target.username },
      Value(name: "authentication", text: target.auth.rawValue) {
        AuthenticationName.method($0) == target.auth
      },
    ]
  }

  /// The first element of the name gets the value, and alternatives go: they are POP's.
  private func setting(_ value: Value, in server: Int) -> [XMLChange] {
    let elements = document.children(of: server, named: value.name)
    guard let first = elements.first else {
      return [.append(in: server, Self.leaf(value.name, value.text))]
    }
    var changes: [XMLChange] = elements.dropFirst().map { .remove($0) }
    guard !value.isMeant(document.element(first).trimmedText) else { return changes }
    // Text in several pieces, or with elements in it, has no one place.
    changes.append(
      document.isOneText(first)
        ? .text(of: first, value.text) : .replace(first, Self.leaf(value.name, value.text)))
    return changes
  }

  private static func leaf(_ name: String, _ text: String) -> XMLElement {
    XMLElement(name, children: [.text(text)])
  }

  private static func element(_ target: ServerSettings) -> XMLElement {
    XMLElement(
      "incomingServer", attributes: [XMLAttribute("type", "imap")],
      children: values(target).map { .element(leaf($0.name, $0.text)) })
  }
}
