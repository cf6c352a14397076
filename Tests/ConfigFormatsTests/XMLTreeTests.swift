import Glibc
import Testing

@testable import ConfigFormats

/// `text` in UTF-16 with a byte order mark.
func utf16(_ text: String, bigEndian: Bool = false) -> [UInt8] {
  ("\u{FEFF}" + text).utf16.flatMap { unit -> [UInt8] in
    let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
    return bigEndian ? [high, low] : [low, high]
  }
}

@Suite struct XMLTreeTests {
  private func root(_ text: String) throws -> XMLElement {
    try XMLTree(parsing: utf8(text)).root
  }

  @Test func `names, attributes and text as meant, in file order`() throws {
    let element = try root(
      """
      <?xml version="1.0"?>
      <!-- before -->
      <a z='1' b="x &amp; &#x79;&lt;
      z">t<b/>&gt;<![CDATA[<c/>]]>&#233;<?do it?><!--c--><b k=""> u </b></a>
      """)
    #expect(
      element
        == XMLElement(
          "a", attributes: [XMLAttribute("z", "1"), XMLAttribute("b", "x & y< z")],
          children: [
            .text("t"), .element(XMLElement("b")), .text("><c/>é"),
            .instruction(target: "do", data: "it"), .comment("c"),
            .element(
              XMLElement("b", attributes: [XMLAttribute("k", "")], children: [.text(" u ")])),
          ]))
    #expect(element.text == "t><c/>é")
    #expect(element.elements("b").map(\.trimmedText) == ["", "u"])
    #expect(element.first("b")?.attribute("k") == nil)
    #expect(element.elements.last?.attribute("k") == "")
    #expect(element.first("c") == nil)
  }

  @Test func `line ends are LF`() throws {
    #expect(try root("<a>1\r\n2</a>").text == "1\n2")
  }

  @Test func `prefixes stay as they are written`() throws {
    let element = try root("<x:a k='1' xmlns:x='urn:x' x:k='2' xmlns='urn:y'/>")
    #expect(element.name == "x:a")
    #expect(
      element.attributes == [
        XMLAttribute("xmlns:x", "urn:x"), XMLAttribute("xmlns", "urn:y"), XMLAttribute("k", "1"),
        XMLAttribute("x:k", "2"),
      ])
  }

  static let encodings: [[UInt8]] = {
    let latin: ([UInt8], UInt8) -> [UInt8] = { name, euro in
      var bytes = utf8("<?xml version='1.0' encoding='") + name + utf8("'?><a b='")
      bytes += [0xE9] + utf8("'>") + [0xE9, euro] + utf8("</a>")
      return bytes
    }
    return [
      utf8("\u{FEFF}<a b='é'>é€</a>"), latin(utf8("windows-1252"), 0x80),
      latin(utf8("ISO-8859-15"), 0xA4),
      utf16("<a b='é'>é€</a>"), utf16("<a b='é'>é€</a>", bigEndian: true),
    ]
  }()

  @Test(arguments: encodings) func `every encoding says the same`(_ bytes: [UInt8]) throws {
    #expect(
      try XMLTree(parsing: bytes).root
        == XMLElement("a", attributes: [XMLAttribute("b", "é")], children: [.text("é€")]))
  }

  @Test func `Shift_JIS, whose second bytes may look like markup`() throws {
    // U+30A1 is 83 40, U+955C 8B BE; U+8D46 ends in 5D, a closing bracket.
    let bytes =
      utf8("<?xml version='1.0' encoding='Shift_JIS'?><a>") + [0x83, 0x40, 0x8B, 0x5D]
      + utf8("</a>")
    #expect(try XMLTree(parsing: bytes).root.text.unicodeScalars.count == 2)
  }

  @Test(arguments: [
    (
      "<a>\n  <b>\n</a>\n",
      """
      line 3, column 5: Opening and ending tag mismatch: b line 2 and a; expected well-formed XML
      </a>
          ^
      """
    ),
    (
      "<a é='1' é='2'/>",
      """
      line 1, column 15: Attribute é redefined; expected well-formed XML
      <a é='1' é='2'/>
                    ^
      """
    ),
    (
      "<a>&nope;</a>",
      """
      line 1, column 10: Entity 'nope' not defined; expected well-formed XML
      <a>&nope;</a>
               ^
      """
    ),
    (
      "<a>\n<![CDATA[x\nsecret",
      """
      line 3, column 7: CData section not finished; expected well-formed XML
      secret
            ^
      """
    ),
    (
      "<x:a/>",
      """
      line 1, column 5: Namespace prefix x on a is not defined; expected well-formed XML
      <x:a/>
          ^
      """
    ),
  ]) func `what is broken is named with its place`(input: String, message: String) {
    do {
      _ = try XMLTree(parsing: utf8(input))
      Issue.record("not refused")
    } catch {
      #expect(error.description == message)
    }
  }

  @Test(arguments: [
    "", " ", "text", "<a", "<a/><b/>", "<a b=1/>", "<a b='<'/>", "<a>\u{1}</a>", "<a>&#0;</a>",
    "<a>]]></a>", "<a><!-- -- --></a>", "<?xml version='1.0' encoding='nope'?><a/>",
    "<?xml version='1.0' encoding='UTF-16'?><a/>", "<a>\0</a>",
  ]) func `what is no XML is refused`(_ input: String) {
    #expect(throws: SyntaxError.self) { try XMLTree(parsing: utf8(input)) }
  }

  @Test func `places in another encoding are counted in its characters`() {
    let text = "<?xml version='1.0' encoding='UTF-16'?>\n<a>\n<é ü='€' ü=''/></a>"
    for bytes in [utf16(text), utf16(text, bigEndian: true)] {
      let error = #expect(throws: SyntaxError.self) { try XMLTree(parsing: bytes) }
      #expect(error?.position == SourcePosition(offset: 116, line: 3, column: 14))
      #expect(error?.excerpt == "<é ü='€' ü=''/></a>\n             ^")
    }
    let japanese =
      utf8("<?xml version='1.0' encoding='Shift_JIS'?><a>\r\n") + [0x83, 0x5C, 0x83, 0x5C]
      + utf8("</b>")
    let error = #expect(throws: SyntaxError.self) { try XMLTree(parsing: japanese) }
    #expect(error?.position == SourcePosition(offset: 55, line: 2, column: 7))
    #expect(error?.excerpt == "ソソ</b>\n      ^")
  }

  @Test(arguments: [
    (utf8("<?xml version='1.0' encoding='ISO-2022-JP'?><a/>"), "the encoding ISO-2022-JP"),
    (utf8("<?xml version='1.0' encoding='UTF-7'?><a/>"), "the encoding UTF-7"),
    (
      utf8("\u{FEFF}<?xml version='1.0' encoding='ISO-8859-1'?><a/>"),
      "the encoding ISO-8859-1 in a document that begins as UTF-8"
    ),
    (
      utf16("<?xml version='1.0' encoding='UTF-8'?><a/>"),
      "the encoding UTF-8 in a document that begins as UTF-16"
    ),
    (utf8("<?xml version='1.0' encoding='UTF-16'?><a/>"), "the encoding UTF-16"),
    ([0, 0, 0, 0x3C], "UTF-32 or EBCDIC"),
  ]) func `an encoding that is not supported, or that is not the declared one, is refused`(
    _ bytes: [UInt8], problem: String
  ) {
    let error = #expect(throws: SyntaxError.self) { try XMLTree(parsing: bytes) }
    #expect(error?.problem == problem)
  }

  @Test func `libxml2 prints nothing`() async {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent, \.standardErrorContent]
    ) {
      let head = utf8("<?xml version='1.0' encoding='Shift_JIS'?><a>")
      for bytes in [head + [0x81, 0x20] + utf8("</a>"), utf8("<a>") + [0xFF], utf8("<a"), []] {
        _ = try? XMLTree(parsing: bytes)
      }
    }
    #expect(result?.standardErrorContent == [] && result?.standardOutputContent == [])
  }

  @Test func `bytes that are not in the encoding are refused`() {
    for bytes in [
      utf8("<a>") + [0xE9] + utf8("</a>"), utf8("<a>") + [0xED, 0xA0, 0x80] + utf8("</a>"),
    ] {
      #expect(throws: SyntaxError.self) { try XMLTree(parsing: bytes) }
    }
  }
}

