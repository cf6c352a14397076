import Testing

@testable import ConfigFormats

@Suite struct FilterRulesTests {
  // Written by Thunderbird 153.
  static let real = """
    version="9"
    logging="no"
    name="to Projekte"
    enabled="yes"
    type="17"
    action="AddTag"
    actionValue="$label2"
    action="Move to folder"
    actionValue="mailbox://alice%40lab.test@pop.lab.test/Projekte%20%C3%9C"
    condition="AND (subject,contains,plain subject)"
    name="copy to local ü"
    enabled="no"
    type="17"
    action="Mark read"
    condition="AND (subject,contains,x\\y\\\\"z)"

    """
  static let stop = FilterRule(
    name: "Old mail", type: 1, actions: [.init("Stop execution")],
    condition: "AND (date,is before,23-Nov-2026)")
  static let stopText =
    "name=\"Old mail\"\nenabled=\"yes\"\ntype=\"1\"\naction=\"Stop execution\"\ncondition=\"AND (date,is before,23-Nov-2026)\"\n"

  private func inserting(_ before: String) throws -> String {
    let document = try FilterRulesDocument(parsing: utf8(before))
    return text(try document.source.applying(document.edits(insertingFirst: Self.stop)))
  }

  @Test func `rules are read`() throws {
    let document = try FilterRulesDocument(parsing: utf8(Self.real))
    #expect(document.fault == nil)
    #expect(
      document.rules == [
        FilterRule(
          name: "to Projekte",
          actions: [
            .init("AddTag", "$label2"),
            .init("Move to folder", "mailbox://alice%40lab.test@pop.lab.test/Projekte%20%C3%9C"),
          ],
          condition: "AND (subject,contains,plain subject)"),
        FilterRule(
          name: "copy to local ü", isEnabled: false, actions: [.init("Mark read")],
          condition: #"AND (subject,contains,x\y\"z)"#),
      ])
    #expect(document.keys(withPrefix: "") == ["to Projekte", "copy to local ü"])
    #expect(document.keys(withPrefix: "to") == ["to Projekte"])
    #expect(document.range(ofRuleAt: 1)?.upperBound == document.source.bytes.count)
  }

