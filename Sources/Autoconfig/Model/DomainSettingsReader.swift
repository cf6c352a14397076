import ConfigFormats
import ProfileRewriter

extension DomainSettings {
  /// The settings that `values` say, with what nobody said filled in: implicit TLS, its ports, a
  /// password, the whole address as user name.
  /// - Parameter inOwnDirectory: each domain has a directory of its own below the web root.
  /// - Throws: the first value that does not hold.
  public init(
    domain text: String, _ values: [SettingName: String], inOwnDirectory: Bool = false
  ) throws(SettingProblem) {
    let domain = try Self.mailDomain(text)
    let reader = DomainSettingsReader(domain: domain, values: values)
    self.domain = domain
    displayName =
      try reader.text(.displayName, longest: 60) ?? Self.beginning(of: domain.display, 60)
    shortName = try reader.text(.shortName, longest: 20) ?? Self.beginning(of: displayName, 20)
    servers = try reader.servers()
    refusesPOP = try reader.flag(.noPOP)
    documentation = try reader.url(.documentation)
    oauth2Issuer = try reader.url(.oauth2Issuer)
    publication = try reader.publication(domain, inOwnDirectory: inOwnDirectory)
    if refusesPOP, preferred(.pop3) != nil {
      throw SettingProblem(.noPOP, "cannot be said together with pop-host")
    }
  }

  /// At most `longest` characters as the format counts them, none of them without its accents.
  private static func beginning(of text: String, _ longest: Int) -> String {
    var result = ""
    for character in text {
      let longer = result + String(character)
      guard longer.unicodeScalars.count <= longest else { break }
      result = longer
    }
    while result.last == " " { result.removeLast() }
    return result
  }

  private static func mailDomain(_ text: String) throws(SettingProblem) -> DomainName {
    do {
      let domain = try DomainName(text)
      guard domain.ascii.contains(".") else {
        throw SettingProblem(nil, "“\(text.printable)” is no mail domain: it has only one part")
      }
      return domain
    } catch let error as InvalidDomainName {
      throw SettingProblem(nil, error.description)
    } catch let problem as SettingProblem {
      throw problem
    } catch {
      throw SettingProblem(nil, "\(error)")
    }
  }
}

/// Reads and checks single values.
struct DomainSettingsReader {
  let domain: DomainName
  let values: [SettingName: String]

  /// The most that a web server's and a DNS server's files are asked to hold in one value.
  private static let longestText = 1000

  // MARK: Servers

  func servers() throws(SettingProblem) -> [ServerOffer] {
    let auth = try auth()
    let username = try username(.username) ?? Placeholder.address
    let smtpUsername = try self.username(.smtpUsername) ?? username
    var result = try offers(.imap, auth, username)
    guard !result.isEmpty else { throw SettingProblem(.imapHost, "is missing") }
    result += try offers(.pop3, auth, username)
    let smtp = try offers(.smtp, auth, smtpUsername)
    // Thunderbird refuses a file without an outgoing server.
    guard !smtp.isEmpty else { throw SettingProblem(.smtpHost, "is missing") }
    return result + smtp
  }

  private func offers(
    _ kind: ServerKind, _ auth: [AuthMethod], _ username: String
  ) throws(SettingProblem) -> [ServerOffer] {
    let names = Self.names(of: kind)
    guard let host = try hostName(names.host) else {
      for name in [names.port, names.security] where values[name] != nil {
        throw SettingProblem(name, "needs \(names.host.rawValue)")
      }
      return []
    }
    let security = try security(names.security)
    let port = try number(names.port, 1...65535) ?? kind.usualPort(security)
    if let other = ServerKind.security(ofPort: port), other != security {
      throw SettingProblem(
        names.port,
        "\(port) is the port for \(other == .tls ? "implicit TLS" : "STARTTLS"), and "
          + "\(names.security.rawValue) is \(security.rawValue)")
    }
    var result = [
      ServerOffer(
        kind: kind, host: host.ascii, port: port, security: security, auth: auth, username: username
      )
    ]
    if try flag(.alsoSTARTTLS), security == .tls {
      result.append(
        ServerOffer(
          kind: kind, host: host.ascii, port: kind.usualPort(.starttls), security: .starttls,
          auth: auth, username: username))
    }
    return result
  }

  private static func names(
    of kind: ServerKind
  ) -> (host: SettingName, port: SettingName, security: SettingName) {
    switch kind {
    case .imap: (.imapHost, .imapPort, .security)
    case .pop3: (.popHost, .popPort, .popSecurity)
    case .smtp: (.smtpHost, .smtpPort, .smtpSecurity)
    }
  }

