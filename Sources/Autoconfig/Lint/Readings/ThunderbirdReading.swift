import ConfigFormats
import ProfileRewriter

/// Reads an autoconfig file as Thunderbird does (JXON.sys.mjs, then readFromXML.sys.mjs; compared
/// with the real client in Tests/RealClientTests).
struct ThunderbirdReading {
  private struct Left: Error {
    var reason: String
  }

  private static let incomingTypes = ["pop3", "imap", "nntp", "exchange", "ews", "owa"]
  private let document: LintedDocument
  private var reading = ClientReading(client: .thunderbird, accepted: true)

  static func read(_ document: LintedDocument) -> ClientReading {
    var reader = ThunderbirdReading(document: document)
    do {
      try reader.read()
    } catch {
      reader.reading.reasons.insert(error.reason, at: 0)
      reader.reading.accepted = false
      reader.reading.incoming = []
      reader.reading.outgoing = []
    }
    return reader.reading
  }

  private init(document: LintedDocument) { self.document = document }

  /// Whether it can use this one server.
  static func canUse(_ server: ServerElement, in document: LintedDocument) -> Bool {
    let reader = ThunderbirdReading(document: document)
    do {
      _ = try server.isIncoming ? reader.incoming(server.index) : reader.outgoing(server.index)
      return true
    } catch {
      return false
    }
  }

  private mutating func read() throws(Left) {
    guard document.elements[0].name == "clientConfig",
      let provider = document.children(0, "emailProvider").first
    else { throw Left(reason: "no emailProvider in a clientConfig") }
    let id = document.elements[provider].attribute("id").map(JXONValue.init(parsing:))
    guard Self.hostname(id) != nil else { throw Left(reason: "the provider has no usable id") }
    let domains = document.children(provider, "domain").compactMap {
      Self.hostname(JXONValue(document.elements[$0]))
    }
    guard !domains.isEmpty else { throw Left(reason: "no usable domain") }
    readServers("incomingServer", of: provider)
    guard !reading.incoming.isEmpty else { throw Left(reason: "no usable incoming server") }
    readServers("outgoingServer", of: provider)
    guard !reading.outgoing.isEmpty else { throw Left(reason: "no usable outgoing server") }
  }

  private mutating func readServers(_ name: String, of provider: Int) {
    for index in document.children(provider, name) {
      do {
        if name == "incomingServer" {
          reading.incoming.append(try incoming(index))
        } else {
          reading.outgoing.append(try outgoing(index))
        }
      } catch {
        let line = document.place(at: document.tagPlace(index)).line
        reading.reasons.append("\(name) in line \(line) left out: \(error.reason)")
      }
    }
  }

  // MARK: Servers

  private func incoming(_ index: Int) throws(Left) -> ClientReading.Server {
    let type = document.elements[index].attribute("type") ?? ""
    guard Self.incomingTypes.contains(type) else { throw Left(reason: "its type") }
    var host = try value("hostname", of: index).map { value throws(Left) in try Self.host(value) }
    let port = try value("port", of: index).map { value throws(Left) in try Self.port(value) }
    var security: TransportSecurity?
    if let url = value("url", of: index), let address = WebAddress(url.string) {
      host = address.host
      security = address.isSecure ? .tls : TransportSecurity.none
    }
    // A user name that is not there is read as the word it is in JavaScript.
    let username = value("username", of: index)?.string ?? "undefined"
    security = try self.security(of: index) ?? security
    guard let security else { throw Left(reason: "no socketType that it knows") }
    guard let host else { throw Left(reason: "no hostname") }
    let auth = try auth(of: index, Self.incomingMethods, host, type)
    return ClientReading.Server(
      type: type, host: host, port: port, security: security, auth: auth, username: username)
  }

