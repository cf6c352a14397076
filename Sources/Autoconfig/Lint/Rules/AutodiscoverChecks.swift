import ConfigFormats
import ProfileRewriter

/// Rules about Outlook's Autodiscover answers (POX). Source: Microsoft's "Plan to automatically
/// configure user accounts in Outlook 2010" and [MS-OXDSCLI].
enum AutodiscoverChecks {
  private static let types: [String: ServerKind] = ["IMAP": .imap, "POP3": .pop3, "SMTP": .smtp]
  /// Exchange's own, and what some servers send to other clients.
  private static let otherTypes: Set = [
    "EXCH", "EXPR", "EXHTTP", "WEB", "MobileSync", "CalDAV", "CardDAV", "WebDAV",
  ]
  private static let switches: Set = [
    "SSL", "SPA", "DomainRequired", "AuthRequired", "UsePOPAuth", "SMTPLast",
  ]
  private static let values: Set = [
    "Type", "Server", "Port", "LoginName", "DomainName", "Encryption", "TTL", "ExpirationDate",
    "ServerDN", "AuthPackage", "CertPrincipalName",
  ]

  static func check(_ document: inout LintedDocument) {
    FileChecks.checkBytes(&document)
    let protocols = document.elements.indices.filter { document.elements[$0].name == "Protocol" }
    guard !protocols.isEmpty else {
      if !document.elements.contains(where: { $0.name == "Error" || $0.name == "RedirectAddr" }) {
        document.report(.autodiscoverMissing, at: document.tagPlace(0), "no Protocol")
      }
      return
    }
    for index in protocols { check(index, &document) }
  }

  private static func check(_ index: Int, _ document: inout LintedDocument) {
    let type = document.children(index, "Type").first
    let name = type.map { document.elements[$0].trimmedText } ?? ""
    guard let kind = types[name] else {
      guard !otherTypes.contains(name) else { return }
      document.report(
        .autodiscoverType, at: type.map(document.textPlace) ?? document.tagPlace(index),
        name.isEmpty ? "a Protocol without a Type" : "Outlook knows no protocol \(name.printable)",
        fix: name.uppercased() == "POP" ? "POP3" : Spelling.nearest(to: name, of: Array(types.keys))
      )
      return
    }
    for child in document.children(index) { checkChild(child, &document) }
    for wanted in ["Server", "Port"] where document.children(index, wanted).isEmpty {
      document.report(
        .autodiscoverMissing, at: document.tagPlace(index), "\(name) has no \(wanted)")
    }
    if document.children(index, "SPA").isEmpty {
      document.report(
        .autodiscoverSPA, at: document.tagPlace(index), "\(name) has no SPA, which counts as on",
        fix: "<SPA>off</SPA>")
    }
    checkPort(index, kind, &document)
  }

  private static func checkChild(_ child: Int, _ document: inout LintedDocument) {
    let element = document.elements[child]
    let text = element.trimmedText
    if switches.contains(element.name) {
      guard text != "on", text != "off" else { return }
      let isOn = ["yes", "true", "1", "on"].contains(text.lowercased())
      document.report(
        .autodiscoverSwitch, at: document.textPlace(child),
        "\(element.name) is \(text.printable), neither on nor off", fix: isOn ? "on" : "off")
    } else if !values.contains(element.name) {
      document.report(
        .autodiscoverUnknown, at: document.tagPlace(child),
        "\(element.name.printable) is not of Autodiscover's schema")
    }
  }

  private static func checkPort(_ index: Int, _ kind: ServerKind, _ document: inout LintedDocument)
  {
    guard let child = document.children(index, "Port").first else { return }
    let place = document.textPlace(child)
    guard let port = Int(document.elements[child].trimmedText), (1...65535).contains(port) else {
      document.report(
        .portInvalid, at: place, "\(document.elements[child].trimmedText.printable) is no port")
      return
    }
    guard let encryption = encryption(index, document) else { return }
    guard let security = encryption.security else {
      document.report(
        .autodiscoverEncryption, at: encryption.place,
        "no Encryption is called \(encryption.name.printable)")
      return
    }
    for problem in PortChecks.problems(port, kind, security) {
      if problem.rule == .portSecurity, encryption.name != "on", encryption.name != "off" {
        let fix = security == .starttls ? "SSL" : "TLS"
        document.report(
          .autodiscoverEncryption, at: encryption.place,
          "Encryption \(encryption.name) (\(security == .starttls ? "STARTTLS" : "TLS from the start"))"
            + " does not go with port \(port)", fix: fix)
      } else {
        document.report(problem.rule, at: place, problem.text, fix: problem.fix)
      }
    }
  }

  /// What `Encryption` says, else `SSL`; nil where neither does, or Outlook is to find out.
  private static func encryption(
    _ index: Int, _ document: LintedDocument
  ) -> (name: String, security: TransportSecurity?, place: Int)? {
    if let child = document.children(index, "Encryption").first {
      let name = document.elements[child].trimmedText
      let known: [String: TransportSecurity] = ["None": .none, "SSL": .tls, "TLS": .starttls]
      return name == "Auto" ? nil : (name, known[name], document.textPlace(child))
    }
    guard let child = document.children(index, "SSL").first else { return nil }
    let name = document.elements[child].trimmedText
    guard name == "on" else { return nil }
    return (name, .tls, document.textPlace(child))
  }
}
