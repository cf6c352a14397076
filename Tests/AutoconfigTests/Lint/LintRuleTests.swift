import Testing

@testable import Autoconfig

/// Each rule finds its fault, at its place, and says nothing of a sound file.
@Suite struct LintRuleTests {
  static let faults: [Fault] =
    fileFaults + providerFaults + serverFaults + valueFaults + loginFaults + elementFaults

  private static let host = "<hostname>imap.example.com</hostname>"
  private static let user = "<username>%EMAILADDRESS%</username>"
  private static let method = "<authentication>password-cleartext</authentication>"
  private static let noServers = Set<LintRule>([.incomingMissing, .outgoingMissing])

  private static let fileFaults = [
    Fault(.notWellFormed, "</domain>", "</domains>", at: "\n    <domain>example.org"),
    Fault(
      .doctype, "<clientConfig", "<!DOCTYPE clientConfig>\n<clientConfig", at: ">\n<clientConfig"),
    Fault(.version, "version=\"1.1\"", "version=\"3\"", at: "3\">", fix: "1.1"),
    Fault(
      .version, " version=\"1.1\"", "", at: "<clientConfig", fix: "version=\"1.1\"",
      besides: [.schema]),
    Fault(.schema, "<documentation", "<port>993</port><documentation"),
    Fault(
      .schema, "<hostname>imap", "<password2/><ewsURL>x</ewsURL><restriction/><hostname>imap",
      at: "<restriction/>", besides: [.elementMisspelt, .elementUnread]),
  ]

  private static let providerFaults = [
    Fault(
      .providerSeveral, "</emailProvider>",
      "</emailProvider>\n<emailProvider id=\"example.net\"><domain>example.net</domain>"
        + Sample.imap + "</emailProvider>", at: "<emailProvider id=\"example.net\">",
      besides: [.outgoingMissing]),
    Fault(.idMissing, " id=\"example.com\"", "", at: "<emailProvider"),
    Fault(.idInvalid, "id=\"example.com\"", "id=\"Example Mail\"", at: "Example Mail\">"),
    Fault(.idInvalid, "id=\"example.com\"", "id=\"%EMAILDOMAIN%\"", at: "%EMAILDOMAIN%\">"),
    Fault(.domainInvalid, "<domain>example.com", "<domain>exa mple.com", at: "exa mple"),
    Fault(.domainInvalid, "<domain>example.com", "<domain>bücher.example", at: "bücher"),
    Fault(
      .domainMissing, "<domain>example.com</domain>\n    <domain>example.org</domain>\n", "",
      at: "<emailProvider", besides: [.schema]),
    Fault(.domainDuplicate, "<domain>example.org", "<domain>Example.COM", at: "Example.COM"),
    Fault(
      .nameTooLong, "Example Mail", String(repeating: "x", count: 61), at: "xxx"),
    Fault(
      .nameTooLong, "Name>Example<", "Name>123456789012345678901<", at: "12345678901",
      besides: []),
    Fault(.nameLong, "Example Mail", String(repeating: "x", count: 60), at: "xxx"),
    Fault(.nameLong, "ShortName>Example<", "ShortName>1234567890123<", at: "1234567890123"),
  ]

  private static let serverFaults = [
    Fault(.imapMissing, Sample.imap, "", at: "<incomingServer type=\"pop3\">"),
    Fault(
      .pop3First, Sample.imap,
      Sample.imap.replacing("imap", with: "pop3").replacing("993", with: "995") + Sample.imap,
      at: "<incomingServer type=\"pop3\">"),
    Fault(
      .lastEntryWins, Sample.imap, Sample.imap + Sample.imap.replacing("imap.ex", with: "imap2.ex"),
      at: "<incomingServer type=\"imap\">\n      <hostname>imap2"),
    Fault(
      .typeMissing, " type=\"imap\"", "", at: "<incomingServer>", besides: [.imapMissing, .schema]),
    Fault(
      .typeUnknown, "type=\"imap\"", "type=\"imapp\"", at: "imapp", fix: "imap",
      besides: [.imapMissing]),
    Fault(
      .typeUnknown, "type=\"smtp\"", "type=\"sendmail\"", at: "sendmail",
      besides: [.outgoingMissing]),
    Fault(
      .typeUnsupported, Sample.imap, "<incomingServer type=\"jmap\"/>" + Sample.imap, at: "jmap"),
    Fault(.serverAttribute, "type=\"imap\"", "type=\"imap\" note=\"x\"", at: "note="),
    Fault(
      .serverAttribute, "type=\"smtp\"", "type=\"smtp\" xmlns=\"urn:x\"", at: "xmlns=",
      besides: [.schema]),
  ]

