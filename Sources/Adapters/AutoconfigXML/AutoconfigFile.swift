import ConfigFormats
import ProfileRewriter

/// An autoconfig file with the places of its incoming servers.
struct AutoconfigFile {
  /// Relative to the directory that was opened.
  let path: RelativePath
  let document: XMLDocument
  let providers: [Provider]

  /// - Throws: `not-found`; `syntax` for what is no XML, or has a document type; `unsupported` for
  ///   XML that is no autoconfig file.
  init(_ profile: ProfileContext) throws(Refusal) {
    let root = profile.directory.absolutePath
    guard let path = profile.profile, let bytes = try profile.directory.read(path) else {
      throw Refusal(.notFound, "there is no \((profile.profile?.bytes ?? root).printable)")
    }
    do {
      document = try XMLDocument(parsing: bytes)
    } catch {
      throw Refusal(
        .syntax, "\(root.printable)/\(path.shown), \(error.description)\n\(error.excerpt)")
    }
    self.path = path
    let document = document
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
    servers = document.children(of: element, named: "incomingServer").enumerated().map {
      IncomingServer(
        document, $0.element,
        key: key + "/incomingServer" + ($0.offset == 0 ? "" : "[\($0.offset + 1)]"))
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
