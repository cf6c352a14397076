import ConfigFormats
import ProfileRewriter

/// An IMAP server, from its name to its quota, and on wish a folder made and removed.
struct IMAPTest {
  let test: ServiceTest

  func run() {
    guard let client = test.reach(capabilities: Self.offers, IMAPClient.init(on:watch:)) else {
      return
    }
    defer { client.logout() }
    guard logIn(client) else { return }
    var namespace: IMAPNamespace?
    let isUp =
      test.measure(.namespace) { () throws(IMAPFailure) in
        namespace = try client.personalNamespaces().first
        let prefix = test.service.pathPrefix
        return Self.finding(namespace, prefix, prefix == nil ? [] : try client.folders())
      }
      && test.measure(.folders) { () throws(IMAPFailure) in Self.finding(try client.folders()) }
      && test.measure(.inbox) { () throws(IMAPFailure) in
        Self.finding(try client.status(of: "INBOX"))
      }
      && test.measure(.quota) { () throws(IMAPFailure) in
        Self.finding(try client.quotas(of: "INBOX"))
      }
    guard isUp, test.settings.isDeep else { return }
    DeepTest(test: test, first: client, prefix: namespace?.prefix ?? "").run()
  }

  private func logIn(_ client: IMAPClient) -> Bool {
    test.logIn(
      mechanisms: client.mechanisms, takesPlainLogin: !client.offers("LOGINDISABLED")
    ) { (user, password, allowsCleartext) throws(IMAPFailure) in
      let way = client.offers("AUTH=PLAIN") ? "PLAIN" : "LOGIN"
      try client.login(user, password, allowsCleartext: allowsCleartext)
      return way
    }
  }

  // MARK: Findings

  private static func offers(_ client: IMAPClient) -> Finding {
    let known = [
      "IDLE", "UIDPLUS", "MOVE", "NAMESPACE", "SPECIAL-USE", "QUOTA", "LITERAL+", "CONDSTORE",
    ]
    let shown = known.filter(client.offers)
    return Finding(
      shown.isEmpty ? "IMAP answers" : "offers \(shown.joined(separator: ", "))",
      [TestFact("offered", .texts(client.capabilities))])
  }

  /// Where folders lie, beside where the client would look for them.
  private static func finding(
    _ namespace: IMAPNamespace?, _ configured: String?, _ folders: [IMAPFolder]
  ) -> Finding {
    let prefix = namespace?.prefix ?? ""
    let delimiter = namespace?.delimiter ?? folders.first?.delimiter
    let advised = PathPrefix.advised(prefix, delimiter)
    let facts = [
      TestFact("prefix", .text(namespace?.prefix)), TestFact("delimiter", .text(delimiter)),
      TestFact("path_prefix", .text(advised)),
    ]
    if let configured {
      guard PathPrefix.leads(configured, to: folders, delimiter) else {
        return Finding(
          .failed, .prefixWrong,
          "nothing on the server lies below \(configured.printable), and a client set to it may show "
            + "the inbox alone: "
            + (advised.map { "use --path-prefix \($0.printable)" } ?? "leave it out"),
          facts)
      }
      return Finding("folders lie below \(configured.printable)", facts)
    }
    guard let advised else { return Finding("folders stand beside the inbox", facts) }
    return Finding(
      .warning, .prefixMissing,
      "the server keeps all folders below \(prefix.printable): --path-prefix \(advised.printable) makes "
        + "clients show them beside the inbox, else they stand below it", facts)
  }

  private static func finding(_ folders: [IMAPFolder]) -> Finding {
    let uses = folders.compactMap { folder in
      folder.specialUse.map { (use: String($0.dropFirst()), name: folder.name) }
    }
    let facts =
      [TestFact("folders", .number(folders.count))]
      + uses.map { TestFact("special_use_" + $0.use, .text($0.name)) }
    let count = "\(folders.count) folder\(folders.count == 1 ? "" : "s")"
    guard !uses.isEmpty else {
      return Finding(
        .warning, .noSpecialUse,
        "\(count); the server does not say which are for sent mail, drafts, trash and junk: clients go by "
          + "names", facts)
    }
    let shown = uses.map { "\($0.use) is \($0.name.printable)" }.joined(separator: ", ")
    return Finding("\(count); \(shown)", facts)
  }

  private static func finding(_ status: [String: UInt64]) -> Finding {
    let messages = Int(status["MESSAGES"] ?? 0)
    var facts = [TestFact("messages", .number(messages))]
    if let next = status["UIDNEXT"] { facts.append(TestFact("uidnext", .number(Int(next)))) }
    if let validity = status["UIDVALIDITY"] {
      facts.append(TestFact("uidvalidity", .number(Int(validity))))
    }
    return Finding("\(messages) message\(messages == 1 ? "" : "s")", facts)
  }

  /// Above this share somebody should tidy up, or ask for more.
  private static let nearlyFull = 0.9

  private static func finding(_ quotas: [IMAPQuota]?) -> Finding {
    guard let quotas else {
      return Finding(.skipped, .quotaUnknown, "the server does not tell how much room there is")
    }
    let resources = quotas.flatMap(\.resources)
    guard let tightest = resources.max(by: { $0.share < $1.share }) else {
      return Finding("no limit")
    }
    var facts: [TestFact] = []
    for resource in resources {
      let name = resource.name.lowercased()
      facts.append(TestFact(name + "_used", .number(Int(clamping: resource.used))))
      facts.append(TestFact(name + "_limit", .number(Int(clamping: resource.limit))))
    }
    let shown = resources.map(shown).joined(separator: ", ")
    if tightest.share >= 1 {
      return Finding(
        .failed, .quotaFull,
        "\(shown): the mailbox is full, and nothing comes in or can be put there; make room first",
        facts)
    }
    if tightest.share >= nearlyFull {
      return Finding(.warning, .quotaNearlyFull, "\(shown): nearly full", facts)
    }
    return Finding(shown, facts)
  }

  private static func shown(_ resource: IMAPQuota.Resource) -> String {
    switch resource.name {
    case "STORAGE":
      "\(size(resource.used)) of \(size(resource.limit)) used"
    case "MESSAGE": "\(resource.used) of \(resource.limit) messages"
    default: "\(resource.used) of \(resource.limit) \(resource.name.printable)"
    }
  }

  private static func size(_ kibibytes: UInt64) -> String {
    switch kibibytes {
    case 0..<10_000: "\(kibibytes) KiB"
    case 0..<(10_000 << 10): "\(kibibytes >> 10) MiB"
    default: "\(kibibytes >> 20) GiB"
    }
  }
}

extension IMAPClient {
  /// Ways to sign in by AUTHENTICATE, in upper case.
  var mechanisms: [String] {
    capabilities.filter { $0.hasPrefix("AUTH=") }.map { String($0.dropFirst(5)) }
  }
}
