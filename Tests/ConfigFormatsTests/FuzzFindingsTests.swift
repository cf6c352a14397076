import Testing

@testable import ConfigFormats

/// What fuzzing found (Tests/Fuzz, docs/fuzzing.md), each by an input as small as it gets.
@Suite struct FuzzFindingsTests {
  private static func set(
    _ source: String, _ values: [(key: String, value: [UInt8]?)]
  ) throws -> KeyFileDocument {
    let document = try KeyFileDocument(parsing: utf8(source))
    return try KeyFileDocument(
      parsing: document.source.applying(document.edits(setting: values)))
  }

  /// Both go to the end of the file, and the new group must come behind.
  @Test func `keyfile: a key of the last group and one of a new group, at once`() throws {
    let after = try Self.set(
      "[Data Source]\nA=b\n", [("Mail Account/X", utf8("1")), ("Data Source/Y", utf8("2"))])
    #expect(after.value(forKey: "Mail Account/X") == utf8("1"))
    #expect(after.value(forKey: "Data Source/Y") == utf8("2"))
  }

  /// The value that is set ends where the new line begins.
  @Test func `keyfile: an empty value at the end of the file, and a new key behind it`() throws {
    let after = try Self.set("[a]\nk=", [("a/new", utf8("1")), ("a/k", utf8("2"))])
    #expect(after.value(forKey: "a/k") == utf8("2"))
    #expect(after.value(forKey: "a/new") == utf8("1"))
  }

  @Test func `virtual folders: blanks are part of an element`() throws {
    let document = try VirtualFoldersDocument(parsing: utf8("uri=x\nscope=a|b \n"))
    let edits = try document.edits(removing: [utf8("b ")], fromListAt: "x#scope")
    #expect(try document.source.applying(edits) == utf8("uri=x\nscope=a\n"))
    #expect(try document.edits(removing: [utf8("b")], fromListAt: "x#scope").isEmpty)
  }

  @Test func `XML: an element under another name is not what the key names`() throws {
    let document = try XMLDocument(parsing: utf8("<a><b/></a>"))
    #expect(throws: KeyedDocumentError.notExpressible(key: "b/.")) {
      try document.edits(setting: "b/.", to: utf8("<c/>"))
    }
  }

  @Test func `keyfile: the encoding does not go out of its list`() throws {
    let document = try KeyFileDocument(parsing: utf8("[a]\nEncoding=UTF-8\n"))
    #expect(throws: KeyedDocumentError.notExpressible(key: "a/Encoding")) {
      try document.edits(removing: [utf8("UTF-8")], fromListAt: "a/Encoding")
    }
  }

  /// In the first group an encoding counts.
  @Test func `keyfile: a group with an encoding does not become the first`() throws {
    let document = try KeyFileDocument(parsing: utf8("[a]\nk=v\n[b]\nEncoding=latin1\n"))
    #expect(throws: KeyedDocumentError.notExpressible(key: "a/")) {
      try document.edits(removingBranch: "a/")
    }
  }

  @Test func `JSON: a name with half of a surrogate pair is no key`() throws {
    let document = try JSONDocument(parsing: utf8(#"{"\ud836":7,"b":1,"b":2}"#))
    #expect(document.keys(withPrefix: "") == ["", "/b"])
    #expect(document.value(forKey: "/b") == utf8("2"))
  }

  /// Each error names its place, which takes as long as the file: of a megabyte of errors that was hours, of these minutes.
  @Test(.timeLimit(.minutes(1))) func `prefs: a file of nothing but errors`() throws {
    let bytes = [UInt8](repeating: UInt8(ascii: ";"), count: 1 << 17).enumerated().map {
      $0.offset % 2 == 0 ? UInt8(ascii: "x") : $0.element
    }
    let (document, errors) = PrefsDocument.parseRecovering(bytes)
    #expect(errors.count == 100)
    #expect(!document.isSound)
  }

  /// All keys at once, as undo asks for them.
  @Test(.timeLimit(.minutes(1))) func `JSON: an object with very many members`() throws {
    let members = (0..<20_000).map { "\"m\($0)\":0" }.joined(separator: ",")
    let document = try JSONDocument(parsing: utf8("{" + members + "}"))
    #expect(document.keys(withPrefix: "/m1").count == 11_111)
  }
}