/// What would cost time, memory or a look at another file.
@Suite struct XMLBombTests {
  static let doctypes = [
    "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "<!DOCTYPE a><a/>",
    "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
    "<?xml version='1.0'?><!-- --><!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1/'> %p;]><a/>",
  ]

  /// Entities that stand for ten of the one before, to the tenth power.
  static let laughs: String = {
    let entities = (1...10).map {
      "<!ENTITY e\($0) '\(String(repeating: "&e\($0 - 1);", count: 10))'>"
    }
    return "<!DOCTYPE a [<!ENTITY e0 'ha'>\(entities.joined())]><a>&e10;</a>"
  }()

  @Test(arguments: doctypes + [laughs]) func `a document type is refused`(_ text: String) {
    let error = #expect(throws: SyntaxError.self) { try XMLTree(parsing: utf8(text)) }
    #expect(error?.problem == "a document type declaration")
    #expect(error?.expected == "a document without one")
  }

  static let bombs: [(problem: String, bytes: [UInt8])] = [
    ("a document type declaration", utf8(laughs)),
    ("elements nested too deeply", utf8(String(repeating: "<a>", count: 29_000))),
    ("too many attributes", utf8("<a" + (0..<200_000).map { " a\($0)=''" }.joined() + "/>")),
    (
      "too many attributes",
      utf16("<a" + (0..<150_000).map { " a\($0)='\u{3C22}\u{223C}'" }.joined() + "/>")
    ),
    ("too many elements", utf8("<a>" + String(repeating: "<b/>", count: 1_000_000))),
    ("a document of 67108864 bytes", [UInt8](repeating: .space, count: 64 << 20)),
  ]

