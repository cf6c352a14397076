@testable import ConfigFormats

/// An encoding as the tests write it, without iconv: ASCII and a few characters by hand.
struct TestEncoding {
  var declared: String?
  var mark: [UInt8] = []
  var extra: [Unicode.Scalar: [UInt8]] = [:]
  var wide: Bool?  // big-endian?
  var isUnicode = false

  static let all: [TestEncoding] = [
    .init(declared: "UTF-8", isUnicode: true), .init(declared: nil, isUnicode: true),
    .init(declared: "utf-8", mark: [0xEF, 0xBB, 0xBF], isUnicode: true),
    .init(declared: nil, mark: [0xEF, 0xBB, 0xBF], isUnicode: true),
    .init(declared: "UTF-16", mark: [0xFF, 0xFE], wide: false, isUnicode: true),
    .init(declared: "UTF-16", mark: [0xFE, 0xFF], wide: true, isUnicode: true),
    .init(declared: nil, mark: [0xFF, 0xFE], wide: false, isUnicode: true),
    .init(declared: "UTF-16BE", wide: true, isUnicode: true),
    .init(declared: "US-ASCII"),
    .init(declared: "ISO-8859-1", extra: ["é": [0xE9], "ß": [0xDF], "÷": [0xF7]]),
    .init(declared: "ISO-8859-2", extra: ["ł": [0xB3], "é": [0xE9]]),
    .init(declared: "ISO-8859-15", extra: ["€": [0xA4], "é": [0xE9]]),
    .init(declared: "windows-1250", extra: ["ř": [0xF8], "€": [0x80]]),
    .init(declared: "windows-1251", extra: ["я": [0xFF], "Ж": [0xC6]]),
    .init(declared: "windows-1252", extra: ["€": [0x80], "é": [0xE9]]),
    .init(declared: "KOI8-R", extra: ["я": [0xD1], "Ж": [0xF6]]),
    // Second bytes that are [ \ ] and more.
    .init(
      declared: "Shift_JIS",
      extra: [
        "ゼ": [0x83, 0x5B], "ソ": [0x83, 0x5C], "ゾ": [0x83, 0x5D], "表": [0x95, 0x5C], "ｱ": [0xB1],
      ]),
    .init(declared: "EUC-JP", extra: ["ゾ": [0xA5, 0xBE], "ソ": [0xA5, 0xBD], "ｱ": [0x8E, 0xB1]]),
  ]

  var characters: [Unicode.Scalar] {
    isUnicode ? ["é", "€", "ゾ", "😀", "я"] : extra.keys.sorted { $0.value < $1.value }
  }

  func bytes(of text: String) -> [UInt8]? {
    if let wide {
      return text.utf16.flatMap { unit -> [UInt8] in
        wide ? [UInt8(unit >> 8), UInt8(unit & 0xFF)] : [UInt8(unit & 0xFF), UInt8(unit >> 8)]
      }
    }
    if isUnicode { return Array(text.utf8) }
    var result: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard let bytes = scalar.isASCII ? [UInt8(scalar.value)] : extra[scalar] else { return nil }
      result += bytes
    }
    return result
  }
}

/// A document made up at random; what it says and where is known beforehand.
struct GeneratedXML {
  struct Element {
    var name = ""
    var attributes: [(name: String, value: String, range: Range<Int>)] = []
    var whole = 0..<0
    var content = 0..<0
    var depth = 0
    /// The text directly within it.
    var text = ""
    var comments: [String] = []
    /// Numbers of the elements in it, behind one another.
    var descendants = 0..<0
    var hasChildren: Bool { !descendants.isEmpty }
    /// Pieces of text that are not only blanks.
    var pieces = 0
  }

  let encoding: TestEncoding
  private(set) var bytes: [UInt8] = []
  private(set) var elements: [Element] = []
  let lineBreak: String
  private let indent: String
  private let isOneLine: Bool
  private var budget: Int

  static let names = ["server", "host", "a", "incomingServer", "x-1", "B_2.c"]