  private static let valueFaults = [
    Fault(.valueMissing, host, "", at: "<incomingServer type=\"imap\">"),
    Fault(.valueMissing, "<port>993</port>", "", at: "<incomingServer type=\"imap\">"),
    Fault(.valueMissing, "<socketType>SSL</socketType>", "", at: "<incomingServer type=\"imap\">"),
    Fault(.valueMissing, method, "", at: "<incomingServer type=\"imap\">"),
    Fault(.valueMissing, user, "", at: "<incomingServer type=\"imap\">"),
    Fault(.valueEmpty, host, "<hostname></hostname>"),
    Fault(.valueEmpty, user, "<username/>"),
    Fault(.valueBlanks, "<socketType>SSL", "<socketType> SSL", at: "SSL", fix: "SSL"),
    Fault(.valueBlanks, "<port>993<", "<port>993\n<", at: "993\n", fix: "993"),
    Fault(.valueDivided, host, "<hostname>imap.<!-- x -->example.com</hostname>"),
    Fault(.valueDivided, host, "<hostname><![CDATA[imap.example.com]]></hostname>"),
    Fault(.valueAttribute, "<port>993", "<port x=\"y\">993", at: "x=\"y\""),
    Fault(.valueRepeated, host, host + "<hostname>b.example.com</hostname>", at: "<hostname>b."),
    Fault(.hostInvalid, "imap.example.com", "https://imap.example.com/", at: "https://imap"),
    Fault(.hostInvalid, "imap.example.com", "imap example.com", at: "imap example"),
    Fault(.hostInvalid, "imap.example.com", "imap.example.com:993", at: "imap.example.com:"),
    Fault(.hostInvalid, "imap.example.com", "imap.%EMAILADDRESS%", at: "imap.%"),
    Fault(
      .hostUpperCase, "imap.example.com", "Imap.Example.com", at: "Imap", fix: "imap.example.com"),
    Fault(.portInvalid, "993", "99999", at: "99999"),
    Fault(.portInvalid, "993", "imaps", at: "imaps"),
    Fault(
      .portProtocol, "995", "993",
      at:
        "993</port>\n      <socketType>SSL</socketType>\n      <username>%EMAILADDRESS%</username>\n      <authentication>password-cleartext</authentication>\n    </incomingServer>\n    <outgoing",
      fix: "995"),
    Fault(.portProtocol, "993", "587", at: "587", fix: "993"),
    Fault(.portProtocol, "465", "143", at: "143", fix: "465"),
    Fault(.portSecurity, "465", "587", at: "587", fix: "465"),
    Fault(.portSecurity, "<socketType>SSL", "<socketType>STARTTLS", at: "993", fix: "143"),
    Fault(.portSecurity, "993", "143", at: "143", fix: "993"),
    Fault(
      .port25, "465</port>\n      <socketType>SSL", "25</port>\n      <socketType>STARTTLS",
      at: "25</port>",
      fix: "587"),
    Fault(.portUnusual, "465", "586", at: "586", fix: "465"),
    Fault(.socketTypeUnknown, "<socketType>SSL", "<socketType>TLS", at: "TLS", fix: "SSL"),
    Fault(
      .plainSocket, "993</port>\n      <socketType>SSL", "143</port>\n      <socketType>plain",
      at: "plain<",
      fix: "SSL or STARTTLS"),
    Fault(
      .plainSocketPOP3, "995</port>\n      <socketType>SSL", "110</port>\n      <socketType>plain",
      at: "plain<", fix: "SSL or STARTTLS"),
  ]

  private static let loginFaults = [
    Fault(
      .authenticationUnknown, method, method + "<authentication>http-basic</authentication>",
      at: "http-basic"),
    Fault(
      .authenticationUnknown, method, "<authentication>password-cleartex</authentication>",
      at: "password-cleartex<",
      fix: "password-cleartext", besides: [.authenticationUnusable]),
    Fault(
      .authenticationOld, method, method + "<authentication>plain</authentication>", at: "plain<",
      fix: "password-cleartext"),
    Fault(.authenticationUnusable, method, "<authentication>GSSAPI</authentication>", at: "GSSAPI"),
    Fault(.authenticationUnusable, method, "<authentication>OAuth2</authentication>", at: "OAuth2"),
    Fault(
      .clientCertificateOnly, method, "<authentication>TLS-client-cert</authentication>",
      at: "TLS-client-cert"),
    Fault(
      .oauth2Only,
      "imap.example.com</hostname>\n      <port>993</port>\n      <socketType>SSL</socketType>\n      "
        + user + "\n      " + method,
      "imap.gmail.com</hostname>\n      <port>993</port>\n      <socketType>SSL</socketType>\n      "
        + user + "\n      <authentication>OAuth2</authentication>",
      at: "OAuth2"),
    Fault(
      .oauth2HostUnknown, method, "<authentication>OAuth2</authentication>" + method, at: "OAuth2"),
    Fault(
      .placeholderUnclosed, "<username>%EMAILADDRESS%", "<username>%EMAILADDRESS",
      at: "%EMAILADDRESS<", fix: "%EMAILADDRESS%"),
    Fault(
      .placeholderUnclosed, "<hostname>imap.", "<hostname>imap.%EMAILDOMAIN.", at: "%EMAILDOMAIN.",
      fix: "%EMAILDOMAIN%"),
    Fault(
      .placeholderUnknown, "<username>%EMAILADDRESS%", "<username>%emailaddress%",
      at: "%emailaddress%", fix: "%EMAILADDRESS%"),
    Fault(
      .placeholderUnknown, "<username>%EMAILADDRESS%", "<username>x.%REALNAME%", at: "%REALNAME%"),
    Fault(.placeholderUnknown, "imap.example.com", "imap.%DOMAIN%", at: "%DOMAIN%"),
    Fault(.placeholderDomain, "imap.example.com", "imap.%EMAILDOMAIN%", at: "%EMAILDOMAIN%"),
    Fault(
      .usernameLiteral, "<username>%EMAILADDRESS%", "<username>office", at: "office",
      fix: "%EMAILADDRESS%"),
    Fault(.password, user, user + "<password>secret</password>", at: "<password>"),
  ]

