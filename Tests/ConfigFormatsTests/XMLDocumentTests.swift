import Testing

@testable import ConfigFormats

extension XMLDocument {
  /// This document's text after a batch of changes.
  func applying(_ changes: XMLChange...) throws -> String {
    text(try source.applying(edits(applying: changes)))
  }

  /// The number of the element that a key's path leads to.
  func number(_ path: String) throws -> Int {
    var current = 0
    for name in path.split(separator: "/") {
      current = try #require(children(of: current, named: String(name)).first)
    }
    return current
  }
}

extension [UInt8] {
  func contains(subsequence: [UInt8]) -> Bool {
    indices.contains { self[$0...].starts(with: subsequence) }
  }
}

@Suite struct XMLDocumentTests {
  private func document(_ text: String) throws -> XMLDocument {
    try XMLDocument(parsing: utf8(text))
  }

  @Test func `elements are known by meaning and by place`() throws {
    let input = "<a><!-- <x> --><b k='>' l = \"/>\"/><![CDATA[<c>]]><d\n>&lt;</d\n><?e <f>?></a>"
    let document = try document(input)
    func at(_ range: Range<Int>) -> String { text(Array(document.source.bytes[range])) }
    #expect(document.places.map { at($0.name) } == ["a", "b", "d"])
    #expect(
      document.places.map { at($0.whole) }
        == [input, "<b k='>' l = \"/>\"/>", "<d\n>&lt;</d\n>"])
    #expect(document.places[1].attributes.map { at($0.value) } == [">", "/>"])
    #expect(document.places[1].isEmptyTag)
    #expect(at(document.places[2].content) == "&lt;")
    #expect(document.places[0].children == [1, 2])
    #expect(document.element(2).text == "<")
    #expect(document.position(of: 2).line == 1)
  }

  @Test func `attributes are set, added and taken away alone`() throws {
    let document = try document("<a>\n  <b  k = 'x'  l=\"y\" />\n  <c/>\n</a>")
    #expect(
      try document.applying(.attribute(of: 1, name: "k", value: "x"))
        == text(document.source.bytes))
    #expect(
      try document.applying(
        .attribute(of: 1, name: "k", value: "\"'<&\t"),
        .attribute(of: 1, name: "l", value: nil),
        .attribute(of: 2, name: "m", value: "it's"))
        == "<a>\n  <b  k = '\"&apos;&lt;&amp;&#9;' />\n  <c m='it&apos;s'/>\n</a>")
  }

  @Test func `text is set between the blanks around it`() throws {
    let document = try document(
      """
      <a>
        <b>
          pop.example  <!-- here -->
        </b>
        <c/><d /><e></e><f>x</f><g> <![CDATA[ a&b ]]></g><h>1<!-- -->2</h><i> </i><j><k/></j>
      </a>
      """)
    let changes: [(String, String)] = [
      ("b", "imap.<example>"), ("c", "993"), ("d", "é"), ("e", "\n"), ("f", ""), ("g", "c&d"),
      ("i", "SSL"),
    ]
    #expect(
      text(
        try document.source.applying(
          document.edits(
            applying: changes.map { XMLChange.text(of: try document.number($0), $1) })))
          == """
          <a>
            <b>
              imap.&lt;example&gt;  <!-- here -->
            </b>
            <c>993</c><d>é</d><e>
          </e><f></f><g> <![CDATA[ c&d ]]></g><h>1<!-- -->2</h><i>SSL</i><j><k/></j>
          </a>
          """)
    for name in ["h", "j"] {
      let change = XMLChange.text(of: try document.number(name), "x")
      #expect(throws: XMLEditError.notExpressible(change)) {
        try document.edits(applying: [change])
      }
    }
    #expect(
      try document.applying(.text(of: document.number("g"), "]]>"))
        .contains("<g>  ]]&gt; </g>"))
    #expect(
      try document.applying(.text(of: document.number("f"), " y ", keepingBlanks: false))
        .contains("<f> y </f>"))
    #expect(
      try document.applying(.text(of: document.number("b"), "pop.example"))
        == text(document.source.bytes))
  }

  static let server = XMLElement(
    "server", attributes: [XMLAttribute("type", "imap")],
    children: [
      .element(XMLElement("host", children: [.text("i")])),
      .element(XMLElement("more", children: [.element(XMLElement("deep"))])),
    ])

  @Test func `a new element is laid out as the one beside it`() throws {
    let document = try document(
      "<p>\r\n\t<!-- one -->\r\n\t<server type='pop3'>\r\n\t   <host>p</host>\r\n\t</server>\r\n</p>\r\n"
    )
    let new =
      "<server type='imap'>\r\n\t   <host>i</host>\r\n\t   <more>\r\n\t      <deep/>\r\n\t   </more>\r\n\t</server>"
    let old = "<server type='pop3'>\r\n\t   <host>p</host>\r\n\t</server>"
    #expect(
      try document.applying(.insertBefore(1, Self.server))
        == "<p>\r\n\t<!-- one -->\r\n\t\(new)\r\n\t\(old)\r\n</p>\r\n")
    #expect(
      try document.applying(.insertAfter(1, Self.server))
        == "<p>\r\n\t<!-- one -->\r\n\t\(old)\r\n\t\(new)\r\n</p>\r\n")
    #expect(
      try document.applying(.append(in: 0, Self.server))
        == "<p>\r\n\t<!-- one -->\r\n\t\(old)\r\n\t\(new)\r\n</p>\r\n")
    #expect(
      try document.applying(.replace(1, Self.server))
        == "<p>\r\n\t<!-- one -->\r\n\t\(new)\r\n</p>\r\n")
    #expect(try document.applying(.remove(1)) == "<p>\r\n\t<!-- one -->\r\n</p>\r\n")
  }

  @Test func `on one line a new element stays on it`() throws {
    let document = try document("<p><server><host>p</host></server><x> </x></p>")
    let new = "<server type=\"imap\"><host>i</host><more><deep/></more></server>"
    let old = "<server><host>p</host></server>"
    #expect(
      try document.applying(.insertBefore(1, Self.server), .remove(3))
        == "<p>\(new)\(old)</p>")
    #expect(try document.applying(.append(in: 3, Self.server)) == "<p>\(old)<x>\(new)</x></p>")
  }

  @Test func `an element in an empty one gets lines of its own`() throws {
    let document = try document("<p>\n  <q/>\n  <r>\n  </r>\n</p>\n")
    let leaf = XMLElement("s", children: [.text("1")])
    #expect(
      try document.applying(.append(in: 1, leaf), .append(in: 2, leaf))
        == "<p>\n  <q>\n    <s>1</s>\n  </q>\n  <r>\n    <s>1</s>\n  </r>\n</p>\n")
    #expect(
      try self.document("<p>\n</p>\n").applying(.append(in: 0, leaf)) == "<p>\n  <s>1</s>\n</p>\n")
  }

  @Test func `neighbours go together`() throws {
    let document = try document("<p>\n  <a/> \n  <b/>\n\n  <c/><d/> x\n</p>")
    #expect(
      try document.applying(.remove(1), .remove(2), .remove(3))
        == "<p>\n\n  <d/> x\n</p>")
  }

  @Test func `characters are written in the encoding, or by number`() throws {
    let latin = try XMLDocument(
      parsing: utf8("<?xml version='1.0' encoding='ISO-8859-1'?><a>") + [0xE9] + utf8("</a>"))
    #expect(
      try latin.source.applying(latin.edits(applying: [.text(of: 0, "ü€")]))
        == utf8("<?xml version='1.0' encoding='ISO-8859-1'?><a>") + [0xFC]
        + utf8("&#x20AC;</a>"))
    let japanese = try XMLDocument(
      parsing: utf8("<?xml version='1.0' encoding='Shift_JIS'?><a k='") + [0x83, 0x5C]
        + utf8("'><![CDATA[") + [0x8B, 0x5D] + utf8("]]></a>"))
    #expect(
      try japanese.source.applying(
        japanese.edits(applying: [
          .text(of: 0, "ソ"), .attribute(of: 0, name: "k", value: "é表"),
        ]))
        == utf8("<?xml version='1.0' encoding='Shift_JIS'?><a k='&#xE9;") + [0x95, 0x5C]
        + utf8("'><![CDATA[") + [0x83, 0x5C] + utf8("]]></a>"))
    // Where ASCII has its backslash and tilde, this has a yen sign and an overline.
    #expect(
      try japanese.source.applying(japanese.edits(applying: [.text(of: 0, "]]>a\\~¥")]))
        .contains(subsequence: utf8("'>]]&gt;a&#x5C;&#x7E;") + [0x5C] + utf8("</a>")))
    #expect(
      try japanese.source.applying(
        japanese.edits(applying: [.attribute(of: 0, name: "k", value: "a\\b")])
      ).contains(subsequence: utf8("k='a&#x5C;b'")))
    let wide = try XMLDocument(parsing: utf16("<a><b/></a>", bigEndian: true))
    #expect(
      try wide.source.applying(wide.edits(applying: [.text(of: 1, "é😀")]))
        == utf16("<a><b>é😀</b></a>", bigEndian: true))
  }

  @Test func `what XML cannot hold, or would mean more than asked for, is refused`() throws {
    let document = try document("<a xmlns:x='urn:x'><b k='1'>t<c/></b><d/></a>")
    let changes: [XMLChange] = [
      .text(of: 3, "\u{1}"), .text(of: 3, "\u{FFFE}"), .text(of: 1, "x"),
      .attribute(of: 1, name: "xmlns:x", value: "urn:y"), .attribute(of: 1, name: "a b", value: ""),
      .attribute(of: 1, name: "", value: ""), .attribute(of: 1, name: "k", value: "\0"),
      .insertAfter(3, XMLElement("1")), .insertAfter(0, XMLElement("x")),
      .insertBefore(0, XMLElement("x")), .remove(0), .remove(9),
      .insertAfter(3, XMLElement("e", children: [.comment("a--b")])),
      .insertAfter(3, XMLElement("e", children: [.instruction(target: "p", data: "?>")])),
    ]
    for change in changes {
      #expect(throws: XMLEditError.notExpressible(change)) {
        try document.edits(applying: [change])
      }
    }
    // A prefix that nothing declares; libxml2 finds it.
    #expect(throws: XMLEditError.notIntended) {
      try document.edits(applying: [.insertAfter(3, XMLElement("y:e"))])
    }
    #expect(throws: XMLEditError.notIntended) {
      try document.edits(applying: [.attribute(of: 1, name: "é×", value: "")])
    }
    #expect(throws: XMLEditError.overlapping) {
      try document.edits(applying: [.remove(1), .remove(2)])
    }
  }

  @Test func `a result that says anything else is refused`() throws {
    // A blank by number belongs to the text for the lexer, and to the blanks around it in the tree.
    let document = try document("<a>&#32;x</a>")
    #expect(throws: XMLEditError.notIntended) {
      try document.edits(applying: [.text(of: 0, "y")])
    }
    #expect(try document.applying(.text(of: 0, "y", keepingBlanks: false)) == "<a>y</a>")
  }

  @Test func `a section ends where its characters do`() throws {
    // The first bracket is half of a character.
    let bytes =
      utf8("<?xml version='1.0' encoding='Shift_JIS'?><a><![CDATA[") + [0x83, 0x5D]
      + utf8("]><b/>]]></a>")
    let document = try XMLDocument(parsing: bytes)
    #expect(document.places.count == 1)
    #expect(
      try document.source.applying(document.edits(applying: [.text(of: 0, "c")]))
        == utf8("<?xml version='1.0' encoding='Shift_JIS'?><a><![CDATA[c]]></a>"))
  }

  @Test func `places and tree must be of one document`() throws {
    let document = try document("<a k='1'><b/><c><d/></c></a>")
    let agreement = XMLAgreement(document.source.bytes, document.encoding, document.places)
    #expect(agreement.elements(of: document.tree.root) == document.elements)
    for other in [
      "<a k='1'><b/><c><e/></c></a>", "<a l='1'><b/><c><d/></c></a>", "<a><b/><c><d/></c></a>",
      "<a k='1'><b/><c><d/></c><d/></a>", "<a k='1'><b/><c/></a>", "<a k='1'><b/><c/><d/></a>",
      "<a k='1'><b><c/></b><d/></a>", "<a k='1'><b/></a>", "<x k='1'><b/><c><d/></c></x>",
      "<a k='1' l=''><b/><c><d/></c></a>",
    ] {
      #expect(agreement.elements(of: try self.document(other).tree.root) == nil, "\(other)")
    }
  }

  @Test func `a document type and other encodings are refused`() {
    for bytes in [utf8("<!DOCTYPE a><a/>"), utf8("<?xml version='1.0' encoding='UTF-7'?><a/>")] {
      #expect(throws: SyntaxError.self) { try XMLDocument(parsing: bytes) }
    }
  }
}