  init(_ random: inout SeededGenerator, encoding: TestEncoding, size: Int) {
    self.encoding = encoding
    lineBreak = random.pick(["\n", "\n", "\r\n", "\r\n", "\r"])
    indent = random.pick(["  ", "    ", "\t", " ", ""])
    isOneLine = random.chance(15)
    budget = size
    bytes = encoding.mark
    putProlog(&random)
    putElement(0, &random)
    for _ in 0..<random.below(3) { put(random.pick([lineBreak, "<!-- </x> -->", " "])) }
  }

  // MARK: Writing

  private mutating func put(_ text: String) { bytes += encoding.bytes(of: text) ?? [] }

  private mutating func putProlog(_ random: inout SeededGenerator) {
    let quote = random.pick(["\"", "'"])
    if let declared = encoding.declared {
      put("<?xml version=\(quote)1.0\(quote) encoding = \(quote)\(declared)\(quote)?>")
      if !isOneLine { put(lineBreak) }
    } else if encoding.wide == nil, random.chance(50) {
      put("<?xml version=\"1.0\"?>" + lineBreak)
    }
    if random.chance(20) { put("<!-- <\(Self.names[0]) k='>'> -->" + lineBreak) }
    if random.chance(10) { put("<?pi <\(Self.names[0])> ?>") }
  }

  private mutating func putElement(_ depth: Int, _ random: inout SeededGenerator) {
    let index = elements.count
    let start = bytes.count
    elements.append(Element(name: random.pick(Self.names), depth: depth))
    if encoding.isUnicode, random.chance(5) { elements[index].name = "é\(elements[index].name)" }
    let name = elements[index].name
    put("<" + name)
    for attribute in ["k", "type", "x.y", "last"] where random.chance(30) {
      putAttribute(attribute, index, &random)
    }
    if random.chance(15) { put(random.pick([" ", lineBreak, "\t"])) }
    if depth > 0, random.chance(12) {
      put("/>")
      elements[index].content = bytes.count..<bytes.count
    } else {
      put(">")
      let content = bytes.count
      putContent(index, depth, &random)
      elements[index].content = content..<bytes.count
      put("</" + name + random.pick(["", "", " ", lineBreak]) + ">")
    }
    elements[index].whole = start..<bytes.count
    elements[index].descendants = index + 1..<elements.count
  }

  private mutating func putAttribute(
    _ name: String, _ index: Int, _ random: inout SeededGenerator
  ) {
    let quote = random.pick(["\"", "\"", "'"])
    put(random.pick([" ", " ", "  ", lineBreak + "  ", "\t"]) + name)
    put(random.pick(["=", "=", " = ", "=" + lineBreak]) + quote)
    let start = bytes.count
    var value = ""
    for _ in 0..<random.below(5) {
      let (written, meant) = random.pick([
        ("pop3", "pop3"), (">", ">"), ("/>", "/>"), ("&amp;", "&"), ("&#60;", "<"), (" ", " "),
        ("&quot;", "\""), ("&#x27;", "'"), ("=", "="), ("]]>", "]]>"), (other(&random)),
      ])
      put(written)
      value += meant
    }
    elements[index].attributes.append((name, value, start..<bytes.count))
    put(quote)
  }

  /// One of the encoding's own characters, or by number.
  private func other(_ random: inout SeededGenerator) -> (String, String) {
    guard !encoding.characters.isEmpty, random.chance(80) else { return ("&#233;", "é") }
    let text = String(Character(random.pick(encoding.characters)))
    return (text, text)
  }

  // MARK: Content

  private mutating func putContent(_ index: Int, _ depth: Int, _ random: inout SeededGenerator) {
    guard depth < 5, depth == 0 || random.chance(depth < 3 ? 60 : 30), budget > 0 else {
      return putText(index, &random)
    }
    let isMixed = random.chance(8)
    repeat {
      if isMixed { putText(index, &random) } else { putBreak(index, depth + 1, &random) }
      if random.chance(10) { putComment(index, &random) }
      if random.chance(4) { put("<?pi <x/> ?>") }
      if random.chance(80) {
        budget -= 1
        putElement(depth + 1, &random)
        if random.chance(5) { putBlanks(random.pick([" ", "\t "]), index) }
      }
    } while depth == 0 ? budget > 0 : random.chance(60)
    if !isMixed { putBreak(index, depth, &random) }
  }

