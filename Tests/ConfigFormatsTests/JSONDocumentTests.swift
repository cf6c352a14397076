import Foundation
import Testing

@testable import ConfigFormats

@Suite struct JSONDocumentTests {
  private static let logins =
    #"{"nextId":3,"logins":[{"id":1,"hostname":"mailbox://pop.x","httpRealm":"mailbox://pop.x","formSubmitURL":null,"guid":"{a}"},{"id":2,"hostname":"smtp://x","httpRealm":"smtp://x","formSubmitURL":null,"guid":"{b}"}],"version":3}"#

  @Test func `values by pointer`() throws {
    let document = try JSONDocument(parsing: utf8(Self.logins))
    #expect(document.node(at: "/nextId")?.intValue == 3)
    #expect(document.node(at: "/logins/1/hostname")?.stringValue == "smtp://x")
    #expect(document.node(at: "/logins/[guid={b}]/id")?.intValue == 2)
    #expect(document.node(at: "/logins/[hostname=mailbox:~1~1pop.x]/id")?.intValue == 1)
    #expect(document.node(at: "/logins/2") == nil)
    #expect(document.node(at: "/logins/01") == nil)
    #expect(document.node(at: "nextId") == nil)
    #expect(document.node(at: "/logins/0/formSubmitURL")?.kind == .null)
    #expect(text(document.value(forKey: "/logins/0/guid")) == "\"{a}\"")
    #expect(document.root["logins"]?[0]?["id"]?.intValue == 1)
    #expect(
      document.keys(withPrefix: "/logins/1/h") == ["/logins/1/hostname", "/logins/1/httpRealm"])
    #expect(document.keys(withPrefix: "/v") == ["/version"])
    #expect(document.keys(withPrefix: "").first == "")
  }

  @Test func `a login is cloned into its own array`() throws {
    let document = try JSONDocument(parsing: utf8(Self.logins))
    let original = try #require(document.node(at: "/logins/0"))
    let clone = try original.rawBytes(replacingMembers: [
      ("guid", JSONSpelling.string("{c}")), ("id", utf8("3")),
      ("hostname", JSONSpelling.string("imap://imap.x")),
      ("httpRealm", JSONSpelling.string("imap://imap.x")),
    ])
    let edits =
      try document.edits(appending: clone, toArrayAt: "/logins")
      + document.edits(replacing: "/nextId", with: utf8("4"))
    let result = try document.source.applying(edits)
    #expect(
      text(result)
        == Self.logins.replacingOccurrences(of: "\"nextId\":3", with: "\"nextId\":4")
        .replacingOccurrences(
          of: "\"{b}\"}]",
          with:
            #""{b}"},{"id":3,"hostname":"imap://imap.x","httpRealm":"imap://imap.x","formSubmitURL":null,"guid":"{c}"}]"#
        ))
    let after = try JSONDocument(parsing: result)
    let undo =
      try after.edits(setting: "/logins/[guid={c}]", to: nil)
      + after.edits(setting: "/nextId", to: utf8("3"))
    #expect(text(try after.source.applying(undo)) == Self.logins)
    #expect(throws: KeyedDocumentError.noSuchPlace(key: "nope")) {
      try original.rawBytes(replacingMembers: [("nope", utf8("1"))])
    }
    #expect(throws: KeyedDocumentError.notExpressible(key: "id")) {
      try original.rawBytes(replacingMembers: [("id", utf8("1,"))])
    }
  }

  @Test func `duplicates, surrogates and a byte order mark as JSON.parse has them`() throws {
    let document = try JSONDocument(
      parsing: byteOrderMark + utf8(#" {"a":1,"a":2,"b":"\ud83d\ude00\ud800x\/\u00e9"} "#))
    #expect(document.node(at: "/a")?.intValue == 2)
    #expect(
      document.node(at: "/b")?.stringValue == "😀\u{FFFD}x/é"
        || document.node(at: "/b")?.stringValue == "😀\u{FFFD}\u{FFFD}\u{FFFD}x/é")
    #expect(text(document.value(forKey: "/b")) == #""😀\ud800x/é""#)
    #expect(
      try document.setting("/a", to: nil) == "\u{FEFF}" + #" {"b":"\ud83d\ude00\ud800x\/\u00e9"} "#)
    #expect(document.keys(withPrefix: "/a") == ["/a"])
  }

  @Test func `every escape and kind`() throws {
    let document = try JSONDocument(
      parsing: utf8(#"["\"\\\/\b\f\n\r\t\u0041",-0.5e+10,0,true,false,null,{},[]]"#))
    #expect(document.root[0]?.stringValue == "\"\\/\u{8}\u{C}\n\r\tA")
    #expect(document.root[0].map { text($0.canonicalBytes) } == #""\"\\/\b\f\n\r\tA""#)
    #expect(
      document.root.children.map(\.kind) == [
        .string, .number, .number, .true, .false, .null, .object, .array,
      ])
    #expect(document.root[1]?.intValue == nil && document.root[2]?.intValue == 0)
    #expect(document.root[3]?.boolValue == true)
  }

  @Test func `depth is limited`() throws {
    func nested(_ depth: Int) -> [UInt8] {
      utf8(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
    }
    _ = try JSONDocument(parsing: nested(512))
    #expect(throws: SyntaxError.self) { try JSONDocument(parsing: nested(513)) }
    #expect(throws: SyntaxError.self) { try JSONDocument(parsing: nested(200_000)) }
    #expect(throws: SyntaxError.self) { try JSONDocument(parsing: nested(3), depthLimit: 2) }
  }

  @Test(arguments: [
    ("[]", "[9]"), ("[ ]", "[9]"), ("[1]", "[1,9]"), ("[1, 2]", "[1, 2, 9]"), ("[ 1 ]", "[ 1, 9 ]"),
    ("[\n  1,\n  2\n]\n", "[\n  1,\n  2,\n  9\n]\n"),
    ("[\r\n\t1\r\n]", "[\r\n\t1,\r\n\t9\r\n]"),
    ("[1\n,2]", "[1\n,2,9]"),
  ]) func `elements are appended in the array's style`(before: String, after: String) throws {
    let document = try JSONDocument(parsing: utf8(before))
    #expect(
      text(try document.source.applying(document.edits(appending: utf8("9"), toArrayAt: "")))
        == after)
  }

  @Test func `a compact element is laid out like its neighbours`() throws {
    let pretty =
      "{\r\n  \"l\": [\r\n    {\r\n      \"a\": 1\r\n    }\r\n  ],\r\n  \"e\": [],\r\n  \"o\": {}\r\n}\r\n"
    let document = try JSONDocument(parsing: utf8(pretty))
    let element = utf8(#"{"a":2,"b":[1,{}],"c":[]}"#)
    #expect(
      text(try document.source.applying(document.edits(appending: element, toArrayAt: "/l")))
        == pretty.replacingOccurrences(
          of: "\r\n    }\r\n  ]",
          with:
            "\r\n    },\r\n    {\r\n      \"a\": 2,\r\n      \"b\": [\r\n        1,\r\n        {}\r\n      ],\r\n      \"c\": []\r\n    }\r\n  ]"
        ))
    #expect(
      text(try document.source.applying(document.edits(appending: utf8("7"), toArrayAt: "/e")))
        == pretty.replacingOccurrences(of: "[],", with: "[\r\n    7\r\n  ],"))
    #expect(
      try document.setting("/o/x y", to: "true")
        == pretty.replacingOccurrences(of: "{}", with: "{\r\n    \"x y\": true\r\n  }"))
    #expect(
      try document.setting("/n", to: "1")
        == pretty.replacingOccurrences(of: "{}\r\n}", with: "{},\r\n  \"n\": 1\r\n}"))
    let lines = "[\n {\"a\":1},\n {\"a\":2}\n]"
    let compact = try JSONDocument(parsing: utf8(lines))
    #expect(
      text(try compact.source.applying(compact.edits(appending: utf8("{\"a\":3}"), toArrayAt: "")))
        == "[\n {\"a\":1},\n {\"a\":2},\n {\"a\":3}\n]")
  }

  @Test(arguments: [
    ("[1,2,3]", [0], "[2,3]"), ("[1,2,3]", [1], "[1,3]"), ("[1,2,3]", [2], "[1,2]"),
    ("[1,2,3]", [1, 2], "[1]"), ("[1,2,3]", [0, 1], "[3]"), ("[1,2,3]", [0, 2], "[2]"),
    ("[ 1 ]", [0], "[]"), ("[\n  1,\n  2,\n  3\n]", [1], "[\n  1,\n  3\n]"),
    ("[\n  1,\n  2,\n  3\n]", [2, 0], "[\n  2\n]"), ("[\n  1,\n  2\n]", [1, 0], "[]"),
  ]) func `elements are taken out with one comma each`(
    before: String, positions: [Int], after: String
  ) throws {
    let document = try JSONDocument(parsing: utf8(before))
    #expect(
      text(try document.source.applying(document.edits(ofArrayAt: "", removing: positions)))
        == after)
  }

  @Test func `taking out and putting in at once`() throws {
    let document = try JSONDocument(parsing: utf8("[1, 2, 3]"))
    func result(_ removing: [Int]) throws -> String {
      text(
        try document.source.applying(
          document.edits(ofArrayAt: "", removing: removing, appending: [utf8("8"), utf8("9")])))
    }
    #expect(try result([]) == "[1, 2, 3, 8, 9]")
    #expect(try result([2]) == "[1, 2, 8, 9]")
    #expect(try result([0]) == "[2, 3, 8, 9]")
    #expect(try result([0, 1, 2]) == "[8, 9]")
  }

  @Test func `lists by value`() throws {
    let document = try JSONDocument(parsing: utf8(#"{"l":["a","\u0062",{"k" : 1}]}"#))
    #expect(try document.removing(["\"b\"", "{\"k\":1}", "7"], from: "/l") == #"{"l":["a"]}"#)
    #expect(try document.edits(removing: [utf8("1")], fromListAt: "/m").isEmpty)
    #expect(throws: KeyedDocumentError.notAList(key: "")) {
      try document.edits(removing: [], fromListAt: "")
    }
    #expect(throws: KeyedDocumentError.notExpressible(key: "/l")) {
      try document.edits(removing: [utf8("b")], fromListAt: "/l")
    }
  }

  @Test func `set by key`() throws {
    let document = try JSONDocument(parsing: utf8(#"{"a":{"b":[1,2]},"c":"\u0078"}"#))
    #expect(try document.setting("/a/b/1", to: "[]") == #"{"a":{"b":[1,[]]},"c":"\u0078"}"#)
    #expect(try document.setting("/a/b/2", to: "3") == #"{"a":{"b":[1,2,3]},"c":"\u0078"}"#)
    #expect(try document.setting("/a/b/-", to: "3") == #"{"a":{"b":[1,2,3]},"c":"\u0078"}"#)
    #expect(try document.setting("/a/b/0", to: nil) == #"{"a":{"b":[2]},"c":"\u0078"}"#)
    #expect(try document.setting("/a", to: nil) == #"{"c":"\u0078"}"#)
    #expect(try document.edits(setting: "/c", to: utf8("\"x\"")).isEmpty)
    #expect(try document.edits(setting: "/x/y", to: nil).isEmpty)
    #expect(throws: KeyedDocumentError.noSuchPlace(key: "/x/y")) {
      try document.edits(setting: "/x/y", to: utf8("1"))
    }
    #expect(throws: KeyedDocumentError.noSuchPlace(key: "/a/b/5")) {
      try document.edits(setting: "/a/b/5", to: utf8("1"))
    }
    #expect(throws: KeyedDocumentError.noSuchPlace(key: "/c/d")) {
      try document.edits(setting: "/c/d", to: utf8("1"))
    }
    #expect(throws: KeyedDocumentError.notExpressible(key: "/c")) {
      try document.edits(setting: "/c", to: utf8("{"))
    }
    #expect(throws: KeyedDocumentError.notExpressible(key: "/c")) {
      try document.edits(setting: "/c", to: byteOrderMark + utf8("1"))
    }
  }

  @Test func `an element that its selector picks is put back`() throws {
    let document = try JSONDocument(parsing: utf8(#"{"l":[{"g":"a"}]}"#))
    #expect(try document.setting("/l/[g=b]", to: #"{"g":"b"}"#) == #"{"l":[{"g":"a"},{"g":"b"}]}"#)
    #expect(throws: KeyedDocumentError.noSuchPlace(key: "/l/[g=b]")) {
      try document.edits(setting: "/l/[g=b]", to: utf8(#"{"g":"c"}"#))
    }
  }

  // MARK: Laws

  private func generate(_ random: inout SeededGenerator, depth: Int = 0) -> [UInt8] {
    func blank() -> [UInt8] { random.pick([[], [], [], utf8(" "), utf8("\n  "), utf8("\r\n\t")]) }
    switch random.below(depth > 3 ? 5 : 8) {
    case 0: return utf8(random.pick(["0", "-1", "12.5e-3", "1E9"]))
    case 1: return utf8(random.pick(["true", "false", "null"]))
    case 2, 3, 4:
      return utf8(
        random.pick([#""""#, #""a\"b""#, #""\u00e9\ud83d\ude00""#, #""é/\/""#, #""x y""#]))
    case 5, 6:
      var result: [UInt8] = utf8("[") + blank()
      for position in 0..<random.below(5) {
        if position > 0 { result += blank() + utf8(",") + blank() }
        result += generate(&random, depth: depth + 1)
      }
      return result + blank() + utf8("]")
    default:
      var result: [UInt8] = utf8("{") + blank()
      for position in 0..<random.below(5) {
        if position > 0 { result += blank() + utf8(",") + blank() }
        result +=
          utf8(random.pick(["\"a\"", "\"b~/\"", "\"\\u0063\"", "\"\""])) + blank() + utf8(":")
          + blank()
        result += generate(&random, depth: depth + 1)
      }
      return result + blank() + utf8("}")
    }
  }

  @Test func `laws hold over generated documents`() throws {
    var random = SeededGenerator(seed: 7)
    var arrays = 0
    for _ in 0..<3_000 {
      let bytes = (random.chance(10) ? byteOrderMark : []) + generate(&random)
      let document = try JSONDocument(parsing: bytes)
      #expect(document.source.bytes == bytes)
      for key in document.keys(withPrefix: "") {
        let node = try #require(document.node(at: key))
        let replaced = try document.edits(setting: key, to: utf8("[123]"))
        let after = try document.source.applying(replaced)
        #expect(editLawViolations(document.source, replaced, result: after).isEmpty)
        #expect(try JSONDocument(parsing: after).value(forKey: key) == utf8("[123]"))
        if !key.isEmpty {
          let removed = try document.edits(setting: key, to: nil)
          let without = try document.source.applying(removed)
          #expect(editLawViolations(document.source, removed, result: without).isEmpty)
          let parsed = try JSONDocument(parsing: without)
          if node.name != nil { #expect(parsed.node(at: key) == nil, "\(text(bytes)) \(key)") }
        }
        guard node.kind == .array else { continue }
        arrays += 1
        let before = node.children.map(\.canonicalBytes)
        let gone = before.indices.filter { _ in random.chance(40) }
        let new = (0..<random.below(3)).map { utf8("{\"n\":\($0)}") }
        let edits = try document.edits(ofArrayAt: key, removing: gone, appending: new)
        let changed = try document.source.applying(edits)
        #expect(editLawViolations(document.source, edits, result: changed).isEmpty)
        let expected = before.indices.filter { !gone.contains($0) }.map { before[$0] } + new
        #expect(
          try JSONDocument(parsing: changed).node(at: key)?.children.map(\.canonicalBytes)
            == expected, "\(text(bytes)) \(key)")
      }
    }
    #expect(arrays > 1_000)
  }

  @Test func `random mutations never crash, and what is taken Foundation takes too`() throws {
    var random = SeededGenerator(seed: 8)
    var taken = 0
    for _ in 0..<20_000 {
      let bytes = random.mutating(generate(&random), upTo: 2)
      guard let document = try? JSONDocument(parsing: bytes) else { continue }
      taken += 1
      _ = document.keys(withPrefix: "/")
      #expect(
        (try? JSONDocument(parsing: document.root.canonicalBytes))?.root.canonicalBytes
          == document.root.canonicalBytes)
      // Foundation takes no half surrogate pairs and refuses numbers that are out of range.
      guard !contains(bytes, utf8("\\u")), !contains(bytes, utf8("e")), !contains(bytes, utf8("E"))
      else { continue }
      #expect(throws: Never.self, "\(PrintableText.escaping(bytes))") {
        try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
      }
    }
    #expect(taken > 1_500 && taken < 18_000, "\(taken)")
  }
}