  private static let elementFaults = [
    Fault(
      .elementMisspelt, "<displayShortName>Example</displayShortName>",
      "<displayNameShort>Example</displayNameShort>", fix: "displayShortName"),
    Fault(
      .elementMisspelt, host, "<hostName>imap.example.com</hostName>", fix: "hostname",
      besides: [.valueMissing]),
    Fault(.elementUnknown, "<documentation", "<domainPattern>x</domainPattern><documentation"),
    Fault(.elementEmpty, "<displayName>Example Mail</displayName>", "<displayName/>"),
    Fault(.elementUnread, "<hostname>smtp", "<restriction>x</restriction><hostname>smtp"),
    Fault(
      .oauth2Ignored, "</emailProvider>",
      "</emailProvider><oAuth2><issuer>example.com</issuer></oAuth2>", at: "<oAuth2>"),
    Fault(
      .oauth2Incomplete, "</emailProvider>",
      "<oAuth2><authURL>https://example.com/</authURL></oAuth2></emailProvider>", at: "<oAuth2>"),
    Fault(
      .httpURL, "https://example.com/help", "http://example.com/help",
      fix: "https://example.com/help"),
  ]

  @Test func `a sound file has no findings, and all clients read it alike`() {
    let file = Sample.lint(Sample.sound)
    #expect(file.findings.isEmpty, "\(file.findings)")
    #expect(file.format == .autoconfig)
    let readings = file.readings
    #expect(readings.map(\.client) == AutoconfigClient.allCases)
    #expect(readings.allSatisfy { $0.accepted == true && $0.reasons.isEmpty })
    let imap = ClientReading.Server(
      type: "imap", host: "imap.example.com", port: 993, security: .tls, auth: .passwordCleartext,
      username: "%EMAILADDRESS%")
    #expect(readings.allSatisfy { $0.incoming.first == imap })
  }

  @Test(arguments: faults) func `a fault is found at its place`(_ fault: Fault) throws {
    let text = fault.text
    #expect(!text.isEmpty, "the sound file has no \(fault.old)")
    let file = Sample.lint(text)
    let place = try #require(Sample.place(of: fault.at, in: text), "no \(fault.at)")
    let found = file.findings.filter { $0.rule == fault.rule }
    let finding = try #require(
      found.first { $0.line == place.line && $0.column == place.column },
      "not at \(place): \(file.findings)")
    if let fix = fault.fix { #expect(finding.fix == fix) }
    let lines = finding.excerpt?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
    #expect(lines.count == 2 && lines[1].hasSuffix("^"), "no caret: \(finding.excerpt ?? "")")
  }

  @Test(arguments: faults) func `no other rule of more than a note speaks up`(_ fault: Fault) {
    let others = Sample.lint(fault.text).findings.filter {
      $0.rule != fault.rule && $0.severity != .note && !fault.besides.contains($0.rule)
        && !Self.noServers.contains($0.rule)
    }
    #expect(others.isEmpty, "\(others.map { "\($0.rule) \($0.text)" })")
  }

  @Test func `every rule has a test`() {
    let tested = Set(Self.faults.map(\.rule)).union(LintElsewhere.rules)
    #expect(Set(LintRule.allCases).subtracting(tested).isEmpty)
  }

  /// A fault that a client refuses the file for, or leaves a server out for, is an error.
  @Test(arguments: faults.filter { ![LintRule.notWellFormed, .doctype].contains($0.rule) })
  func `what a client refuses or leaves out is an error`(_ fault: Fault) {
    let file = Sample.lint(fault.text)
    let sound = Sample.lint(Sample.sound)
    // POP3 is unknown to one client, and a second server or provider counts in none.
    let isWorse = zip(file.readings, sound.readings).contains { now, before in
      now.accepted == false
        || now.client == .thunderbird
          && (now.incoming.count < before.incoming.count
            || now.outgoing.count < before.outgoing.count)
    }
    let hasError = file.findings.contains { $0.severity == .error }
    #expect(!isWorse || hasError, "\(file.readings)")
  }
}
