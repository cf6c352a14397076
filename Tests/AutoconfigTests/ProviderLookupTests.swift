import ProfileRewriter
import Testing

@testable import Autoconfig

func account(
  _ host: String, _ username: String, _ addresses: [String] = [],
  security: TransportSecurity = .tls, auth: AuthMethod = .passwordCleartext
) -> Account {
  Account(
    key: "account1", kind: .pop3,
    settings: ServerSettings(
      host: host, port: IncomingProtocol.pop3.defaultPort(security), security: security, auth: auth,
      username: username), state: .ready, addresses: addresses)
}

func imap(
  _ host: String, _ port: Int = 993, _ security: TransportSecurity = .tls,
  _ auth: [AuthMethod] = [.passwordCleartext], _ username: String = "%EMAILADDRESS%"
) -> ServerOffer {
  ServerOffer(
    kind: .imap, host: host, port: port, security: security, auth: auth, username: username)
}

func pop(_ host: String) -> ServerOffer {
  ServerOffer(
    kind: .pop3, host: host, port: 995, security: .tls, auth: [.passwordCleartext],
    username: "%EMAILADDRESS%")
}

@Suite struct ProviderLookupTests {
  private let lookup = ProviderLookup()

  @Test func `a domain is found, case and a final full stop apart`() {
    let answer = lookup.answer(forDomain: "ONLINE.de.")
    #expect(answer.verdict == .yes)
    #expect(answer.imap.map(\.host) == ["imap.1und1.de", "imap.1und1.de"])
    #expect(answer.smtp.first?.host == "smtp.1und1.de")
    #expect(
      answer.evidence.map(\.description)
        == ["the provider facts list IMAP for the mail domain online.de (1und1.de)"])
  }

  @Test func `a hosted domain is found by the host of the account`() {
    let answer = lookup.answer(for: account("Pop.1und1.de", "me@custom.example"))
    #expect(answer.verdict == .yes)
    #expect(answer.provider?.id == "1und1.de")
    #expect(answer.evidence.last?.match == .host("pop.1und1.de"))
    #expect(lookup.answer(forHost: "pop.1und1.de").provider?.id == "1und1.de")
  }

  @Test func `an entry of the domain does not count for an account elsewhere`() {
    // The password is the company's.
    let elsewhere = lookup.answer(for: account("pop.company.example", "me", ["me@gmx.de"]))
    #expect(elsewhere.verdict == .unknown && elsewhere.imap.isEmpty)
    #expect(
      elsewhere.evidence.map(\.finding)
        == [.otherHost(provider: "gmx.net", host: "pop.company.example")])
    // The host is known: it is there that the mail is.
    let hosted = lookup.answer(for: account("pop.1und1.de", "me", ["me@gmx.de"]))
    #expect(hosted.provider?.id == "1und1.de")
    // An old name of the same provider's.
    for (host, address) in [
      ("pop3.gmx.net", "me@gmx.de"), ("pop.verizon.net", "me@verizon.net"),
      ("pop-mail.outlook.com", "me@outlook.com"), ("mail.btinternet.com", "me@talk21.com"),
    ] {
      #expect(!lookup.answer(for: account(host, "me", [address])).imap.isEmpty, "\(host)")
    }
  }

  @Test(arguments: [
    "localhost", "10.0.0.1", "::1", "net", "", "gmx.net.evil.example", "notgmx.net",
  ])
  func `names that only look alike are elsewhere`(_ host: String) {
    #expect(lookup.answer(for: account(host, "me@gmx.net")).imap.isEmpty)
  }

  @Test func `organizations end where names are registered`() {
    let cases: [(String, String?)] = [
      ("pop.gmx.net", "gmx.net"), ("gmx.net", "gmx.net"), ("a.b.co.uk", "b.co.uk"),
      ("mail.biglobe.ne.jp", "biglobe.ne.jp"), ("co.uk", nil), ("pop.free.fr", "free.fr"),
      ("localhost", nil), ("10.0.0.1", nil), ("fe80::1", nil), ("", nil), (".", nil),
    ]
    for (host, organization) in cases {
      #expect(HostName.organization(host) == organization, "\(host)")
    }
  }

  @Test func `POP3 alone proves nothing`() {
    let answer = lookup.answer(forDomain: "nifty.com")
    #expect(answer.verdict == .unknown && answer.imap.isEmpty)
    #expect(answer.evidence.map(\.finding) == [.popOnly(provider: "nifty.com")])
    #expect(answer.evidence.first?.description.contains("which proves nothing") == true)
  }

  @Test func `what nobody knows is unknown, and the evidence says so`() {
    let answer = lookup.answer(for: account("pop.nowhere.example", "me@nowhere.example"))
    #expect(answer.verdict == .unknown)
    #expect(
      answer.evidence.map(\.finding) == [.noEntry, .noEntry]
        && answer.evidence.map(\.match) == [
          .domain("nowhere.example"), .host("pop.nowhere.example"),
        ])
  }

  @Test func `what the user must do is said`() {
    let gmail = lookup.answer(forDomain: "gmail.com")
    #expect(gmail.verdict == .yesWithAction)
    #expect(gmail.actions.map(\.kind) == [.enable, .appPassword])
    #expect(gmail.actions.first?.url?.hasPrefix("https://mail.google.com/") == true)
    #expect(lookup.answer(forDomain: "outlook.com").actions.map(\.kind) == [.oauth2])
    #expect(lookup.answer(forDomain: "web.de").actions.map(\.kind) == [.enable])
    #expect(lookup.answer(forDomain: "posteo.de").actions.isEmpty)
  }

  @Test func `the host with a placeholder is nobody's, and each domain's own`() {
    #expect(lookup.answer(forDomain: "inbox.lt").imap.first?.host == "mail.inbox.lt")
    #expect(lookup.answer(forHost: "%EMAILDOMAIN%").imap.isEmpty)
    #expect(lookup.answer(forHost: "mail.%EMAILDOMAIN%").imap.isEmpty)
    #expect(
      lookup.answer(for: account("mail.inbox.lv", "me@inbox.lv")).imap.first?.host
        == "mail.inbox.lv")
  }

  @Test func `only hosts of incoming servers lead to a provider`() {
    #expect(!lookup.answer(forHost: "imap.1und1.de").imap.isEmpty)
    #expect(lookup.answer(forHost: "smtp.1und1.de").imap.isEmpty)
    let index = ProviderIndex(
      ProviderTable.embedded.providers.map { .init(source: .facts, provider: $0) })
    #expect(index.entries(forHost: "pop.1und1.de").count == 1)
    #expect(index.entries(forHost: "%EMAILDOMAIN%").isEmpty)
  }

  @Test func `names without an organization are not one organization's`() {
    let provider = ProviderFacts(id: "p", domains: ["p.example"], servers: [imap("mail")])
    #expect(provider.owns("mail") && !provider.owns("10.0.0.1") && !provider.owns("other"))
  }

  @Test func `of two entries for a domain the first counts`() {
    let entries = ["a", "b"].map { id in
      ServerFiles.Entry(
        file: id,
        provider: ProviderFacts(id: id, domains: ["p.example"], servers: [imap(id)]))
    }
    let lookup = ProviderLookup(files: ServerFiles(entries: entries))
    #expect(lookup.answer(forDomain: "p.example").provider?.id == "a")
  }

  @Test func `a host of several providers counts where they agree`() {
    func lookup(_ second: String) -> ProviderLookup {
      ProviderLookup(
        table: ProviderTable(
          providers: """
            id\tdomains\timap\tpop3
            a\ta.example\ti:993/SSL/OAuth2/u\tpop.x.example:995/SSL/OAuth2/u
            b\tb.example\t\(second):993/SSL/OAuth2/u\tpop.x.example:995/SSL/OAuth2/u
            """))
    }
    #expect(lookup("i").answer(forHost: "pop.x.example").provider?.id == "a")
    let answer = lookup("j").answer(forHost: "pop.x.example")
    #expect(answer.verdict == .unknown)
    #expect(answer.evidence.map(\.finding) == [.ambiguous(providers: ["a", "b"])])
    // The domain tells which.
    #expect(
      lookup("j").answer(for: account("pop.x.example", "me@b.example")).provider?.id == "b")
    // The embedded ones all agree.
    for host in ["pop.aol.com", "outlook.office365.com"] {
      #expect(!self.lookup.answer(forHost: host).imap.isEmpty)
    }
  }

  @Test func `files of the user's choosing go first, and their word is the last`() {
    let own = ProviderFacts(
      id: "own", domains: ["gmx.de", "company.example"],
      servers: [imap("imap.company.example"), pop("pop.company.example")])
    let popOnly = ProviderFacts(
      id: "old", domains: ["web.de"], servers: [pop("pop3.web.de")])
    let lookup = ProviderLookup(
      files: ServerFiles(entries: [
        .init(file: "/etc/own.xml", provider: own), .init(file: "/etc/old.xml", provider: popOnly),
      ]))
    // Whatever host the account is on: the user says where the domain's mail is.
    let answer = lookup.answer(for: account("pop.elsewhere.example", "me@gmx.de"))
    #expect(answer.imap.map(\.host) == ["imap.company.example"])
    #expect(
      answer.evidence.map(\.description)
        == ["/etc/own.xml lists IMAP for the mail domain gmx.de (own)"])
    #expect(
      lookup.answer(for: account("pop.company.example", "me@hosted.example")).provider?.id == "own")
    #expect(lookup.answer(forDomain: "web.de").verdict == .unknown)
    #expect(lookup.answer(forDomain: "posteo.de").verdict == .yes)
  }

  @Test func `names from files are made printable`() {
    let evidence = Evidence(
      .file("/a\u{1B}[2J"), .domain("x\u{202E}"), .lists(provider: "p\n"))
    #expect(evidence.description.unicodeScalars.allSatisfy { $0.isASCII && $0.value >= 0x20 })
  }
}
