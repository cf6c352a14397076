import ConfigFormats
import ProfileRewriter

/// Reads an autoconfig file as Thunderbird for Android does (RealAutoconfigParser.kt; written from
/// its code, never run). It knows no leaving out: whatever it does not understand in an IMAP or SMTP
/// server makes it refuse the file.
struct AndroidReading {
  private struct Refused: Error {
    var reason: String
  }

  private let document: LintedDocument
  private let address: MailAddress
  private var reading = ClientReading(client: .thunderbirdAndroid, accepted: true)
  private var hasDomain = false

  static func read(_ document: LintedDocument) -> ClientReading {
    guard !document.xml.isUTF16 else { return .refused(.thunderbirdAndroid, "not UTF-8") }
    guard let address = MailAddress("user@example.com") else { preconditionFailure() }
    var reader = AndroidReading(document: document, address: address)
    do {
      try reader.read()
    } catch {
      return .refused(.thunderbirdAndroid, error.reason)
    }
    return reader.reading
  }

  private init(document: LintedDocument, address: MailAddress) {
    self.document = document
    self.address = address
  }

  private mutating func read() throws(Refused) {
    let providers = document.children(0, "emailProvider")
    guard document.elements[0].name == "clientConfig", !providers.isEmpty else {
      throw Refused(reason: "no emailProvider in a clientConfig")
    }
    // Each is read, and the last one holds.
    for provider in providers {
      reading = ClientReading(client: .thunderbirdAndroid, accepted: true)
      hasDomain = false
      try read(provider: provider)
    }
  }

  private mutating func read(provider: Int) throws(Refused) {
    guard let id = document.elements[provider].attribute("id") else {
      throw Refused(reason: "the provider has no id")
    }
    guard isHostName(id) else { throw Refused(reason: "the provider's id is no host name") }
    for child in document.children(provider) { try read(child) }
    guard hasDomain else { throw Refused(reason: "no usable domain") }
    guard !reading.incoming.isEmpty else { throw Refused(reason: "no IMAP server") }
    guard !reading.outgoing.isEmpty else { throw Refused(reason: "no SMTP server") }
    // It takes the first of each and forgets the others.
    reading.incoming = Array(reading.incoming.prefix(1))
    reading.outgoing = Array(reading.outgoing.prefix(1))
  }

  private mutating func read(_ child: Int) throws(Refused) {
    switch document.elements[child].name {
    case "domain":
      if isHostName(address.expanding(try text(child))) { hasDomain = true }
    case "incomingServer":
      if let server = try server(child, type: "imap") { reading.incoming.append(server) }
    case "outgoingServer":
      if let server = try server(child, type: "smtp") { reading.outgoing.append(server) }
    case "oAuth2":
      for name in ["authURL", "tokenURL"] {
        let urls = document.subtree(child).filter { document.elements[$0].name == name }
        guard let url = urls.last, ["http://", "https://"].contains(where: try text(url).hasPrefix)
        else { throw Refused(reason: "oAuth2 without \(name)\(at(child))") }
      }
    default: break
    }
  }

  private func server(_ index: Int, type: String) throws(Refused) -> ClientReading.Server? {
    guard document.elements[index].attribute("type") == type else { return nil }
    let parts = document.subtree(index).dropFirst()
    func last(_ name: String) -> Int? { parts.last { document.elements[$0].name == name } }
    for part in parts { try check(part) }
    for name in ["hostname", "port", "username"] where last(name) == nil {
      throw Refused(reason: "no \(name) in the \(type.uppercased()) server\(at(index))")
    }
    var methods: [AuthMethod] = []
    for part in parts where document.elements[part].name == "authentication" {
      if let method = Self.methods[try text(part)] { methods.append(method) }
    }
    guard let method = methods.first else {
      throw Refused(reason: "no authentication that it can use in the server\(at(index))")
    }
    guard let socketType = last("socketType"), let security = Self.security(try text(socketType))
    else { throw Refused(reason: "no socketType in the \(type.uppercased()) server\(at(index))") }
    return ClientReading.Server(
      type: type, host: try last("hostname").map { part throws(Refused) in try text(part) },
      port: try last("port").flatMap { part throws(Refused) in Int(try text(part)) },
      security: security, auth: method,
      username: try last("username").map { part throws(Refused) in try text(part) })
  }

  private static let methods: [String: AuthMethod] = [
    "OAuth2": .oauth2, "password-cleartext": .passwordCleartext,
    "password-encrypted": .passwordEncrypted,
  ]

  private static func security(_ text: String) -> TransportSecurity? {
    text == "SSL" ? .tls : text == "STARTTLS" ? .starttls : nil
  }

  /// Throws for a value that it cannot understand, wherever in a server it stands.
  private func check(_ part: Int) throws(Refused) {
    let name = document.elements[part].name
    switch name {
    case "hostname":
      let host = address.expanding(try text(part))
      // Blanks around it are let pass at first, and refused when it is used.
      guard HostNames.isLegal(host) else { throw wrong(part) }
    case "port":
      guard let port = Int(try text(part)), (0...65535).contains(port) else { throw wrong(part) }
    case "socketType":
      guard Self.security(try text(part)) != nil else { throw wrong(part) }
    case "username", "authentication": _ = try text(part)
    default: break
    }
  }

  private func wrong(_ part: Int) -> Refused {
    let element = document.elements[part]
    return Refused(reason: "\(element.name) “\(element.text.printable)”\(at(part))")
  }

  private func text(_ index: Int) throws(Refused) -> String {
    guard document.children(index).isEmpty else {
      throw Refused(reason: "an element within \(document.elements[index].name)\(at(index))")
    }
    return document.elements[index].text
  }

  private func isHostName(_ text: String) -> Bool {
    HostNames.isLegal(String(JavaScript.trimmed(text)))
  }

  private func at(_ index: Int) -> String {
    ", line \(document.place(at: document.tagPlace(index)).line)"
  }
}
