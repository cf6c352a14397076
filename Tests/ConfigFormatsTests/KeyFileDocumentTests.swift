import Testing

@testable import ConfigFormats

@Suite struct KeyFileDocumentTests {
  private func document(_ text: String) throws -> KeyFileDocument {
    try KeyFileDocument(parsing: utf8(text))
  }

  private func applying(_ changes: [KeyFileChange], to source: String) throws -> String {
    let document = try document(source)
    return text(try document.source.applying(document.edits(applying: changes).flatMap(\.edits)))
  }

  // MARK: Reading

  @Test func `keys are found by group and name`() throws {
    let file = try document(
      "[Data Source]\nName=x\nName[de]=y\n[S/MIME]\na/b=1\n[Data]\nSource=2\n[Data Source]\nName=z\n"
    )
    #expect(
      file.keys(withPrefix: "") == [
        "Data Source/Name", "Data Source/Name[de]", "S~1MIME/a/b", "Data/Source",
      ])
    #expect(file.keys(withPrefix: "Data/") == ["Data/Source"])
    #expect(file.keys(withPrefix: "Data Source/Name[") == ["Data Source/Name[de]"])
    #expect(text(file.value(forKey: "Data Source/Name")) == "z")
    #expect(text(file.value(forKey: "S~1MIME/a/b")) == "1")
    #expect(file.value(forKey: "S/MIME/a/b") == nil)
    #expect(file.value(forKey: "Data Source") == nil)
    #expect(file.groupNames == ["Data Source", "S/MIME", "Data"])
    #expect(file.hasGroup("Data") && !file.hasGroup("data"))
  }

  @Test(arguments: ["", "/", "a/", "/b", "a", "a~/b", "a~2/b", "~/b"])
  func `what is no address is nil`(_ spelling: String) {
    #expect(KeyFileAddress(spelling: spelling) == nil)
  }

  @Test func `names that are not UTF-8 are found by their bytes`() throws {
    let file = try KeyFileDocument(
      parsing: utf8("[") + [0xE9] + utf8("]\nA=1\n[G]\n") + [0xE8] + utf8("=2\nB=3\n"))
    #expect(file.keys(withPrefix: "") == ["G/B"])
    #expect(file.groupNames == ["G"])
    #expect(text(file[KeyFileAddress(group: [0xE9], key: utf8("A"))]) == "1")
    #expect(text(file[KeyFileAddress(group: utf8("G"), key: [0xE8])]) == "2")
  }

  @Test func `typed values`() throws {
    let file = try document("[G]\nS=\\sx\\\\\nB=true \nI=993\nL=a\\;b;;c\nN=n\nN[de]=d\n")
    #expect(try file.string(forKey: "G/S") == " x\\")
    #expect(try file.bool(forKey: "G/B"))
    #expect(try file.int(forKey: "G/I") == 993)
    #expect(try file.strings(forKey: "G/L") == ["a;b", "", "c"])
    #expect(try file.localeString(forKey: "G/N", locale: "de_AT.UTF-8") == "d")
    #expect(try file.localeString(forKey: "G/N", locale: "fr") == "n")
    #expect(throws: KeyFileValueError.keyNotFound) { try file.string(forKey: "G/X") }
    #expect(throws: KeyFileValueError.groupNotFound) { try file.string(forKey: "H/X") }
    #expect(throws: KeyFileValueError.invalidValue) { try file.int(forKey: "G/S") }
  }

  // MARK: Editing

  static let account =
    "[Data Source]\nName = pop \n\n# of the account\n[Mail Account]\nBackendName=pop\n# tail\n\n[Pop Backend]\nKeepOnServer=false\n"

  @Test func `a value changes alone, the last of its name`() throws {
    #expect(
      try document("[a]\nk=1\n[b]\nk=9\n[a]\n k\t=  2 \r\n").setting("a/k", to: "3")
        == "[a]\nk=1\n[b]\nk=9\n[a]\n k\t=  3\r\n")
    #expect(try document("[a]\nk=1\nk=2\n").setting("a/k", to: "2") == "[a]\nk=1\nk=2\n")
    #expect(try document("[a]\nk=1").setting("a/k", to: "") == "[a]\nk=")
  }

  @Test func `a new key goes behind the last of its group`() throws {
    #expect(
      try document(Self.account).setting("Data Source/Enabled", to: "true")
        == Self.account.replacing("pop \n", with: "pop \nEnabled=true\n"))
    #expect(
      try document(Self.account).setting("Mail Account/New", to: "1")
        == Self.account.replacing("Name=pop\n", with: "Name=pop\nNew=1\n"))
    #expect(try document("[a]\n\n[b]\n").setting("a/k", to: "1") == "[a]\nk=1\n\n[b]\n")
    #expect(
      try document("[a]\r\nk=1\r\n\r\n[b]\r\n").setting("a/l", to: "2")
        == "[a]\r\nk=1\r\nl=2\r\n\r\n[b]\r\n")
  }

  @Test func `new groups come last, a blank line before each`() throws {
    #expect(
      try applying(
        [
          KeyFileChange("Imapx Backend/FilterInbox", "false"),
          KeyFileChange("Offline/StaySynchronized", "true"),
          KeyFileChange("Pop Backend/X", "1"),
          KeyFileChange("Imapx Backend/UseIdle", "true"),
          KeyFileChange("Mail Account/BackendName", "imapx"),
        ], to: Self.account)
        == Self.account.replacing("Name=pop\n", with: "Name=imapx\n")
        + "X=1\n\n[Imapx Backend]\nFilterInbox=false\nUseIdle=true\n\n[Offline]\nStaySynchronized=true\n"
    )
  }

  @Test(arguments: [
    ("", "[a]\nk=1\n"), ("\n", "\n[a]\nk=1\n"), ("# c", "# c\n\n[a]\nk=1"),
    ("# c\r\n", "# c\r\n\r\n[a]\r\nk=1\r\n"), ("[b]", "[b]\n\n[a]\nk=1"),
    ("[b]\nx=1\n\n", "[b]\nx=1\n\n[a]\nk=1\n"), ("[b]\n  ", "[b]\n  \n[a]\nk=1"),
    ("[b]\nx=1\n# tail\n", "[b]\nx=1\n# tail\n\n[a]\nk=1\n"), ("[a]", "[a]\nk=1"),
    ("[a]\n\n\n[b]", "[a]\nk=1\n\n\n[b]"),
    // The CR belongs to the value of an unterminated last line, and must stay with it.
    ("[a]\nx=1\r", "[a]\nx=1\r\r\nk=1"),
  ])
  func `a key comes into any file`(_ source: String, _ result: String) throws {
    #expect(try document(source).setting("a/k", to: "1") == result)
  }

  @Test func `deleting takes all lines of the key`() throws {
    #expect(
      try document("[a]\nk=1\nK=2\n[b]\nk=3\n[a]\n# c\n  k = 4 \nk[de]=5").setting("a/k", to: nil)
        == "[a]\nK=2\n[b]\nk=3\n[a]\n# c\nk[de]=5")
    #expect(try document("[a]\nk=1").setting("a/k", to: nil) == "[a]\n")
    #expect(try document("[a]\nk=1").setting("a/x", to: nil) == "[a]\nk=1")
    #expect(
      try applying([KeyFileChange("a/k", nil), KeyFileChange("a/l", "2")], to: "[a]\nk=1")
        == "[a]\nl=2\n")
    #expect(
      try applying(
        [KeyFileChange("a/k", nil), KeyFileChange("b/l", "2"), KeyFileChange("b/m", "3")],
        to: "[a]\nk=1")
        == "[a]\n\n[b]\nl=2\nm=3")
  }

  @Test func `elements leave lists`() throws {
    let file = try document("[a]\nk= a;b\\;c;d;\nl=x;y\nm=\\q\nn=;a; b;\n")
    #expect(try file.removing(["b;c"], from: "a/k").contains("k= a;d;\n"))
    #expect(try file.removing(["a", "d"], from: "a/k").contains("k= b\\;c;\n"))
    #expect(try file.removing(["a", "b;c", "d"], from: "a/k").contains("k= \n"))
    #expect(try file.removing(["y"], from: "a/l").contains("l=x\n"))
    #expect(try file.removing(["none"], from: "a/l") == text(file.source.bytes))
    #expect(try file.removing(["x"], from: "a/none") == text(file.source.bytes))
    #expect(throws: KeyedDocumentError.notAList(key: "a/m")) {
      try file.removing(["x"], from: "a/m")
    }
    // The blank of what would come first would be lost.
    #expect(throws: KeyedDocumentError.notExpressible(key: "a/n")) {
      try file.removing(["", "a"], from: "a/n")
    }
  }

  @Test(arguments: [
    ("a/k", "x\ny"), ("a/k", "x\0"), ("a/k", " x"), ("a/k", "\tx"), ("a/k", "\u{0C}x"),
    ("a/k", "x\r"),
    ("a/new", " x"), ("a/new", "x\r"), ("a/Encoding", "latin1"), ("a/k[", "x"), ("a/k ", "x"),
    ("a/ k", "x"), ("a/#k", "x"), ("a/[k]", "x"), ("a/k=l", "x"), ("a/k\nl", "x"),
    ("a/k [de]", "x"),
    ("b[/k", "x"), ("b\n/k", "x"), ("b\u{7F}/k", "x"),
  ])
  func `what GLib would read otherwise is refused`(_ key: String, _ value: String) throws {
    let file = try document("[a]\nk=1\n")
    #expect(throws: KeyedDocumentError.notExpressible(key: key)) {
      try file.edits(setting: key, to: utf8(value))
    }
  }

  @Test func `keys that are none are refused`() throws {
    let file = try document("[a]\nk=1\n")
    #expect(throws: KeyedDocumentError.noSuchPlace(key: "k")) {
      try file.edits(setting: "k", to: utf8("1"))
    }
    #expect(throws: KeyedDocumentError.noSuchPlace(key: "~/k")) {
      try file.edits(removing: [], fromListAt: "~/k")
    }
    #expect(throws: KeyedDocumentError.notExpressible(key: "n/Encoding")) {
      try document("").edits(setting: "n/Encoding", to: utf8("latin1"))
    }
  }

  // MARK: Messages

  @Test(arguments: [
    (
      "\u{FEFF}[a]\n",
      """
      line 1, column 1: a byte order mark, with which GLib reads nothing of the file; expected a file that begins with its first line
      \\u{FEFF}[a]
      ^
      """
    ),
    (
      "[a]\n; c\n",
      """
      line 2, column 1: a line that is no key, no group and no comment; expected key=value, [group] or # comment
      ; c
      ^
      """
    ),
    (
      "# c\n  A=b\n[a]\n",
      """
      line 2, column 3: a key before the first group; expected [group]
        A=b
        ^
      """
    ),
    (
      "[a]\r\n =b\r\n",
      """
      line 2, column 2: a value without a key; expected a key in front of the equals sign
       =b
       ^
      """
    ),
    (
      "[a]\nName [de]=x\n",
      """
      line 2, column 5: a key's name that GLib does not take; expected a name without brackets, at most with [locale] right behind it
      Name [de]=x
          ^
      """
    ),
    (
      "[a]\nD[d+e]=x\n",
      """
      line 2, column 4: a key's name that GLib does not take; expected a name without brackets, at most with [locale] right behind it
      D[d+e]=x
         ^
      """
    ),
    (
      "[é\tb]\n",
      """
      line 1, column 3: a character that no group's name may hold; expected no brackets and no control characters between [ and ]
      [é\\tb]
        ^
      """
    ),
    (
      "[]\n",
      """
      line 1, column 2: a group without a name; expected a name between [ and ]
      []
       ^
      """
    ),
    (
      "[a] # c\n",
      """
      line 1, column 5: text behind a group's name; expected the end of the line
      [a] # c
          ^
      """
    ),
    (
      "[a]\nEncoding = latin1\n",
      """
      line 2, column 12: an encoding that GLib does not read; expected UTF-8
      Encoding = latin1
                 ^
      """
    ),
  ])
  func `messages name the place`(_ source: String, _ message: String) throws {
    do {
      _ = try document(source)
      Issue.record("accepted")
    } catch let error as SyntaxError {
      #expect(error.description == message)
    }
  }
}