  private mutating func putBlanks(_ text: String, _ index: Int) {
    put(text)
    elements[index].text += text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
  }

  private mutating func putBreak(_ index: Int, _ depth: Int, _ random: inout SeededGenerator) {
    guard !isOneLine else { return }
    putBlanks(lineBreak + (random.chance(5) ? lineBreak : ""), index)
    putBlanks(String(repeating: indent, count: depth), index)
  }

  private mutating func putComment(_ index: Int, _ random: inout SeededGenerator) {
    let text = random.pick([" c ", "<server k='", "]]>", "- ' \""]) + other(&random).1
    guard encoding.bytes(of: text) != nil else { return }
    put("<!--" + text + "-->")
    elements[index].comments.append(text)
  }

  private mutating func putText(_ index: Int, _ random: inout SeededGenerator) {
    if random.chance(15) { putBlanks(random.pick([" ", lineBreak + "  "]), index) }
    if random.chance(12) { putComment(index, &random) }
    for _ in 0..<random.pick([0, 1, 1, 1, 1, 2]) { putPiece(index, &random) }
    if random.chance(12) { putComment(index, &random) }
    if random.chance(15) { putBlanks(random.pick([" ", lineBreak]), index) }
  }

  private mutating func putPiece(_ index: Int, _ random: inout SeededGenerator) {
    elements[index].pieces += 1
    guard random.chance(85) else {
      let own =
        encoding.characters.randomElement(using: &random).map { String(Character($0)) } ?? "c"
      // A character whose second byte is a bracket, and what then looks like the section's end.
      let tail = random.pick(["", "", "]>"])
      let text = random.pick(["<a k='x'>", "]]", "&amp;", "</server>"]) + own + tail
      put("<![CDATA[" + text + "]]>")
      elements[index].text += text
      return
    }
    var meaning = ""
    for number in 0...random.below(3) {
      let (written, meant) = random.pick([
        ("pop.example.com", "pop.example.com"), ("995", "995"), ("&amp;", "&"), ("&lt;a>", "<a>"),
        ("%EMAILADDRESS%", "%EMAILADDRESS%"), ("'\"", "'\""), ("&#x21;", "!"), other(&random),
      ])
      if number > 0, random.chance(20) {
        put(lineBreak)
        meaning += "\n"
      }
      put(written)
      meaning += meant
    }
    elements[index].text += meaning
  }

  // MARK: What it says

  /// One line for each element, with all that it says but blanks between elements.
  var lines: [String] { elements.map(Self.line) }

  static func line(_ element: Element) -> String {
    line(
      element.depth, element.name, element.attributes.map { ($0.name, $0.value) }, element.text,
      element.hasChildren, element.comments)
  }

  static func line(
    _ depth: Int, _ name: String, _ attributes: [(String, String)], _ text: String,
    _ hasChildren: Bool, _ comments: [String]
  ) -> String {
    let blanks: Set<Unicode.Scalar> = [" ", "\t", "\n", "\r"]
    var scalars = Array(text.unicodeScalars)
    if hasChildren {
      scalars.removeAll(where: blanks.contains)
    } else {
      while let first = scalars.first, blanks.contains(first) { scalars.removeFirst() }
      while let last = scalars.last, blanks.contains(last) { scalars.removeLast() }
    }
    let written = attributes.map { "\($0)=\($1)" }.joined(separator: "|")
    var shown = ""
    shown.unicodeScalars.append(contentsOf: scalars)
    return "\(depth) \(name) \(written) [\(shown)] \(comments.joined(separator: "|"))"
  }

  static func lines(of element: XMLElement, depth: Int = 0) -> [String] {
    let comments = element.children.compactMap { node -> String? in
      if case .comment(let text) = node { text } else { nil }
    }
    let line = line(
      depth, element.name, element.attributes.map { ($0.name, $0.value) }, element.text,
      !element.elements.isEmpty, comments)
    return [line] + element.elements.flatMap { lines(of: $0, depth: depth + 1) }
  }
}
