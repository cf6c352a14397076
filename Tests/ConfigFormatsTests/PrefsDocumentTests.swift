import Testing

@testable import ConfigFormats

@Suite struct PrefsDocumentTests {
  private func value(_ spelling: String) throws -> PrefValue? {
    try PrefsDocument(parsing: utf8("user_pref(\"k\", \(spelling));"))["k"]
  }

  @Test func `every escape is read`() throws {
    #expect(try value(#""a\"b\'c\\d\ne\rf""#) == .string("a\"b'c\\d\ne\rf"))
    #expect(try value(#"'single " quote'"#) == .string("single \" quote"))
    #expect(try value(#""\xe9\x41""#) == .string([0xE9, 0x41]))
    #expect(try value(#""\u00e9\u20AC\ud83d\uDE00""#) == .string("é€😀"))
    #expect(try value("\"raw\n\ttext\"") == .string("raw\n\ttext"))
    #expect(try value("-2147483648") == .int(.min))
    #expect(try value("+ /* plus */ 2147483647") == .int(.max))
    #expect(try value("-\n0") == .int(0))
    #expect(try value("true") == .bool(true))
    #expect(try value("false") == .bool(false))
  }

  @Test func `canonical spelling is the client's own`() {
    #expect(
      text(PrefValue.string("a\"b\\c\nd\re'f\té").canonicalBytes) == "\"a\\\"b\\\\c\\nd\\re'f\té\"")
    #expect(text(PrefValue.int(-7).canonicalBytes) == "-7")
    #expect(text(PrefValue.bool(true).canonicalBytes) == "true")
    #expect(PrefValue(spelling: utf8("'x'")) == .string("x"))
    #expect(PrefValue(spelling: utf8("- 3")) == .int(-3))
    #expect(PrefValue(spelling: utf8(" 3")) == nil)
    #expect(PrefValue(spelling: utf8("3;")) == nil)
    #expect(PrefValue(spelling: utf8("maybe")) == nil)
    #expect(PrefValue(spelling: []) == nil)
  }

  @Test func `typed access`() throws {
    let document = try PrefsDocument(
      parsing: utf8("user_pref('s', 'imap');user_pref(\"i\", 993);user_pref(\"b\", true);"))
    #expect(document.string(forKey: "s") == "imap")
    #expect(document.int(forKey: "i") == 993)
    #expect(document.bool(forKey: "b") == true)
    #expect(document.string(forKey: "i") == nil)
    #expect(text(document.value(forKey: "s")) == "\"imap\"")
    #expect(document.keys(withPrefix: "") == ["s", "i", "b"])
    #expect(document.keys(withPrefix: "i") == ["i"])
  }

  @Test func `a key that is no text is reached by its bytes`() throws {
    let document = try PrefsDocument(parsing: utf8("user_pref(\"") + [0xE9] + utf8("\", 1);"))
    #expect(document.keys(withPrefix: "") == [])
    #expect(document[keyBytes: [0xE9]] == .int(1))
  }

  @Test func `canonically equivalent keys are not one key`() throws {
    let document = try PrefsDocument(
      parsing: utf8("user_pref(\"e\u{301}\", 1);\nuser_pref(\"\u{E9}\", 2);\n"))
    #expect(document.keys(withPrefix: "").count == 2)
    #expect(document["\u{E9}"] == .int(2))
    #expect(document["e\u{301}"] == .int(1))
  }

  @Test func `pref and sticky_pref give no user value`() throws {
    let document = try PrefsDocument(
      parsing: utf8("pref(\"d\", 1);\nsticky_pref(\"s\", 2);\nuser_pref(\"u\", 3);\n"))
    #expect(document["d"] == nil)
    #expect(document.defaultValue(forKey: "d") == .int(1))
    #expect(document.defaultValue(forKey: "u") == nil)
    #expect(document.keys(withPrefix: "") == ["u"])
    #expect(
      try document.setting("d", to: "5")
        == "pref(\"d\", 1);\nuser_pref(\"d\", 5);\nsticky_pref(\"s\", 2);\nuser_pref(\"u\", 3);\n")
    #expect(try document.setting("d", to: nil) == text(document.source.bytes))
    #expect(throws: KeyedDocumentError.notExpressible(key: "d")) {
      try document.edits(setting: "d", to: utf8("\"x\""))
    }
  }

  // MARK: Setting

  @Test func `only the token of the last duplicate changes`() throws {
    let document = try PrefsDocument(
      parsing: utf8(
        "user_pref('k', 'a'); // one\nuser_pref( \"k\" , /* c */ 'b' ) ;\nuser_pref(\"z\", 1);"))
    #expect(
      try document.setting("k", to: "\"c\"")
        == "user_pref('k', 'a'); // one\nuser_pref( \"k\" , /* c */ \"c\" ) ;\nuser_pref(\"z\", 1);"
    )
    #expect(try document.edits(setting: "k", to: utf8("\"b\"")).isEmpty)
    #expect(try document.edits(setting: "k", to: utf8("'b'")).isEmpty)
    #expect(
      try document.setting("k", to: "-5")
        == "user_pref('k', 'a'); // one\nuser_pref( \"k\" , /* c */ -5 ) ;\nuser_pref(\"z\", 1);")
  }

  @Test func `what cannot be spelled is refused`() throws {
    let document = try PrefsDocument(parsing: [])
    #expect(throws: KeyedDocumentError.notExpressible(key: "k")) {
      try document.edits(setting: "k", to: utf8("nope"))
    }
    #expect(throws: KeyedDocumentError.notExpressible(key: "")) {
      try document.edits(setting: "", to: utf8("1"))
    }
    #expect(throws: KeyedDocumentError.notExpressible(key: "k")) {
      try document.edits(applying: [PrefsChange("k", .string([0]))])
    }
    #expect(throws: KeyedDocumentError.notExpressible(key: "a\0")) {
      try document.edits(applying: [PrefsChange("a\0", .int(1))])
    }
  }

  @Test func `a broken file is read but not edited`() throws {
    let (document, errors) = PrefsDocument.parseRecovering(
      utf8("user_pref(\"a\", 1);\nuser_pref(\"b\", 1.5);\nuser_pref(\"c\", 3);\n"))
    #expect(errors.count == 1)
    #expect(document.keys(withPrefix: "") == ["a", "c"])
    #expect(throws: KeyedDocumentError.noSuchPlace(key: "a")) {
      try document.edits(setting: "a", to: utf8("2"))
    }
    #expect(throws: KeyedDocumentError.noSuchPlace(key: "a")) {
      try document.edits(removing: [], fromListAt: "a")
    }
  }

  // MARK: Deleting

  @Test(arguments: [
    (
      "user_pref(\"a\", 1);\nuser_pref(\"k\", 1);\nuser_pref(\"z\", 1);\n",
      "user_pref(\"a\", 1);\nuser_pref(\"z\", 1);\n"
    ),
    ("user_pref(\"k\", 1);\r\nuser_pref(\"z\", 1);\r\n", "user_pref(\"z\", 1);\r\n"),
    (" \tuser_pref(\"k\", 1); \n#x", "#x"),
    ("#x\nuser_pref(\"k\", 1);", "#x\n"),
    ("user_pref(\"k\", 1); // why\n", " // why\n"),
    ("/* a */ user_pref(\"k\", 1);\n", "/* a */ \n"),
    ("/* a\n*/ user_pref(\"k\", 1);\n", "/* a\n*/ \n"),
    ("user_pref(\"a\", 1); user_pref(\"k\", 1);\n", "user_pref(\"a\", 1); \n"),
    ("user_pref(\n \"k\",\n 1 // x\n);\n#y\n", "#y\n"),
    ("user_pref(\"k\", 1);\n#x\nuser_pref('k', 2);\n", "#x\n"),
    ("\u{FEFF}user_pref(\"k\", 1);\n#x", "\u{FEFF}#x"),
    ("user_pref(\"k\", 1);\r#x\r", "#x\r"),
  ]) func `a deleted key goes with its line`(before: String, after: String) throws {
    guard let document = try? PrefsDocument(parsing: utf8(before)) else {
      #expect(before == after)
      return
    }
    #expect(try document.setting("k", to: nil) == after)
  }

  // MARK: Adding

  @Test(arguments: [
    ("", "user_pref(\"k\", 1);\n"),
    ("\u{FEFF}", "\u{FEFF}user_pref(\"k\", 1);\n"),
    ("// only\r\n", "// only\r\nuser_pref(\"k\", 1);\r\n"),
    ("// only", "// only\nuser_pref(\"k\", 1);"),
    ("/* a\nb */", "/* a\nb */\nuser_pref(\"k\", 1);"),
    ("# h\n\nuser_pref(\"z\", 1);\n", "# h\n\nuser_pref(\"k\", 1);\nuser_pref(\"z\", 1);\n"),
    (
      "user_pref(\"a\", 1);\nuser_pref(\"z\", 1);\n",
      "user_pref(\"a\", 1);\nuser_pref(\"k\", 1);\nuser_pref(\"z\", 1);\n"
    ),
    ("user_pref(\"a\", 1);", "user_pref(\"a\", 1);\nuser_pref(\"k\", 1);"),
    ("#\r\nuser_pref(\"a\", 1);", "#\r\nuser_pref(\"a\", 1);\r\nuser_pref(\"k\", 1);"),
    (
      "user_pref(\"a\", 1); // a\n// z\nuser_pref(\"z\", 1);\n",
      "user_pref(\"a\", 1); // a\nuser_pref(\"k\", 1);\n// z\nuser_pref(\"z\", 1);\n"
    ),
    (
      "user_pref(\"a\", 1); /* a\n b */ user_pref(\"z\",\n1);\n#e",
      "user_pref(\"a\", 1); /* a\n b */ user_pref(\"z\",\n1);\nuser_pref(\"k\", 1);\n#e"
    ),
    (
      "user_pref(\"z\", 1);\nuser_pref(\"a\", 1);\nuser_pref(\"y\", 1);\n",
      "user_pref(\"z\", 1);\nuser_pref(\"a\", 1);\nuser_pref(\"k\", 1);\nuser_pref(\"y\", 1);\n"
    ),
    ("/* l */ user_pref(\"z\", 1);\n", "user_pref(\"k\", 1);\n/* l */ user_pref(\"z\", 1);\n"),
    (
      "user_pref(\"zz\", 1); user_pref(\"z\", 1);\n",
      "user_pref(\"k\", 1);\nuser_pref(\"zz\", 1); user_pref(\"z\", 1);\n"
    ),
    // What looks like the start of a comment inside of one.
    (
      "user_pref(\"a\", 1); # x /* y\nuser_pref(\"z\", 1); // */ /*\n",
      "user_pref(\"a\", 1); # x /* y\nuser_pref(\"k\", 1);\nuser_pref(\"z\", 1); // */ /*\n"
    ),
    (
      "user_pref(\"a\", 1); // x /* y\nuser_pref(\"z\", 1);\n",
      "user_pref(\"a\", 1); // x /* y\nuser_pref(\"k\", 1);\nuser_pref(\"z\", 1);\n"
    ),
    (
      "user_pref(\"a\", 1); /* # x */ // y\nuser_pref(\"z\", 1);\n",
      "user_pref(\"a\", 1); /* # x */ // y\nuser_pref(\"k\", 1);\nuser_pref(\"z\", 1);\n"
    ),
    // Sorted as the client sorts: by the written line, in which a quote ends the key.
    (
      "user_pref(\"k b\", 1);\nuser_pref(\"k!\", 1);\nuser_pref(\"k-rel\", 1);\n",
      "user_pref(\"k b\", 1);\nuser_pref(\"k!\", 1);\nuser_pref(\"k\", 1);\nuser_pref(\"k-rel\", 1);\n"
    ),
  ]) func `an added key gets its line in its place`(before: String, after: String) throws {
    let document = try PrefsDocument(parsing: utf8(before))
    #expect(try document.setting("k", to: "1") == after)
    #expect(try PrefsDocument(parsing: utf8(after))["k"] == .int(1))
  }

  @Test func `a batch comes out sorted, and by key`() throws {
    let document = try PrefsDocument(
      parsing: utf8("user_pref(\"b\", 1);\nuser_pref(\"m\", 1);\nuser_pref(\"x\", 1);"))
    let batch = try document.edits(applying: [
      PrefsChange("z2", .int(1)), PrefsChange("c2", .bool(true)), PrefsChange("x", nil),
      PrefsChange("c1", .string("s")), PrefsChange("m", .int(2)), PrefsChange("a", .int(1)),
      PrefsChange("b", .int(1)), PrefsChange("nope", nil), PrefsChange("z1", .int(1)),
    ])
    #expect(batch.map(\.key) == ["a", "b", "c1", "c2", "m", "nope", "x", "z1", "z2"])
    #expect(batch.map(\.edits.count) == [1, 0, 1, 1, 1, 0, 1, 1, 1])
    #expect(
      text(try document.source.applying(batch.flatMap(\.edits))) == """
        user_pref("a", 1);
        user_pref("b", 1);
        user_pref("c1", "s");
        user_pref("c2", true);
        user_pref("m", 2);
        user_pref("z1", 1);
        user_pref("z2", 1);

        """)
  }

  @Test func `everything gone and something new`() throws {
    let document = try PrefsDocument(parsing: utf8("// h\nuser_pref(\"m\", 1);"))
    let batch = try document.edits(applying: [
      PrefsChange("m", nil), PrefsChange("z", .int(1)), PrefsChange("a", .int(1)),
    ])
    #expect(
      text(try document.source.applying(batch.flatMap(\.edits)))
        == "// h\nuser_pref(\"a\", 1);\nuser_pref(\"z\", 1);\n")
  }

  @Test func `the last wish for a key counts`() throws {
    let document = try PrefsDocument(parsing: utf8("user_pref(\"k\", 1);\n"))
    let batch = try document.edits(applying: [PrefsChange("k", nil), PrefsChange("k", .int(7))])
    #expect(text(try document.source.applying(batch.flatMap(\.edits))) == "user_pref(\"k\", 7);\n")
  }

  // MARK: Lists

  @Test(arguments: [
    (#""a,b,c""#, ["b"], #""a,c""#), (#""a,b,c""#, ["c", "b"], #""a""#),
    (#""a,b,c""#, ["a", "b", "c"], #""""#), (#"'a, b ,c'"#, ["b"], #"'a,c'"#),
    (#""a,b,c""#, ["x"], #""a,b,c""#), (#""a,b,a""#, ["a"], #""b""#), (#""""#, ["a"], #""""#),
    (#""a\x2Cb,c\\d""#, ["a"], #""b,c\\d""#),
  ]) func `list elements are taken out`(before: String, elements: [String], after: String) throws {
    let document = try PrefsDocument(parsing: utf8("user_pref(\"l\", \(before));\n"))
    #expect(try document.removing(elements, from: "l") == "user_pref(\"l\", \(after));\n")
  }

  @Test func `list elements are read`() throws {
    let document = try PrefsDocument(
      parsing: utf8("user_pref('l', 'a, b ,,c');user_pref('e', '');user_pref('i', 1);"))
    #expect(document.elements(ofListAt: "l").map { text($0) } == ["a", "b", "", "c"])
    #expect(document.elements(ofListAt: "e").isEmpty && document.elements(ofListAt: "i").isEmpty)
  }

  @Test func `lists that are none`() throws {
    let document = try PrefsDocument(parsing: utf8("user_pref(\"l\", 1);\n"))
    #expect(throws: KeyedDocumentError.notAList(key: "l")) {
      try document.edits(removing: [utf8("a")], fromListAt: "l")
    }
    #expect(try document.edits(removing: [utf8("a")], fromListAt: "m").isEmpty)
  }
}