  @Test func `a rule is put in front of the first`() throws {
    #expect(
      try inserting(Self.real)
        == Self.real.replacing("name=\"to P", with: Self.stopText + "name=\"to P"))
    let crlf = Self.real.replacing("\n", with: "\r\n")
    #expect(
      try inserting(crlf)
        == crlf.replacing(
          "name=\"to P", with: Self.stopText.replacing("\n", with: "\r\n") + "name=\"to P"))
    #expect(
      try inserting("version=\"9\"\nlogging=\"no\"\n") == "version=\"9\"\nlogging=\"no\"\n"
        + Self.stopText)
    #expect(
      try inserting("version=\"9\"\nlogging=\"no\"") == "version=\"9\"\nlogging=\"no\"\n"
        + Self.stopText.dropLast())
    #expect(
      try inserting("\u{FEFF}version=\"9\" name=\"x\"\n")
        == "\u{FEFF}version=\"9\" \(Self.stopText)name=\"x\"\n")
    #expect(throws: KeyedDocumentError.noSuchPlace(key: "Old mail")) { try inserting("") }
  }

  @Test func `and found and taken away by its name`() throws {
    let document = try FilterRulesDocument(parsing: utf8(try inserting(Self.real)))
    #expect(text(document.value(forKey: "Old mail")) == Self.stopText)
    #expect(try document.setting("Old mail", to: nil) == Self.real)
    let real = try FilterRulesDocument(parsing: utf8(Self.real))
    #expect(try real.setting("Old mail", to: Self.stopText) == text(document.source.bytes))
    #expect(try document.edits(setting: "Old mail", to: utf8(Self.stopText)).isEmpty)
    #expect(
      try document.setting("Old mail", to: Self.stopText.replacing("23-", with: "24-"))
        == text(document.source.bytes).replacing("23-", with: "24-"))
    #expect(try real.edits(setting: "nope", to: nil).isEmpty)
    #expect(throws: KeyedDocumentError.notExpressible(key: "other")) {
      try real.edits(setting: "other", to: utf8(Self.stopText))
    }
    #expect(throws: KeyedDocumentError.notExpressible(key: "Old mail")) {
      try real.edits(setting: "Old mail", to: utf8("x"))
    }
    #expect(throws: KeyedDocumentError.notExpressible(key: "Old mail")) {
      try real.edits(setting: "Old mail", to: utf8(Self.stopText + Self.stopText))
    }
    #expect(throws: KeyedDocumentError.notAList(key: "x")) {
      try real.edits(removing: [], fromListAt: "x")
    }
  }

  @Test func `rules of one name are told apart`() throws {
    let twice = Self.real.replacing("copy to local ü", with: "to Projekte")
    let document = try FilterRulesDocument(parsing: utf8(twice))
    #expect(document.keys(withPrefix: "") == ["to Projekte", "to Projekte#2"])
    let after = try document.setting("to Projekte#2", to: nil)
    #expect(try FilterRulesDocument(parsing: utf8(after)).rules.count == 1)
    #expect(twice.hasPrefix(after))
  }

  // What Thunderbird 153 made of each was asked with the client.
  @Test(arguments: [
    (#""to \"Pro\\jek\te\\"\#n"#, #"to "Pro\jek\te\""#), (#""b\n" "#, #"b\n"#),
    (#""open\#n"#, "open"),
    (#""q\"q""#, #"q"q"#), (#""bs\\"q""#, #"bs\"q"#), (#""""#, ""),
  ]) func `escapes as the client reads them`(literal: String, value: String) {
    #expect(text(FilterSpelling.value(in: utf8(literal), from: 0).bytes) == value)
  }

  @Test func `what is written is read back, or refused`() {
    var random = SeededGenerator(seed: 3)
    var refused = 0
    for _ in 0..<5_000 {
      let value = (0..<random.below(8)).map { _ in
        random.pick([34, 34, 92, 92, 97, 0xE9, 10]) as UInt8
      }
      guard FilterSpelling.isExpressible(value) else {
        refused += 1
        #expect(value.contains(10) || value.last == 92)
        continue
      }
      let line = FilterSpelling.line("name", value) + [10]
      let read = FilterSpelling.value(in: line, from: 5)
      #expect(read.bytes == value && read.isClosed && read.end == line.count - 1)
    }
    #expect(refused > 500 && refused < 4_500)
    let rule = FilterRule(name: "a\nb", actions: [], condition: "")
    #expect(throws: KeyedDocumentError.notExpressible(key: "a\nb")) {
      try FilterRulesDocument(parsing: utf8("version=\"9\"\n")).edits(insertingFirst: rule)
    }
  }

  @Test func `what the client tolerates is kept`() throws {
    let odd = Self.real.replacing("type=\"17\"\n", with: "\n \tunknown=\"1\"\n type=\"17\" ")
      .replacing("logging=\"no\"\n", with: "logging=\"no\"\nenabled=\"no\"\naction=\"Mark read\"\n")
    let document = try FilterRulesDocument(parsing: utf8(odd))
    #expect(document.fault == nil)
    #expect(document.rules == (try FilterRulesDocument(parsing: utf8(Self.real)).rules))
    #expect(document.hasUnknownAttributes(inRuleAt: 0))
    #expect(try inserting(odd) == odd.replacing("name=\"to P", with: Self.stopText + "name=\"to P"))
  }

  @Test func `what makes the client drop the file is named`() throws {
    let document = try FilterRulesDocument(
      parsing: utf8(Self.real.replacing("name=\"copy", with: "garbage\nname=\"copy")))
    #expect(document.rules.count == 2)
    #expect(
      document.fault?.description == """
        line 11, column 1: an attribute without a quoted value; expected an opening quote, without which Thunderbird reads none of the filters
        garbage
        ^
        """)
    #expect(
      try FilterRulesDocument(
        parsing: utf8(Self.real.replacing("enabled=\"yes\"", with: "enabled=yes"))
      ).fault?.position.line == 4)
    #expect(throws: SyntaxError.self) { try FilterRulesDocument(parsing: utf8("name=\"x\"\n")) }
    #expect(throws: SyntaxError.self) {
      try FilterRulesDocument(parsing: utf8("name=\"x\"\nversion=\"9\"\n"))
    }
  }

  @Test func `random mutations never crash and edits keep the laws`() throws {
    var random = SeededGenerator(seed: 4)
    var edited = 0
    for _ in 0..<5_000 {
      let bytes = random.mutating(
        utf8(random.chance(50) ? Self.real : Self.real.replacing("\n", with: "\r\n")))
      guard let document = try? FilterRulesDocument(parsing: bytes) else { continue }
      #expect(document.source.bytes == bytes)
      guard document.fault == nil, let edits = try? document.edits(insertingFirst: Self.stop) else {
        continue
      }
      edited += 1
      let result = try document.source.applying(edits)
      #expect(editLawViolations(document.source, edits, result: result).isEmpty)
      let after = try FilterRulesDocument(parsing: result)
      #expect(after.rules.first == Self.stop, "\(PrintableText.escaping(bytes))")
      #expect(Array(after.rules.dropFirst()) == document.rules)
      for key in document.keys(withPrefix: "") {
        let removal = try document.edits(setting: key, to: nil)
        let less = try document.source.applying(removal)
        #expect(editLawViolations(document.source, removal, result: less).isEmpty)
      }
    }
    #expect(edited > 1_000)
  }
}

