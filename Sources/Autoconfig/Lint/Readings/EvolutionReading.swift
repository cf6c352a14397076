import ConfigFormats
import ProfileRewriter

/// Reads an autoconfig file as Evolution does (e-mail-autoconfig.c, with GLib's GMarkup; compared
/// with the real client in Tests/RealClientTests).
///
/// It keeps one result for each of IMAP, POP3 and SMTP and writes every value it meets into it, so
/// the last one of each kind holds, wherever it stood. It looks at no provider and no domain. Its
/// account assistant gives it no domain to put in the place of %EMAILDOMAIN%.
struct EvolutionReading {
  private struct Refused: Error {
    var reason: String
  }

  /// What is kept of one type.
  private struct Result {
    var isSet = false
    var host: String?
    var user: String?
    var port: Int?
    var security = TransportSecurity.none
    /// nil is a login by password in IMAP and POP3, and none in SMTP.
    var mechanism: AuthMethod?
  }

  private let document: LintedDocument
  private var results: [ServerKind: Result] = [:]
  private var hasDomainPlaceholder = false

  static func read(_ document: LintedDocument) -> ClientReading {
    var reader = EvolutionReading(document: document)
    do {
      try reader.checkBytes()
      try reader.read()
    } catch {
      return .refused(.evolution, error.reason)
    }
    return reader.reading
  }

  private init(document: LintedDocument) { self.document = document }

  /// GMarkup knows UTF-8 only, and wants `<` in the first place.
  private func checkBytes() throws(Refused) {
    let bytes = document.xml.source.bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw Refused(reason: "a byte order mark") }
    if document.xml.isUTF16 || LintEncoding.firstInvalid(in: bytes) != nil {
      throw Refused(reason: "not UTF-8")
    }
  }

  private mutating func read() throws(Refused) {
    var kind: ServerKind?
    var end = 0
    for (index, element) in document.elements.enumerated() {
      let place = document.xml.places[index]
      if place.startTag.lowerBound >= end { kind = nil }
      if element.name == "incomingServer" || element.name == "outgoingServer" {
        try checkAttributes(element, index)
        // It does not look whether the type suits the element.
        kind = element.attribute("type").flatMap(ServerKind.init(rawValue:)) ?? kind
        end = place.whole.upperBound
      } else if let kind {
        for piece in document.xml.textPieces(of: index) { take(piece, of: element.name, kind) }
      }
    }
  }

  private func checkAttributes(_ element: XMLElement, _ index: Int) throws(Refused) {
    var line: Int { document.place(at: document.tagPlace(index)).line }
    if let other = element.attributes.first(where: { $0.name != "type" }) {
      throw Refused(
        reason: "the attribute \(other.name.printable) on \(element.name), line \(line)")
    }
    guard element.attribute("type") != nil else {
      throw Refused(reason: "\(element.name) without a type, line \(line)")
    }
  }

  private mutating func take(_ text: String, of name: String, _ kind: ServerKind) {
    var result = results[kind] ?? Result()
    switch name {
    case "hostname": (result.host, result.isSet) = (filled(text), true)
    case "username": (result.user, result.isSet) = (filled(text), true)
    case "port":
      // strtol(): blanks in front and anything behind do no harm.
      if let port = JavaScript.parseInt(text), (1...65535).contains(port) {
        (result.port, result.isSet) = (port, true)
      }
    case "socketType":
      if let security = TransportSecurity(socketType: text) {
        (result.security, result.isSet) = (security, true)
      }
    case "authentication":
      switch text {
      case "password-cleartext", "plain":
        (result.mechanism, result.isSet) = (kind == .smtp ? .passwordCleartext : nil, true)
      case "password-encrypted": (result.mechanism, result.isSet) = (.passwordEncrypted, true)
      default: break
      }
    default: return
    }
    results[kind] = result
  }

  /// Settings are kept without blanks around them; an empty one is none.
  private mutating func filled(_ text: String) -> String? {
    var text = text
    if Placeholder.stands(Placeholder.domain, in: text) {
      hasDomainPlaceholder = true
      text = text.replacing(Placeholder.domain, with: "")
    }
    let trimmed = JavaScript.trimmed(text)
    return trimmed.isEmpty ? nil : String(trimmed)
  }

  private var reading: ClientReading {
    var reading = ClientReading(client: .evolution, accepted: true)
    if hasDomainPlaceholder { reading.reasons = ["\(Placeholder.domain) becomes nothing"] }
    reading.incoming = [.imap, .pop3].compactMap(server)
    reading.outgoing = [.smtp].compactMap(server)
    if reading.incoming.isEmpty, reading.outgoing.isEmpty {
      reading.accepted = false
      reading.reasons = ["no server"]
    }
    return reading
  }

  private func server(_ kind: ServerKind) -> ClientReading.Server? {
    guard let result = results[kind], result.isSet else { return nil }
    let host = result.host?.lowercased() ?? ""
    let usual = result.mechanism ?? (kind == .smtp ? AuthMethod.none : .passwordCleartext)
    return ClientReading.Server(
      type: kind.rawValue, host: result.host, port: result.port, security: result.security,
      auth: Self.oauth2Hosts.contains(where: host.contains) ? .oauth2 : usual,
      username: result.user)
  }

  /// A host with one of these in its name is asked for OAuth2, whatever the file says.
  private static let oauth2Hosts = [
    ".gmail.com", ".googlemail.com", ".google.com", ".outlook.com", ".yahoo.com",
  ]
}
