import ConfigFormats
import ProfileRewriter

/// What `autoconfig generate` writes beside autoconfig and Autodiscover, read for the servers only,
/// so that they can be compared.
enum OtherOutputs {
  // MARK: Apple's configuration profile

  static func mobileConfig(_ bytes: [UInt8], file: String) -> LintedFile {
    do {
      let xml = try XMLDocument(parsing: withoutDoctype(bytes), limits: Linter.limits)
      let document = LintedDocument(file: file, xml: xml)
      var result = LintedFile(
        file: file, format: .mobileConfig, findings: [], text: document.text)
      result.offers = document.elements.indices.filter { document.elements[$0].name == "dict" }
        .flatMap { servers(in: $0, document) }
      return result
    } catch {
      return LintedFile(
        file: file, format: .mobileConfig, findings: [Linter.finding(error, file)],
        text: XMLSourceText(SourceText(bytes)))
    }
  }

  /// Every property list has the same declaration, of which nothing is needed; blanks take its
  /// place.
  private static func withoutDoctype(_ bytes: [UInt8]) -> [UInt8] {
    let start = Array("<!DOCTYPE plist PUBLIC".utf8)
    guard let place = bytes.firstRange(of: start)?.lowerBound,
      let end = bytes[place...].firstIndex(of: UInt8(ascii: ">")),
      !bytes[place..<end].contains(UInt8(ascii: "["))
    else { return bytes }
    var result = bytes
    for index in place...end where bytes[index] != 0x0A { result[index] = 0x20 }
    return result
  }

  private static func servers(in dictionary: Int, _ document: LintedDocument) -> [StatedServer] {
    let children = document.children(dictionary)
    var values: [String: Int] = [:]
    for (key, value) in zip(children, children.dropFirst())
    where document.elements[key].name == "key" {
      values[document.elements[key].trimmedText] = value
    }
    func text(_ key: String) -> String {
      values[key].map { document.elements[$0].trimmedText } ?? ""
    }
    let isPOP3 = text("EmailAccountType") == "EmailTypePOP"
    let kinds: [(String, ServerKind)] = [("Incoming", isPOP3 ? .pop3 : .imap), ("Outgoing", .smtp)]
    return kinds.compactMap { direction, kind in
      guard let host = values["\(direction)MailServerHostName"] else { return nil }
      let flag = values["\(direction)MailServerUseSSL"].map { document.elements[$0].name }
      return StatedServer(
        kind: kind, host: document.elements[host].trimmedText.lowercased(),
        port: Int(text("\(direction)MailServerPortNumber")),
        // The flag stands for both ways of TLS, and its absence for none.
        security: flag == "true" ? nil : TransportSecurity.none,
        offset: document.textPlace(host))
    }
  }

  // MARK: PACC

  /// draft-ietf-mailmaint-pacc: TLS from the start on the usual ports, and nothing else.
  static func pacc(_ bytes: [UInt8], file: String) -> LintedFile {
    do {
      let document = try JSONDocument(parsing: bytes, depthLimit: 64)
      var result = LintedFile(
        file: file, format: .pacc, findings: [], text: XMLSourceText(document.source))
      let kinds: [(name: String, kind: ServerKind, port: Int)] = [
        ("imap", .imap, 993), ("pop3", .pop3, 995), ("smtp", .smtp, 465),
      ]
      result.offers = kinds.compactMap { name, kind, port in
        guard let host = document.root["protocols"]?[name]?["host"], let text = host.stringValue
        else { return nil }
        return StatedServer(
          kind: kind, host: text.lowercased(), port: port, security: .tls,
          offset: host.range.lowerBound)
      }
      return result
    } catch {
      return LintedFile(
        file: file, format: .pacc, findings: [Linter.finding(error, file)],
        text: XMLSourceText(SourceText(bytes)))
    }
  }
}