@Suite struct VirtualFoldersTests {
  static let real = """
    version=1
    uri=mailbox://alice@pop/Saved%20%C3%BC
    scope=mailbox://alice@pop/Inbox|mailbox://alice@pop/Sent
    terms=AND (subject,contains,a=b)
    searchOnline=false
    uri=mailbox://nobody@smart%20mailboxes/Inbox
    scope=mailbox://alice@pop/Inbox
    terms=ALL
    searchOnline=true

    """
  static let inbox = "mailbox://nobody@smart%20mailboxes/Inbox#scope"

  @Test func `fields by folder`() throws {
    let document = try VirtualFoldersDocument(parsing: utf8(Self.real))
    #expect(
      document.folderURIs == [
        "mailbox://alice@pop/Saved%20%C3%BC", "mailbox://nobody@smart%20mailboxes/Inbox",
      ])
    #expect(text(document.value(forKey: "version")) == "1")
    #expect(
      text(document.value(forKey: "mailbox://alice@pop/Saved%20%C3%BC#terms"))
        == "AND (subject,contains,a=b)")
    #expect(text(document.value(forKey: Self.inbox)) == "mailbox://alice@pop/Inbox")
    #expect(document.value(forKey: "mailbox://x#scope") == nil)
    #expect(
      document.keys(withPrefix: "mailbox://nobody")
        == ["scope", "terms", "searchOnline"].map {
          "mailbox://nobody@smart%20mailboxes/Inbox#" + $0
        })
    #expect(
      document.elements(ofListAt: "mailbox://alice@pop/Saved%20%C3%BC#scope").map { text($0) } == [
        "mailbox://alice@pop/Inbox", "mailbox://alice@pop/Sent",
      ])
  }

  @Test(arguments: ["\n", "\r\n"]) func `a scope grows and shrinks`(lineEnd: String) throws {
    let real = Self.real.replacing("\n", with: lineEnd)
    let document = try VirtualFoldersDocument(parsing: utf8(real))
    let edits = try document.edits(
      appending: [utf8("imap://i/INBOX"), utf8("mailbox://alice@pop/Inbox")], toListAt: Self.inbox)
    let grown = text(try document.source.applying(edits))
    #expect(
      grown
        == real.replacing(
          "Inbox\(lineEnd)terms=ALL", with: "Inbox|imap://i/INBOX\(lineEnd)terms=ALL"))
    let after = try VirtualFoldersDocument(parsing: utf8(grown))
    #expect(try after.edits(appending: [utf8("imap://i/INBOX")], toListAt: Self.inbox).isEmpty)
    #expect(try after.removing(["imap://i/INBOX"], from: Self.inbox) == real)
    #expect(
      try after.removing(["imap://i/INBOX", "mailbox://alice@pop/Inbox"], from: Self.inbox)
        == real.replacing("scope=mailbox://alice@pop/Inbox\(lineEnd)", with: "scope=\(lineEnd)"))
    #expect(throws: KeyedDocumentError.noSuchPlace(key: "x#scope")) {
      try after.edits(appending: [[]], toListAt: "x#scope")
    }
    #expect(throws: KeyedDocumentError.notExpressible(key: Self.inbox)) {
      try after.edits(appending: [utf8("a|b")], toListAt: Self.inbox)
    }
  }

  @Test func `fields are set, added and taken away`() throws {
    let document = try VirtualFoldersDocument(parsing: utf8(Self.real))
    let key = "mailbox://nobody@smart%20mailboxes/Inbox#"
    #expect(
      try document.setting(key + "terms", to: "x")
        == Self.real.replacing("terms=ALL", with: "terms=x"))
    #expect(
      try document.setting(key + "terms", to: nil) == Self.real.replacing("terms=ALL\n", with: ""))
    #expect(
      try document.setting(key + "new", to: "x")
        == Self.real.replacing("es/Inbox\n", with: "es/Inbox\nnew=x\n"))
    #expect(
      try document.setting("version", to: "2")
        == Self.real.replacing("version=1", with: "version=2"))
    #expect(try document.edits(setting: key + "terms", to: utf8("ALL")).isEmpty)
    #expect(throws: KeyedDocumentError.noSuchPlace(key: "x#terms")) {
      try document.edits(setting: "x#terms", to: [])
    }
    #expect(throws: KeyedDocumentError.notExpressible(key: key + "terms")) {
      try document.edits(setting: key + "terms", to: utf8("a\nb"))
    }
  }

  @Test func `odd lines stay, later stanzas win, impossible places are errors`() throws {
    let odd = Self.real + "\nodd line\nuri=mailbox://nobody@smart%20mailboxes/Inbox\nscope=late"
    let document = try VirtualFoldersDocument(parsing: utf8(odd))
    #expect(text(document.value(forKey: Self.inbox)) == "late")
    #expect(try document.setting(Self.inbox, to: "x") == odd.replacing("=late", with: "=x"))
    #expect(try document.removing(["late"], from: Self.inbox) == odd.replacing("=late", with: "="))
    do {
      _ = try VirtualFoldersDocument(parsing: utf8("version=1\nscope=x\n"))
      Issue.record("not refused")
    } catch {
      #expect(
        error.description
          == "line 2, column 1: a field that belongs to no folder; expected uri= in front of it\nscope=x\n^"
      )
    }
  }

  @Test func `random mutations never crash and edits keep the laws`() throws {
    var random = SeededGenerator(seed: 5)
    var edited = 0
    for _ in 0..<5_000 {
      let bytes = random.mutating(
        utf8(random.chance(50) ? Self.real : Self.real.replacing("\n", with: "\r\n")))
      guard let document = try? VirtualFoldersDocument(parsing: bytes) else { continue }
      #expect(document.source.bytes == bytes)
      for key in document.keys(withPrefix: "") {
        edited += 1
        let edits = try document.edits(setting: key, to: utf8("a|b"))
        let result = try document.source.applying(edits)
        #expect(editLawViolations(document.source, edits, result: result).isEmpty)
        let after = try VirtualFoldersDocument(parsing: result)
        #expect(after.value(forKey: key) == utf8("a|b"))
        let less = try after.source.applying(after.edits(removing: [utf8("b")], fromListAt: key))
        #expect(try VirtualFoldersDocument(parsing: less).value(forKey: key) == utf8("a"))
        let gone = try document.source.applying(document.edits(setting: key, to: nil))
        #expect(try VirtualFoldersDocument(parsing: gone).value(forKey: key) == nil)
      }
    }
    #expect(edited > 5_000)
  }
}