  private func security(_ name: SettingName) throws(SettingProblem) -> TransportSecurity {
    guard let text = trimmed(name) else { return .tls }
    switch TransportSecurity(rawValue: text.lowercased()) {
    case .tls: return .tls
    case .starttls: return .starttls
    case .some(.none):
      // Thunderbird for Android refuses a whole file for one such server.
      throw SettingProblem(
        name, "none is not generated: passwords would cross the network in clear")
    case nil: throw SettingProblem(name, "takes tls or starttls, not “\(text.printable)”")
    }
  }

  private func auth() throws(SettingProblem) -> [AuthMethod] {
    guard let text = trimmed(.auth) else { return [.passwordCleartext] }
    var result: [AuthMethod] = []
    for part in text.split(whereSeparator: { $0 == "," || $0 == ";" || $0 == " " }) {
      let method = AuthMethod.allCases.first { $0.rawValue.lowercased() == part.lowercased() }
      guard let method else {
        throw SettingProblem(.auth, "knows no “\(String(part).printable)”")
      }
      guard method != .none else {
        throw SettingProblem(.auth, "none is no way to sign in to a mailbox")
      }
      if !result.contains(method) { result.append(method) }
    }
    guard result.contains(where: { $0 != .tlsClientCertificate }) else {
      throw SettingProblem(
        .auth,
        result.isEmpty
          ? "names no method"
          : "TLS-client-cert alone is understood by no client; Thunderbird drops such a server")
    }
    return result
  }

  /// A pattern for all users of the domain.
  private func username(_ name: SettingName) throws(SettingProblem) -> String? {
    guard let text = try text(name, longest: 255) else { return nil }
    let known = [Placeholder.address, Placeholder.localPart, Placeholder.domain]
    let rest = known.reduce(text) { $0.replacing($1, with: "") }
    guard !rest.contains("%") else {
      throw SettingProblem(
        name, "“\(text.printable)” has a % that belongs to none of \(known.joined(separator: ", "))"
      )
    }
    guard text.contains(Placeholder.address) || text.contains(Placeholder.localPart) else {
      throw SettingProblem(
        name,
        "“\(text.printable)” is the same for all users; use %EMAILADDRESS% or %EMAILLOCALPART%")
    }
    guard !text.contains(where: \.isWhitespace) else {
      throw SettingProblem(name, "“\(text.printable)” holds a blank")
    }
    // Evolution would put nothing in its place, and what is generated is for this one domain.
    return text.replacing(Placeholder.domain, with: domain.ascii)
  }

  // MARK: Publication

  func publication(
    _ domain: DomainName, inOwnDirectory: Bool
  ) throws(SettingProblem) -> Publication {
    let root = try path(.webRoot) ?? "/var/www/autoconfig"
    let certificate = try path(.tlsCertificate)
    let key = try path(.tlsKey)
    if (certificate == nil) != (key == nil) {
      let (given, other): (SettingName, SettingName) =
        key == nil ? (.tlsCertificate, .tlsKey) : (.tlsKey, .tlsCertificate)
      throw SettingProblem(given, "needs \(other.rawValue)")
    }
    var tls: Publication.Certificate?
    if let certificate, let key { tls = .init(certificate: certificate, key: key) }
    return Publication(
      webHost: try hostName(.webHost) ?? domain, commonRoot: root,
      webRoot: inOwnDirectory ? root + "/" + domain.ascii : root, tls: tls,
      ttl: try number(.ttl, 0...2_147_483_647) ?? 3600)
  }

  /// An absolute path that both nginx and Apache take within quotation marks as it is.
  private func path(_ name: SettingName) throws(SettingProblem) -> String? {
    guard var path = try text(name, longest: Self.longestText) else { return nil }
    guard path.hasPrefix("/") else { throw SettingProblem(name, "takes an absolute path") }
    // Neither has a way to write a $ that is none of its own variables.
    if let bad = path.first(where: { "\"'\\$%".contains($0) }) {
      throw SettingProblem(name, "holds \(bad), which web servers give a meaning of their own")
    }
    let parts = path.split(separator: "/")
    guard !parts.contains("."), !parts.contains("..") else {
      throw SettingProblem(name, "takes a path without . and ..")
    }
    path = parts.map { "/" + $0 }.joined()
    guard !path.isEmpty else { throw SettingProblem(name, "cannot be the root of the system") }
    return path
  }

  // MARK: Values

