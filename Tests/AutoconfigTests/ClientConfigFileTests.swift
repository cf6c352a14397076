import ProfileRewriter
import Testing

@testable import Autoconfig

@Suite struct ClientConfigFileTests {
  private func read(_ text: String) throws -> [ProviderFacts] {
    try ClientConfigFile.read(Array(text.utf8), name: "x.xml")
  }

  @Test func `a provider's servers are read in their order`() throws {
    let providers = try read(
      """
      <?xml version="1.0"?>
      <clientConfig version="1.1">
        <emailProvider id="Example.com">
          <domain>Example.COM</domain>
          <domain purpose="mx">mx.example.net</domain>
          <domain> example.org </domain>
          <incomingServer type="jmap"><url>https://example.com</url></incomingServer>
          <incomingServer type="pop3">
            <hostname>pop.example.com</hostname><port>995</port><socketType>SSL</socketType>
            <username>%EMAILLOCALPART%</username><authentication>plain</authentication>
          </incomingServer>
          <incomingServer type="imap">
            <!-- new -->
            <hostname>IMAP.%EMAILDOMAIN%</hostname>
            <port> 143 </port>
            <socketType>magic</socketType><socketType>STARTTLS</socketType>
            <authentication>OAuth2</authentication>
            <authentication>http-basic</authentication>
            <authentication>secure</authentication>
            <username>%EMAILADDRESS%</username>
          </incomingServer>
          <outgoingServer type="smtp">
            <hostname>smtp.example.com</hostname><port>25</port><socketType>plain</socketType>
            <authentication>none</authentication>
          </outgoingServer>
          <enable visiturl="https://example.com/on">
            <instruction lang="de">Einschalten</instruction>
            <instruction lang="en">Turn it on</instruction>
          </enable>
        </emailProvider>
        <oAuth2><issuer>login.example.com</issuer></oAuth2>
      </clientConfig>
      """)
    #expect(
      providers == [
        ProviderFacts(
          id: "Example.com", domains: ["example.com", "example.org"],
          servers: [
            ServerOffer(
              kind: .pop3, host: "pop.example.com", port: 995, security: .tls,
              auth: [.passwordCleartext], username: "%EMAILLOCALPART%"),
            ServerOffer(
              kind: .imap, host: "imap.%EMAILDOMAIN%", port: 143, security: .starttls,
              auth: [.oauth2, .passwordEncrypted], username: "%EMAILADDRESS%"),
            ServerOffer(
              kind: .smtp, host: "smtp.example.com", port: 25, security: .none, auth: [.none],
              username: ""),
          ],
          action: "Turn it on", help: "https://example.com/on", oauth2Issuer: "login.example.com")
      ])
  }

  @Test(arguments: [
    "<hostname/><port>993</port><socketType>SSL</socketType>",
    "<hostname>a b</hostname><port>993</port><socketType>SSL</socketType>",
    "<hostname>h</hostname><port>0</port><socketType>SSL</socketType>",
    "<hostname>h</hostname><port>99x</port><socketType>SSL</socketType>",
    "<hostname>h</hostname><socketType>SSL</socketType>",
    "<hostname>h</hostname><port>993</port><socketType>TLS</socketType>",
    "<hostname>h</hostname><port>993</port>",
  ]) func `a server that lacks something is left out, not the file`(_ parts: String) throws {
    let rest = "<authentication>password-cleartext</authentication><username>u</username>"
    let good = "<hostname>h</hostname><port>993</port><socketType>SSL</socketType>"
    func servers(_ inner: String) throws -> [ServerOffer] {
      try read(
        "<clientConfig><emailProvider><incomingServer type='imap'>\(inner)</incomingServer>"
          + "</emailProvider></clientConfig>"
      ).flatMap(\.servers)
    }
    #expect(try servers(good + rest).count == 1)
    #expect(try servers(parts + rest).isEmpty)
    #expect(
      try servers(good + "<authentication>magic</authentication><username>u</username>").isEmpty)
    #expect(try servers(good + "<authentication>OAuth2</authentication>").isEmpty)
  }

  /// Sending by where one is needs no signing in; sending after POP is no way without POP.
  @Test(arguments: ["none", "client-IP-address", "smtp-after-pop"])
  func `outgoing servers without a password`(_ method: String) throws {
    let server =
      "<hostname>h</hostname><port>25</port><socketType>plain</socketType>"
      + "<authentication>\(method)</authentication>"
    let providers = try read(
      "<clientConfig><emailProvider><outgoingServer type='smtp'>\(server)</outgoingServer>"
        + "</emailProvider></clientConfig>")
    let auth = providers.first?.servers(.smtp).map(\.auth)
    #expect(auth == (method == "smtp-after-pop" ? [] : [[AuthMethod.none]]))
  }

  @Test func `what is no autoconfig file is refused, with the place`() {
    for text in ["<html/>", "<clientConfig/>", "<x><emailProvider/></x>"] {
      let refusal = #expect(throws: Refusal.self) { try read(text) }
      #expect(refusal?.reason == .syntax)
    }
    let refusal = #expect(throws: Refusal.self) {
      try read("<clientConfig>\n<emailProvider>\n</clientConfig>")
    }
    #expect(refusal?.text.hasPrefix("x.xml, line 3, column ") == true)
    let doctype = #expect(throws: Refusal.self) { try read("<!DOCTYPE x><clientConfig/>") }
    #expect(doctype?.text.contains("a document type declaration") == true)
  }
}
