import Autoconfig
import Foundation
import ProfileRewriter
import Testing

@testable import MailCheck

/// What is found out by asking real servers.
@Suite struct OnlineCheckTests {
  private let lab: Lab

  init() throws { lab = try Lab.shared() }

  private func evidence(
    _ answer: CheckAnswer, _ source: CheckEvidence.Source, about asked: String? = nil
  ) -> CheckEvidence? {
    answer.evidence.last { $0.source == source && (asked.map($0.asked.contains) ?? true) }
  }

  private func account(_ host: String, _ user: String, _ addresses: [String] = []) -> CheckSubject {
    let settings = ServerSettings(
      host: host, port: 995, security: .tls, auth: .passwordCleartext, username: user)
    return .account(
      Account(
        key: "account1", kind: .pop3, settings: settings, state: .ready, addresses: addresses))
  }

  // MARK: Autoconfig files

  @Test(arguments: ["files.test", "wellknown.test", "moved.test", "bücher.test"])
  func `a file of the domain answers`(_ domain: String) throws {
    let answer = try lab.check("alice@" + domain)
    #expect(answer.verdict == .yes, "\(answer.evidence)")
    #expect(
      answer.imap
        == ServerSettings(
          host: "imap.files.test", port: 993, security: .tls, auth: .passwordCleartext,
          username: "alice"))
    let last = try #require(answer.evidence.last)
    #expect(last.source == .server && last.outcome == .imap)
    #expect(evidence(answer, .autoconfig)?.outcome == .imap)
  }

  @Test(arguments: [
    ("html.test", CheckEvidence.Outcome.nothing, "text/html"),
    ("downgrade.test", .failed, "not https"), ("loop.test", .failed, "more than 3"),
    ("endless.test", .failed, "more than 262144"), ("bomb.test", .failed, ""),
    ("laughs.test", .failed, "document type"), ("broken.test", .failed, "line 1"),
    ("nobody.test", .failed, "no such name"),
  ])
  func `a file that cannot be used is said`(
    _ domain: String, _ outcome: CheckEvidence.Outcome, _ words: String
  ) throws {
    let answer = try lab.check(domain)
    #expect(answer.verdict == .unknown && answer.imap == nil)
    let file = try #require(evidence(answer, .autoconfig, about: "autoconfig." + domain))
    #expect(file.outcome == outcome, "\(file)")
    #expect(words.isEmpty || file.text.contains(words), "\(file)")
    let asked = Set(answer.evidence.map(\.source))
    #expect(asked.isSuperset(of: [.autoconfig, .srv, .mx, .server]))
  }

  /// A listing without IMAP, or of a server that is not there, is not the end.
  @Test func `the next source is asked`() throws {
    let pop = try lab.check("poponly.test")
    #expect(
      evidence(pop, .autoconfig, about: "autoconfig.poponly")?.text.contains("POP3 only") == true)
    #expect(pop.imap?.host == "imap.provider.test", "\(pop.evidence)")
    let dead = try lab.check("dead.test")
    #expect(evidence(dead, .autoconfig, about: "autoconfig.dead")?.outcome == .imap)
    #expect(evidence(dead, .server, about: "imap.dead.test:993")?.outcome == .failed)
    #expect(dead.verdict == .yes)
    #expect(dead.imap?.host == "mail.dead.test", "\(dead.evidence)")
    let plain = try lab.check("plainonly.test")
    #expect(plain.verdict == .unknown)
    #expect(plain.evidence.contains { $0.text.contains("without TLS") })
  }

  @Test func `what the provider wants first is said`() throws {
    let answer = try lab.check("enable.test")
    #expect(answer.verdict == .yesWithAction)
    #expect(answer.actions.map(\.kind) == [.enable])
    #expect(answer.actions.first?.url == "https://enable.test/")
  }

  /// The address goes to its domain's autoconfig host, if that wants it, and nowhere else.
  @Test func `the address is sent only where it is wanted`() throws {
    let mark = "mark\(UUID().uuidString.prefix(8).lowercased())"
    let name = "\(mark).a+b"
    #expect(try lab.check("picky.test").verdict == .unknown)
    let answer = try lab.check(name + "@picky.test")
    #expect(answer.verdict == .yes, "\(answer.evidence)")
    #expect(answer.imap?.username == name)
    for domain in ["files.test", "html.test", "wellknown.test", "nobody.test", "mx.test"] {
      _ = try lab.check(name + "@" + domain)
    }
    // An account's addresses are the profile's, not what somebody asked with.
    _ = try lab.check(account("pop.old.test", name + "@picky.test"))
    #expect(try awaited(1) { try lab.web.asked().count { $0.contains(mark) } } == 1)
    #expect(
      try lab.web.asked().filter { $0.contains(mark) } == [
        "autoconfig.picky.test /mail/config-v1.1.xml?emailaddress=\(mark).a%2Bb%40picky.test"
      ])
  }

  @Test func `a database is asked only if named`() throws {
    #expect(try lab.check("listed.test").verdict == .unknown)
    for url in ["https://ispdb.test/v1.1/", "https://ispdb.test/v1.1/{{domain}}"] {
      let answer = try lab.check("listed.test", database: url)
      #expect(answer.verdict == .yes, "\(answer.evidence)")
      #expect(evidence(answer, .ispdb)?.asked == "https://ispdb.test/v1.1/listed.test")
    }
  }

  // MARK: What is known

  /// The user's files and the facts stand; that the server is there today is evidence beside them.
  @Test(arguments: [("imap.srv.test", CheckEvidence.Outcome.imap), ("imap.dead.test", .failed)])
  func `what is known stands and is looked at`(_ host: String, _ outcome: CheckEvidence.Outcome)
    throws
  {
    let offer = ServerOffer(
      kind: .imap, host: host, port: 993, security: .tls, auth: [.passwordCleartext],
      username: "%EMAILADDRESS%")
    let provider = ProviderFacts(id: "known.test", domains: ["known.test"], servers: [offer])
    let files = ServerFiles(entries: [.init(file: "/f", provider: provider)])
    let check = OnlineCheck(
      lookup: ProviderLookup(files: files), settings: OnlineSettings(route: lab.route))
    let answer = check.check(try #require(CheckSubject("me@known.test")))
    #expect(answer.verdict == .yes)
    #expect(answer.imap?.host == host)
    #expect(answer.evidence.map(\.source) == [.file, .server])
    #expect(answer.evidence.last?.outcome == outcome)
  }

  // MARK: The DNS

  /// The first target is not there; the second is taken.
  @Test func `service records are followed in their order`() throws {
    let answer = try lab.check("alice@srv.test")
    #expect(answer.verdict == .yes, "\(answer.evidence)")
    #expect(answer.imap?.host == "imap.srv.test")
    #expect(answer.imap?.username == "alice@srv.test")
    let servers = answer.evidence.filter { $0.source == .server }.map(\.asked)
    #expect(servers == ["imap.dead.test:993", "imap.srv.test:993"])
  }

  @Test func `a target outside of the domain is to be confirmed`() throws {
    let answer = try lab.check("outside.test")
    #expect(answer.verdict == .yesWithAction)
    #expect(answer.actions.map(\.kind) == [.confirmServer])
    #expect(answer.imap?.host == "imap.provider.test")
    #expect(evidence(answer, .srv, about: "_imaps")?.text.contains("outside of") == true)
  }

  @Test func `a service that is denied is a no`() throws {
    let answer = try lab.check("alice@none.test")
    #expect(answer.verdict == .no && answer.imap == nil)
    #expect(answer.evidence.suffix(2).map(\.outcome) == [.noIMAP, .noIMAP])
    #expect(try lab.check("onlyplain.test").verdict == .no)
  }

  /// One of the two services is denied, and the other is there, or no answer came about it.
  @Test func `half a denial is none`() throws {
    let half = try lab.check("half.test")
    #expect(half.verdict == .yes, "\(half.evidence)")
    #expect(half.imap?.security == .starttls)
    #expect(half.imap?.port == 143)
    let mixed = try lab.check("mixed.test")
    #expect(mixed.verdict == .unknown)
    #expect(evidence(mixed, .srv, about: "_imaps")?.outcome == .failed, "\(mixed.evidence)")
  }

  @Test func `a name server that fails proves nothing`() throws {
    let answer = try lab.check("fail.test")
    #expect(answer.verdict == .unknown)
    let services = answer.evidence.filter { $0.source == .srv }
    #expect(services.map(\.outcome) == [.failed, .failed], "\(services)")
    #expect(evidence(answer, .mx)?.outcome == .failed)
  }

  @Test func `a target that is no host is passed over`() throws {
    let answer = try lab.check("odd.test")
    #expect(answer.verdict == .unknown)
    #expect(answer.evidence.contains { $0.text.contains("is no host name") }, "\(answer.evidence)")
  }

  /// The best exchanger's domain has a file; only the DNS leads there.
  @Test func `the mail exchanger's provider answers`() throws {
    let answer = try lab.check("alice@mx.test")
    #expect(answer.imap?.host == "imap.provider.test", "\(answer.evidence)")
    #expect(answer.verdict == .yesWithAction)
    #expect(answer.actions.map(\.kind) == [.confirmServer])
    #expect(evidence(answer, .mx)?.text.contains("mx1.provider.test") == true)
    #expect(evidence(answer, .autoconfig)?.asked.contains("autoconfig.provider.test") == true)
  }

  @Test func `the facts know the mail exchanger's provider`() throws {
    let answer = try lab.check("hosted.test")
    #expect(
      answer.evidence.contains { $0.source == .facts && $0.asked == "kundenserver.de" },
      "\(answer.evidence)")
  }

  @Test func `a domain without mail is unknown`() throws {
    let answer = try lab.check("nullmx.test")
    #expect(answer.verdict == .unknown)
    #expect(evidence(answer, .mx)?.text.contains("takes no mail") == true)
  }

  // MARK: Mail servers

  @Test func `the usual names are tried`() throws {
    let implicit = try lab.check("guess.test")
    #expect(implicit.verdict == .yes && implicit.imap?.port == 993)
    #expect(implicit.imap?.username == "%EMAILADDRESS%")
    let upgraded = try lab.check("guess143.test")
    #expect(upgraded.verdict == .yes, "\(upgraded.evidence)")
    #expect(upgraded.imap?.security == .starttls)
    #expect(upgraded.evidence.last?.text.contains("without TLS it takes no password") == true)
  }

  @Test(arguments: [
    ("wrongname.test", "is for other.invalid"), ("expired.test", "has expired"),
    ("notls.test", "offers no STARTTLS"),
  ])
  func `a server that cannot be trusted is no answer`(_ domain: String, _ words: String) throws {
    let answer = try lab.check(domain)
    #expect(answer.verdict == .unknown && answer.imap == nil)
    let servers = answer.evidence.filter { $0.asked.hasPrefix("imap." + domain) }
    #expect(servers.map(\.asked) == ["imap.\(domain):993", "imap.\(domain):143"])
    #expect(servers.last?.text.contains(words) == true, "\(servers)")
  }

  @Test func `without its authority nothing is believed`() throws {
    let answer = try lab.check("guess.test") { $0.authorities = nil }
    #expect(answer.verdict == .unknown)
    #expect(evidence(answer, .server, about: "imap.")?.text.contains("does not trust") == true)
    let file = try lab.check("files.test") { $0.authorities = nil }
    #expect(file.verdict == .unknown)
    #expect(evidence(file, .autoconfig, about: "autoconfig.")?.outcome == .failed)
  }

  /// An account's present server is tried, and its user name kept.
  @Test func `the present server may offer it`() throws {
    let answer = try lab.check(account("pop.old.test", "al"))
    #expect(answer.imap?.host == "pop.old.test", "\(answer.evidence)")
    #expect(answer.imap?.username == "al")
  }

  /// Who writes as somebody of a domain may have the password of another provider.
  @Test func `another provider's file is to be confirmed`() throws {
    let answer = try lab.check(account("pop.company.test", "alice", ["alice@files.test"]))
    #expect(answer.verdict == .yesWithAction)
    #expect(answer.actions.map(\.kind) == [.confirmServer])
  }

  // MARK: Time

  @Test func `a subject has its time and no more`() throws {
    let start = Date()
    let answer = try lab.check("slow.test", patience: 1.5)
    #expect(Date().timeIntervalSince(start) < 20)
    #expect(answer.verdict == .unknown)
    #expect(answer.evidence.last?.text.contains("is over") == true, "\(answer.evidence)")
  }

  @Test func `a name server that is silent ends in time`() throws {
    let silent = try SilentPort()
    let start = Date()
    let answer = try lab.check("files.test", patience: 2) { $0.resolver = silent.address }
    #expect(Date().timeIntervalSince(start) < 20)
    #expect(answer.verdict == .unknown)
    #expect(answer.evidence.contains { $0.outcome == .failed })
  }

  /// Hundreds of one domain are one question, and the answers come in order.
  @Test func `many subjects of a domain are one question`() throws {
    let names = (0..<300).map { _ in "many.test" } + ["files.test"]
    let subjects = try names.map { try #require(CheckSubject($0)) }
    var order: [Int] = []
    var answers: [CheckAnswer] = []
    OnlineCheck(settings: OnlineSettings(route: lab.route)).check(subjects) { index, answer in
      order.append(index)
      answers.append(answer)
    }
    #expect(order == Array(subjects.indices))
    #expect(answers.map(\.verdict) == (0..<300).map { _ in .unknown } + [.yes])
    #expect(
      try awaited(1) { try lab.web.asked().count { $0.hasPrefix("autoconfig.many.test ") } } == 1)
  }
}
