import ConfigFormats
import ProfileRewriter

/// A POP3 server, as it is before a switch. Nothing is fetched or deleted.
struct POP3Test {
  let test: ServiceTest

  func run() {
    guard let client = test.reach(capabilities: Self.offers, POP3Client.init(on:watch:)) else {
      return
    }
    defer { client.quit() }
    let takesUser = client.capabilities.isEmpty || client.offers("USER")
    let isIn = test.logIn(mechanisms: client.mechanisms, takesPlainLogin: takesUser) {
      (user, password, allowsCleartext) throws(IMAPFailure) in
      try client.login(user, password, allowsCleartext: allowsCleartext)
      return client.mechanisms.contains("PLAIN") ? "PLAIN" : "USER"
    }
    guard isIn else { return }
    test.measure(.messages) { () throws(IMAPFailure) in
      try Self.finding(try client.status(), try client.uniqueIDs())
    }
  }

  private static func offers(_ client: POP3Client) -> Finding {
    let shown = ["UIDL", "TOP", "PIPELINING"].filter(client.offers)
    return Finding(
      shown.isEmpty ? "POP3 answers" : "offers \(shown.joined(separator: ", "))",
      [TestFact("offered", .texts(client.capabilities))])
  }

  private static func finding(_ status: (messages: Int, bytes: Int), _ ids: [[UInt8]]?)
    throws(IMAPFailure) -> Finding
  {
    let facts = [
      TestFact("messages", .number(status.messages)), TestFact("bytes", .number(status.bytes)),
      TestFact("unique_ids", .number(ids.map { Set($0).count } ?? 0)),
    ]
    let shown = "\(status.messages) message\(status.messages == 1 ? "" : "s") on the server"
    guard let ids else {
      return Finding(
        .warning, .noUniqueIDs,
        "\(shown); it has no UIDL, so no client can leave mail there and know it again", facts)
    }
    guard ids.count == status.messages, Set(ids).count == ids.count, !ids.contains([]) else {
      return Finding(
        .warning, .noUniqueIDs,
        "\(shown) with \(Set(ids).count) unique ids, so clients may fetch some twice or never",
        facts)
    }
    return Finding("\(shown), each with a unique id", facts)
  }
}