  private func outgoing(_ index: Int) throws(Left) -> ClientReading.Server {
    guard document.elements[index].attribute("type") == "smtp" else {
      throw Left(reason: "its type")
    }
    guard let hostValue = value("hostname", of: index) else { throw Left(reason: "no hostname") }
    let host = try Self.host(hostValue)
    guard let portValue = value("port", of: index) else { throw Left(reason: "no port") }
    let port = try Self.port(portValue)
    guard let security = try security(of: index) else {
      throw Left(reason: "no socketType that it knows")
    }
    let auth = try auth(of: index, Self.outgoingMethods, host, "smtp")
    var username = value("username", of: index)?.string
    if username == nil, auth == .passwordCleartext || auth == .passwordEncrypted {
      username = "undefined"
    }
    return ClientReading.Server(
      type: "smtp", host: host, port: port, security: security, auth: auth, username: username)
  }

  // MARK: Values

  private func value(_ name: String, of index: Int) -> JXONValue? {
    document.children(index, name).first.map { JXONValue(document.elements[$0]) }
  }

  private func values(_ name: String, of index: Int) -> [String] {
    document.children(index, name).map { JXONValue(document.elements[$0]).string }
  }

  /// InputSanitizer.hostname(): nil where it throws.
  static func hostname(_ value: JXONValue?) -> String? {
    guard let value, value.isTruthy else { return nil }
    let text = String(JavaScript.trimmed(value.string))
    if HostNames.isPattern(text) { return text }
    return HostNames.isLegal(text) ? text.lowercased() : nil
  }

  private static func host(_ value: JXONValue) throws(Left) -> String {
    guard let host = hostname(value) else { throw Left(reason: "its hostname is none") }
    return host
  }

  private static func port(_ value: JXONValue) throws(Left) -> Int {
    guard let port = value.integer, (1...65535).contains(port) else {
      throw Left(reason: "its port is none")
    }
    return port
  }

  /// Of the first socketType that is known; nil without any that is.
  private func security(of index: Int) throws(Left) -> TransportSecurity? {
    let values = values("socketType", of: index)
    let known = values.lazy.compactMap { TransportSecurity(socketType: $0) }.first
    if known == nil, !values.isEmpty, value("url", of: index) == nil {
      throw Left(reason: "no socketType that it knows")
    }
    return known
  }

  private static let incomingMethods: [String: AuthMethod] = [
    "password-cleartext": .passwordCleartext, "plain": .passwordCleartext,
    "password-encrypted": .passwordEncrypted, "secure": .passwordEncrypted, "GSSAPI": .gssapi,
    "NTLM": .ntlm, "OAuth2": .oauth2,
  ]

  private static let outgoingMethods = incomingMethods.merging([
    "none": .none, "client-IP-address": .none, "smtp-after-pop": .none,
  ]) { $1 }

  /// The first method that is known and, for OAuth2, built in for the host.
  private func auth(
    of index: Int, _ methods: [String: AuthMethod], _ host: String, _ type: String
  ) throws(Left) -> AuthMethod {
    let known = values("authentication", of: index).lazy.compactMap { methods[$0] }
    guard
      let method = known.first(where: { $0 != .oauth2 || ThunderbirdOAuth2.knows(host, type: type) }
      )
    else { throw Left(reason: "no authentication that it can use") }
    return method
  }
}

/// The parts of an http or https address that Thunderbird takes a server's from.
private struct WebAddress {
  var host: String
  var isSecure: Bool

  init?(_ text: String) {
    guard let separator = text.firstRange(of: "://") else { return nil }
    let scheme = text[..<separator.lowerBound]
    guard scheme == "http" || scheme == "https" else { return nil }
    let authority = text[separator.upperBound...].prefix { !"/?#\\".contains($0) }
    var name =
      authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
    isSecure = scheme == "https"
    // The default port is no part of the host's name.
    let usual = isSecure ? ":443" : ":80"
    if name.hasSuffix(usual) { name = name.dropLast(usual.count) }
    guard let host = ThunderbirdReading.hostname(.text(String(name))) else { return nil }
    self.host = host
  }
}
