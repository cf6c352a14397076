import ProfileRewriter
import Testing

@testable import Autoconfig

@Suite struct CheckTests {
  private let lookup = ProviderLookup()

  private func check(_ text: String, _ lookup: ProviderLookup = ProviderLookup()) throws
    -> CheckAnswer
  {
    lookup.check(try #require(CheckSubject(text)))
  }

  @Test(arguments: [
    ("alice@example.net", "alice@example.net", ["example.net"], nil as String?),
    ("  a+b.c@Example.Net\t", "a+b.c@Example.Net", ["example.net"], nil),
    ("pop.example.net.", "pop.example.net", ["pop.example.net"], "pop.example.net"),
    ("xn--bcher-kva.example", "bücher.example", ["xn--bcher-kva.example"], "xn--bcher-kva.example"),
  ])
  func `subjects are read`(
    _ text: String, _ shown: String, _ domains: [String], _ host: String?
  ) throws {
    let subject = try #require(CheckSubject(text))
    #expect(subject.text == shown)
    #expect(subject.domains.map(\.ascii) == domains)
    #expect(subject.host?.ascii == host)
  }

  @Test(arguments: [
    "", "@example.net", "alice@", "a b@example.net", "a@b@example.net", "a\u{1b}@example.net",
    "192.0.2.1", "https://example.net", "-",
  ])
  func `what is no subject is none`(_ text: String) { #expect(CheckSubject(text) == nil) }

  @Test func `an address gets its own user name`() throws {
    let answer = try check("alice@gmx.de")
    #expect(answer.verdict == .yesWithAction)
    #expect(
      answer.imap
        == ServerSettings(
          host: "imap.gmx.net", port: 993, security: .tls, auth: .passwordCleartext,
          username: "alice@gmx.de"))
    #expect(answer.actions.map(\.kind) == [.enable])
    #expect(answer.evidence.map(\.source) == [.facts])
    #expect(answer.evidence.map(\.outcome) == [.imap])
    #expect(answer.evidence.map(\.asked) == ["gmx.de"])
  }

  /// A server's name leads to its provider, and a domain's pattern stays a pattern.
  @Test func `a name may be a host`() throws {
    let answer = try check("pop.1und1.de")
    #expect(answer.verdict == .yes)
    #expect(answer.imap?.host == "imap.1und1.de")
    #expect(answer.imap?.username == "%EMAILADDRESS%")
    #expect(answer.evidence.last?.text.contains("server pop.1und1.de") == true)
  }

  /// The server's own domain is not the users'.
  @Test func `a host does not stand for the mail domain`() throws {
    let provider = ProviderFacts(
      id: "p", domains: ["p.example"],
      servers: [pop("pop.p.example"), imap("imap.%EMAILDOMAIN%")])
    let lookup = ProviderLookup(
      files: ServerFiles(entries: [.init(file: "/f", provider: provider)]))
    #expect(try check("pop.p.example", lookup).imap?.host == "imap.%EMAILDOMAIN%")
    #expect(try check("p.example", lookup).imap?.host == "imap.p.example")
  }

  @Test(arguments: ["nifty.com", "nobody.example"])
  func `what is not listed, or with POP alone, is unknown`(_ domain: String) throws {
    let answer = try check("me@" + domain)
    #expect(answer.verdict == .unknown && answer.imap == nil)
    #expect(answer.evidence.map(\.outcome) == [.nothing])
  }

  @Test func `OAuth2 alone is something to do first`() throws {
    let answer = try check("me@outlook.com")
    #expect(answer.verdict == .yesWithAction)
    #expect(answer.imap?.auth == .oauth2)
    #expect(answer.actions.map(\.kind) == [.oauth2])
  }

  /// For an account what `plan` takes: it signs in as it does now.
  @Test func `an account gets what plan gives it`() throws {
    let mine = account("pop.gmx.net", "me@gmx.de", auth: .passwordEncrypted)
    let answer = lookup.check(.account(mine))
    #expect(answer.imap == (try ProviderSettings(lookup: lookup).settings(for: mine)))
    let old = account("pop-mail.outlook.com", "me@outlook.com")
    #expect(throws: Refusal.self) { try ProviderSettings(lookup: lookup).settings(for: old) }
    #expect(lookup.check(.account(old)).imap?.auth == .oauth2)
  }

  @Test func `files in either form answer for internationalised domains`() throws {
    for spelling in ["bücher.example", "XN--BCHER-KVA.example", "BÜCHER.example"] {
      let file = """
        <clientConfig><emailProvider id="b.example"><domain>\(spelling)</domain>
        <incomingServer type="imap"><hostname>imap.b.example</hostname><port>993</port>
        <socketType>SSL</socketType><username>%EMAILADDRESS%</username>
        <authentication>password-cleartext</authentication></incomingServer>
        </emailProvider></clientConfig>
        """
      let entries = try ClientConfigFile.read(Array(file.utf8), name: "f").map {
        ServerFiles.Entry(file: "/f", provider: $0)
      }
      let lookup = ProviderLookup(files: ServerFiles(entries: entries))
      for asked in ["bücher.example", "me@Bücher.Example", "xn--bcher-kva.example"] {
        #expect(try check(asked, lookup).verdict == .yes, "\(spelling) \(asked)")
      }
      let mine = account("pop.b.example", "me", ["me@bücher.example"])
      #expect(lookup.check(.account(mine)).verdict == .yes)
    }
  }

  @Test func `the summary counts what a replacement would have broken`() throws {
    var summary = CheckSummary()
    for (host, user) in [
      ("pop.gmx.net", "a@gmx.de"), ("pop3.web.de", "a@web.de"), ("pop.nobody.example", "a"),
    ] {
      let subject = CheckSubject.account(account(host, user))
      summary.add(lookup.check(subject), for: subject)
    }
    var current = account("imap.gmx.net", "b@gmx.de")
    current.kind = .imap
    summary.add(lookup.check(.account(current)), for: .account(current))
    let address = try #require(CheckSubject("a@web.de"))
    summary.add(lookup.check(address), for: address)
    #expect(summary.subjects == 5)
    #expect(summary[.unknown] == 1 && summary[.yesWithAction] == 4)
    #expect(summary.compared == 2)
    #expect(summary.replacementWrong == 1, "pop3.web.de would have become imap3.web.de")
  }
}
