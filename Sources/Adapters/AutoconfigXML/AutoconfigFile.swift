import ConfigFormats
import ProfileRewriter

/// An autoconfig file with the places of its incoming servers.
struct AutoconfigFile {
  /// Relative to the directory that was opened.
  let path: RelativePath
  let document: XMLDocument
  let providers: [Provider]
  /// Somebody has written a password into it: to everybody who reads it, and still no reason to show
  /// it elsewhere.
  let hasPassword: Bool

  /// - Throws: `not-found`; `syntax` for what is no XML, or has a document type; `unsupported` for
  ///   XML that is no autoconfig file.
  init(_ profile: ProfileContext) throws(Refusal) {
    let root = profile.directory.absolutePath
    guard let path = profile.profile, let bytes = try profile.directory.read(path) else {
      throw Refusal(.notFound, "there is no \((profile.profile?.bytes ?? root).printable)")
    }
    do {
      document = try profile.parsed.document(at: path, bytes) { (bytes) throws(SyntaxError) in
        try XMLDocument(parsing: bytes)
      }
    } catch {
      throw Refusal(
        .syntax,
        "\(root.printable)/\(path.shown), line \(error.position.line), column "
          + "\(error.position.column): \(error.problem); expected \(error.expected)\n\(error.outline)"
      )
    }
    self.path = path
    let document = document
    let names = document.tree.root.elements("emailProvider").map {
      1 + $0.elements("incomingServer").count
    }
    guard names.reduce(0, +) <= Self.mostServers else {
      throw Refusal(
        .tooLarge, "\(root.printable)/\(path.shown) lists more than \(Self.mostServers) servers")
    }
    hasPassword = Self.hasPassword(document.tree.root)
    providers = document.children(of: 0, named: "emailProvider").enumerated().map {
      Provider(document, $0.element, number: $0.offset + 1)
    }
    guard document.tree.root.name == "clientConfig", !providers.isEmpty else {
      throw Refusal(
        .unsupported,
        "\(root.printable)/\(path.shown) is no autoconfig file: it has no emailProvider in a "
          + "clientConfig")
    }
  }
}

extension AutoconfigFile {
  /// More than any provider has by far.
  private static var mostServers: Int { 200 }

  private static func hasPassword(_ element: XMLElement) -> Bool {
    element.elements.contains { $0.name == "password" || hasPassword($0) }
  }
}

/// One `emailProvider`; a file has one, unless it is odd.
struct Provider {
  /// The element's number in the document.
  let element: Int
  /// As ``XMLDocument`` spells keys.
  let key: String
  /// Domains whose users the file is for, in lower case; without those of mail exchangers, which
  /// are nobody's address.
  let domains: [String]
  /// Every `incomingServer`, of whatever kind.
  let servers: [IncomingServer]

  init(_ document: XMLDocument, _ element: Int, number: Int) {
    let key = "emailProvider" + (number == 1 ? "" : "[\(number)]")
    self.element = element
    self.key = key
    domains = document.element(element).elements("domain")
      .filter { $0.attribute("purpose") != "mx" }
      .map { $0.trimmedText.lowercased() }.filter { !$0.isEmpty && !$0.contains("%") }
    let numbers = document.children(of: element, named: "incomingServer")
    let contents = document.element(element).elements("incomingServer")
    servers = zip(numbers, contents).enumerated().map { place, server in
      IncomingServer(
        server.1, number: server.0,
        key: key + "/incomingServer" + (place == 0 ? "" : "[\(place + 1)]"))
    }
  }

  /// The POP and IMAP servers; others are nobody's to switch.
  var mail: [IncomingServer] { servers.filter { $0.kind != nil } }

  /// The first IMAP server that a client could use.
  private var ownIMAP: IncomingServer? { mail.first { $0.kind == .imap && $0.isComplete } }

  var accounts: [Account] {
    let addresses = domains.map { "\(Pattern.localPart)@\($0)" }
    // What the provider prefers holds for all: POP servers differ in ports, seldom in more.
    let preferred = mail.first { $0.kind == .pop3 && $0.isComplete }?.settings.auth
    return mail.compactMap { server in
      server.account(addresses: addresses, imapAuth: preferred, ownIMAP: ownIMAP)
    }
  }
}