  private func trimmed(_ name: SettingName) -> String? {
    guard let value = values[name] else { return nil }
    let blanks: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    let text = value.drop(while: blanks)
    return String(text.reversed().drop(while: blanks).reversed())
  }

  /// Without control and invisible characters, whatever a format could do with them.
  func text(_ name: SettingName, longest: Int) throws(SettingProblem) -> String? {
    guard let text = trimmed(name) else { return nil }
    guard !text.isEmpty else { throw SettingProblem(name, "is empty") }
    guard text.printable == text else {
      throw SettingProblem(name, "“\(text.printable)” holds control or invisible characters")
    }
    guard text.unicodeScalars.count <= longest else {
      throw SettingProblem(name, "is longer than \(longest) characters")
    }
    return text
  }

  func flag(_ name: SettingName) throws(SettingProblem) -> Bool {
    switch trimmed(name)?.lowercased() {
    case nil, "no", "false", "0": return false
    case "yes", "true", "1": return true
    default: throw SettingProblem(name, "takes yes or no")
    }
  }

  private func number(
    _ name: SettingName, _ range: ClosedRange<Int>
  ) throws(SettingProblem) -> Int? {
    guard let text = trimmed(name) else { return nil }
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text),
      range.contains(number)
    else {
      throw SettingProblem(
        name,
        "takes a number from \(range.lowerBound) to \(range.upperBound), not “\(text.printable)”")
    }
    return number
  }

  private func hostName(_ name: SettingName) throws(SettingProblem) -> DomainName? {
    guard let text = trimmed(name) else { return nil }
    do { return try DomainName(text) } catch { throw SettingProblem(name, error.description) }
  }

  /// A web address as RFC 3986 has it: lint and other validators look at it so.
  func url(_ name: SettingName) throws(SettingProblem) -> String? {
    guard let text = try text(name, longest: Self.longestText) else { return nil }
    let rest: Substring
    switch text.lowercased() {
    case let lower where lower.hasPrefix("https://"): rest = text.dropFirst(8)
    case let lower where lower.hasPrefix("http://"): rest = text.dropFirst(7)
    default: throw SettingProblem(name, "takes a web address, beginning with https:// or http://")
    }
    if let bad = text.first(where: { !$0.isASCII || " \"<>\\^`{|}".contains($0) }) {
      throw SettingProblem(
        name, "holds “\(String(bad).printable)”, which stands percent-encoded in a web address")
    }
    guard let first = rest.first, !"/?#:@".contains(first) else {
      throw SettingProblem(name, "has no host name")
    }
    if let bad = Self.misplaced(in: rest) {
      throw SettingProblem(
        name, "holds “\(bad)” in a place where it stands percent-encoded in a web address")
    }
    return text
  }

  /// The first character that has a meaning elsewhere than it stands: brackets are for addresses in
  /// the host's place, `#` comes once, and `%` goes with two digits.
  private static func misplaced(in address: Substring) -> Character? {
    var path = address.drop { !"/?#".contains($0) }
    var host = address[..<path.startIndex]
    if let at = host.lastIndex(of: "@") { host = host[host.index(after: at)...] }
    if host.first == "[", let end = host.lastIndex(of: "]") { host = host[end...].dropFirst() }
    if let bad = host.first(where: { "[]".contains($0) }) { return bad }
    if let colon = host.firstIndex(of: ":"),
      !host[host.index(after: colon)...].allSatisfy({ $0.isASCII && $0.isNumber })
    {
      return ":"
    }
    var hasFragment = false
    while let character = path.popFirst() {
      switch character {
      case "[", "]": return character
      case "#" where hasFragment: return character
      case "#": hasFragment = true
      case "%":
        let digits = path.prefix(2)
        guard digits.count == 2, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
          return character
        }
      default: break
      }
    }
    return nil
  }
}

extension ServerKind {
  /// Implicit TLS: RFC 8314; STARTTLS: RFC 3501, 1939 and 6409.
  func usualPort(_ security: TransportSecurity) -> Int {
    switch (self, security) {
    case (.imap, .tls): 993
    case (.imap, _): 143
    case (.pop3, .tls): 995
    case (.pop3, _): 110
    case (.smtp, .tls): 465
    case (.smtp, _): 587
    }
  }

  /// The only security that works on a port with a meaning of its own.
  static func security(ofPort port: Int) -> TransportSecurity? {
    switch port {
    case 993, 995, 465: .tls
    case 143, 110, 587, 25: .starttls
    default: nil
    }
  }
}