  @Test func `depth, number and size are limited`() throws {
    func nested(_ depth: Int) -> [UInt8] {
      utf8(String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth))
    }
    func attributes(_ count: Int) -> [UInt8] {
      utf8("<a>=\"=\"<b" + (0..<count).map { " a\($0) = \"='='\"" }.joined() + "/></a>")
    }
    func elements(_ count: Int) -> [UInt8] {
      utf8("<a>" + String(repeating: "<b/>", count: count - 1) + "</a>")
    }
    let limits = XMLLimits(bytes: 2_000, depth: 20, elements: 30, attributes: 10)
    for bytes in [
      nested(20), elements(30), attributes(3),
      utf8("<a>") + [UInt8](repeating: 10, count: 1_993) + utf8("</a>"),
    ] {
      _ = try XMLTree(parsing: bytes, limits: limits)
    }
    let refused = [
      (nested(21), "elements nested too deeply"), (elements(31), "too many elements"),
      (attributes(11), "too many attributes"),
      ([UInt8](repeating: 10, count: 2_001), "a document of 2001 bytes"),
    ]
    for (bytes, problem) in refused {
      let error = #expect(throws: SyntaxError.self) { try XMLTree(parsing: bytes, limits: limits) }
      #expect(error?.problem == problem)
    }
  }

  @Test(arguments: bombs.indices) func `a bomb is refused at once`(_ index: Int) {
    let (problem, bytes) = Self.bombs[index]
    // The best of a few, in processor time: other tests run beside this one.
    var best = Duration.seconds(60)
    for _ in 0..<5 {
      let start = Self.processorTime()
      let error = #expect(throws: SyntaxError.self) { try XMLTree(parsing: bytes) }
      #expect(error?.problem == problem)
      best = min(best, Self.processorTime() - start)
    }
    #if DEBUG
      // Nothing is optimised; without the limits it is minutes or all memory. Under a sanitizer all takes longer.
      let limit = Duration.seconds(getenv("SANITIZED") == nil ? 1 : 10)
    #else
      let limit = Duration.milliseconds(10)
    #endif
    #expect(best < limit, "\(problem): \(best)")
  }

  /// What this thread has used.
  private static func processorTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
