import Testing

@testable import Autoconfig

@Suite struct TextReplacementTests {
  @Test(arguments: [
    ("pop.example.net", ["imap.example.net"], false),
    ("POP.example.net.", ["imap.Example.net"], false),
    ("pop3.example.net", ["imap.example.net"], true),
    ("mail.example.net", ["mail.example.net"], false),
    ("mail.example.net", ["imap.example.net"], true),
    // The name stays, and the replacement breaks it.
    ("pop.example.net", ["pop.example.net"], true),
    ("pop.example.net", ["other.example.net", "imap.example.net"], false),
    ("pop.pop.example.net", ["imap.pop.example.net"], false),
    ("pop.example.net", [], false),
  ])
  func `what the replacement gives is compared with all hosts`(
    _ pop: String, _ imap: [String], _ isWrong: Bool
  ) {
    #expect(TextReplacement.isWrong(popHost: pop, imap: imap) == isWrong)
  }

  /// The figure that docs/providers.md gives: a third.
  @Test func `of the providers with both it is wrong for a third`() {
    let both = ProviderTable.embedded.providers.filter {
      !$0.servers(.imap).isEmpty && !$0.servers(.pop3).isEmpty
    }
    let wrong = both.count { provider in
      TextReplacement.isWrong(
        popHost: provider.servers(.pop3)[0].host, imap: provider.servers(.imap).map(\.host))
    }
    #expect(both.count == 103 && wrong == 31, "\(wrong) of \(both.count)")
  }
}