@Suite struct XMLKeyTests {
  private let input = """
    <clientConfig version="1.1">
      <emailProvider id="example.com">
        <domain>example.com</domain>
        <domain>
          example.net
        </domain>
        <incomingServer type="pop3">
          <hostname>pop.example.com</hostname>
        </incomingServer>
        <note/>
      </emailProvider>
    </clientConfig>
    """

  private func document() throws -> XMLDocument { try XMLDocument(parsing: utf8(input)) }

  @Test func `keys lead from the root to text and attributes`() throws {
    let document = try document()
    #expect(
      document.keys(withPrefix: "") == [
        "@version", "emailProvider/@id", "emailProvider/domain", "emailProvider/domain[2]",
        "emailProvider/incomingServer/@type", "emailProvider/incomingServer/hostname",
        "emailProvider/note",
      ])
    for key in document.keys(withPrefix: "") { #expect(XMLKey(key)?.spelling == key) }
    #expect(text(document.value(forKey: "@version")) == "1.1")
    #expect(text(document.value(forKey: "emailProvider/domain[1]")) == "example.com")
    #expect(text(document.value(forKey: "emailProvider/domain[2]")) == "example.net")
    #expect(document.value(forKey: "emailProvider/domain[3]") == nil)
    #expect(text(document.value(forKey: "emailProvider/note")) == "")
    #expect(
      text(document.value(forKey: "emailProvider/incomingServer[@type=pop3]/hostname"))
        == "pop.example.com")
    #expect(document.value(forKey: "emailProvider/incomingServer[@type=imap]/hostname") == nil)
    #expect(document.value(forKey: "emailProvider/incomingServer") == nil)
    #expect(
      text(document.value(forKey: "emailProvider/incomingServer/."))
        == "<incomingServer type=\"pop3\"><hostname>pop.example.com</hostname></incomingServer>")
  }

  @Test func `a value is set, added and taken away under its key`() throws {
    let document = try document()
    func setting(_ key: String, _ value: String?, _ old: String, _ new: String) throws {
      let result = try document.setting(key, to: value)
      #expect(result == input.replacing(old, with: new))
      let edits = try document.edits(setting: key, to: value.map(utf8))
      #expect(editLawViolations(document.source, edits, result: utf8(result)).isEmpty)
      #expect(text(try XMLDocument(parsing: utf8(result)).value(forKey: key)) == value)
    }
    try setting("@version", "1.2", "1.1", "1.2")
    try setting("emailProvider/@id", nil, " id=\"example.com\"", "")
    try setting("emailProvider/domain[2]", "example.org", "example.net", "example.org")
    try setting(
      "emailProvider/domain[3]", "x", "    </domain>", "    </domain>\n    <domain>x</domain>")
    try setting("emailProvider/note", nil, "\n    <note/>", "")
    try setting(
      "emailProvider/incomingServer/port", "995", "com</hostname>",
      "com</hostname>\n      <port>995</port>")
    try setting(
      "emailProvider/incomingServer[@type=imap]/.",
      "<incomingServer type=\"imap\"><hostname>i</hostname></incomingServer>",
      "    </incomingServer>",
      "    </incomingServer>\n    <incomingServer type=\"imap\">\n      <hostname>i</hostname>\n    </incomingServer>"
    )
    try setting(
      "emailProvider/incomingServer[@type=pop3]/.", nil,
      "\n    <incomingServer type=\"pop3\">\n      <hostname>pop.example.com</hostname>\n    </incomingServer>",
      "")
    try setting("emailProvider/nothing", nil, "x", "x")
  }

  @Test func `an element that went by its key comes back by it`() throws {
    let document = try document()
    let key = "emailProvider/incomingServer[@type=pop3]/."
    let value = try #require(document.value(forKey: key))
    let without = try XMLDocument(parsing: utf8(document.setting(key, to: nil)))
    #expect(without.value(forKey: key) == nil)
    let back = try XMLDocument(
      parsing: without.source.applying(without.edits(setting: key, to: value)))
    #expect(back.value(forKey: key) == value)
    #expect(
      text(back.source.bytes).contains(
        """
            <incomingServer type="pop3">
              <hostname>pop.example.com</hostname>
            </incomingServer>
        """))
  }

  @Test(arguments: [
    "", "/", "a//b", "a[", "a[0]", "a[x]", "a[@b]", "a[@b=c", "[1]", ".", "1a", "a/@b/c",
  ]) func `what is no key names nothing`(_ key: String) throws {
    let document = try document()
    #expect(document.value(forKey: key) == nil)
    #expect(throws: KeyedDocumentError.noSuchPlace(key: key)) {
      try document.edits(setting: key, to: [])
    }
  }

  @Test func `what cannot be is refused`() throws {
    let document = try document()
    func refuses(_ key: String, _ value: [UInt8]?, _ error: KeyedDocumentError) {
      #expect(throws: error) { try document.edits(setting: key, to: value) }
    }
    for key in ["nothing/here", "emailProvider/domain[4]", "nothing/@a", "emailProvider/a[@b=c]/."]
    {
      refuses(key, utf8("<a/>"), .noSuchPlace(key: key))
    }
    refuses("emailProvider/domain", [0xFF], .notExpressible(key: "emailProvider/domain"))
    refuses("emailProvider/domain", [1], .notExpressible(key: "emailProvider/domain"))
    refuses("emailProvider", utf8("x"), .notExpressible(key: "emailProvider"))
    refuses("emailProvider/.", utf8("<a>"), .notExpressible(key: "emailProvider/."))
    #expect(throws: KeyedDocumentError.notAList(key: "emailProvider/domain")) {
      try document.edits(removing: [], fromListAt: "emailProvider/domain")
    }
  }
}
