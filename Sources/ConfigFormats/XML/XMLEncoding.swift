import CXMLBridge

/// The encoding an XML document is written in, as its first bytes tell (XML 1.0, appendix F).
///
/// Only encodings in which a byte or two-byte unit tells by itself, at most with the one before it,
/// whether it is markup. Others (UTF-32, EBCDIC, UTF-7, ISO-2022) are refused: no mail client or
/// provider writes them.
public struct XMLEncoding: Sendable, Equatable {
  /// The name that the document declares, else that of its kind.
  public let name: String
  let kind: Kind
  /// Bytes of the byte order mark in front.
  let markLength: Int

  enum Kind: Sendable, Equatable {
    case utf8
    case utf16(bigEndian: Bool)
    /// One byte a character, ASCII in its place.
    case singleByte
    /// Two bytes, the second of which may look like ASCII from 0x40 on.
    case shiftJIS
    /// Several bytes, none of which looks like ASCII.
    case eucJP
  }

  static let utf8 = XMLEncoding(name: "UTF-8", kind: .utf8, markLength: 0)

  private init(name: String, kind: Kind, markLength: Int) {
    self.name = name
    self.kind = kind
    self.markLength = markLength
  }

  /// Bytes of a code unit.
  var width: Int { if case .utf16 = kind { 2 } else { 1 } }

  /// - Throws: ``SyntaxError`` for an encoding that is not supported, and where the declaration and
  ///   the first bytes contradict each other.
  init(of bytes: [UInt8]) throws(SyntaxError) {
    let (marked, length) = try Self.marked(bytes)
    markLength = length
    let units = XMLUnits(bytes, kind: marked ?? .utf8, start: length)
    guard let declared = units.declaredEncoding else {
      kind = marked ?? .utf8
      name = kind == .utf8 ? "UTF-8" : "UTF-16"
      return
    }
    name = declared.name
    guard let named = Self.kind(named: declared.name, marked: marked) else {
      throw SourceText(bytes).syntaxError(
        at: declared.offset, problem: "the encoding \(declared.name.printable)",
        expected: "UTF-8, UTF-16, ISO-8859, windows-125x, KOI8, Shift_JIS or EUC-JP")
    }
    guard marked == nil || named == marked else {
      throw SourceText(bytes).syntaxError(
        at: declared.offset,
        problem: "the encoding \(declared.name) in a document that begins as \(Self.label(marked))",
        expected: "the encoding that it is written in")
    }
    kind = named
  }

  private static func label(_ kind: Kind?) -> String { kind == .utf8 ? "UTF-8" : "UTF-16" }

  /// What a byte order mark, or the first characters' form, says.
  private static func marked(_ bytes: [UInt8]) throws(SyntaxError) -> (Kind?, markLength: Int) {
    let first = Array(bytes.prefix(4))
    let foreign: [[UInt8]] = [
      [0xFF, 0xFE, 0, 0], [0, 0, 0xFE, 0xFF], [0x3C, 0, 0, 0], [0, 0, 0, 0x3C],
      [0x4C, 0x6F, 0xA7, 0x94],
    ]
    guard !foreign.contains(first) else {
      throw SourceText(bytes).syntaxError(
        at: 0, problem: "UTF-32 or EBCDIC", expected: "UTF-8, UTF-16 or an extension of ASCII")
    }
    if first.starts(with: byteOrderMark) { return (.utf8, 3) }
    if first.starts(with: [0xFF, 0xFE]) { return (.utf16(bigEndian: false), 2) }
    if first.starts(with: [0xFE, 0xFF]) { return (.utf16(bigEndian: true), 2) }
    if first == [0x3C, 0, 0x3F, 0] { return (.utf16(bigEndian: false), 0) }
    if first == [0, 0x3C, 0, 0x3F] { return (.utf16(bigEndian: true), 0) }
    return (nil, 0)
  }

  private static func kind(named name: String, marked: Kind?) -> Kind? {
    let name = name.lowercased()
    switch name {
    case "utf-8", "utf8": return .utf8
    case "utf-16":
      if case .utf16 = marked { return marked }
      return nil
    case "utf-16le": return .utf16(bigEndian: false)
    case "utf-16be": return .utf16(bigEndian: true)
    case "us-ascii", "ascii", "koi8-r", "koi8-u", "latin1": return .singleByte
    case "shift_jis", "shift-jis", "sjis", "windows-31j", "cp932": return .shiftJIS
    case "euc-jp", "eucjp": return .eucJP
    default:
      let families = ["iso-8859-", "iso8859-", "windows-125", "cp125"]
      let number = families.firstIndex { name.hasPrefix($0) }.flatMap {
        Int(name.dropFirst(families[$0].count))
      }
      return number != nil ? .singleByte : nil
    }
  }

  // MARK: Characters

  /// `text` in this encoding, or nil where it lacks one of the characters.
  func encoded(_ text: String) -> [UInt8]? {
    switch kind {
    case .utf8: return Array(text.utf8)
    case .utf16(let bigEndian):
      return text.utf16.flatMap { unit -> [UInt8] in
        let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
        return bigEndian ? [high, low] : [low, high]
      }
    case .singleByte, .shiftJIS, .eucJP:
      if Self.isPlain(text.utf8) { return Array(text.utf8) }
      // iconv writes a backslash in Shift_JIS as what it reads as a yen sign.
      let bytes = Self.convert(Array(text.utf8), from: "UTF-8", to: name)
      return bytes.flatMap { bytes in
        decoded(bytes[...]).flatMap { $0.utf8.elementsEqual(text.utf8) ? bytes : nil }
      }
    }
  }

  /// `bytes` of this encoding as text, or nil where they are not sound.
  func decoded(_ bytes: ArraySlice<UInt8>) -> String? {
    switch kind {
    case .utf8: return String(validating: bytes, as: UTF8.self)
    case .utf16(let bigEndian):
      let units = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map { place in
        let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
        return bigEndian ? first << 8 | second : second << 8 | first
      }
      return String(validating: units, as: UTF16.self)
    case .singleByte, .shiftJIS, .eucJP:
      if Self.isPlain(bytes) { return String(decoding: bytes, as: UTF8.self) }
      return Self.convert(Array(bytes), from: name, to: "UTF-8").flatMap {
        String(validating: $0, as: UTF8.self)
      }
    }
  }

  /// Whether these are the same bytes in all encodings but UTF-16: some have a yen sign in the
  /// place of the backslash.
  private static func isPlain(_ bytes: some Sequence<UInt8>) -> Bool {
    bytes.allSatisfy { $0 < 0x80 && $0 != .backslash && $0 != UInt8(ascii: "~") }
  }

  private static func convert(_ text: [UInt8], from: String, to: String) -> [UInt8]? {
    var converted = [UInt8](repeating: 0, count: text.count * 4 + 8)
    let count = converted.withUnsafeMutableBytes {
      xml_bridge_convert(from, to, text, text.count, $0.baseAddress, $0.count)
    }
    return count < 0 ? nil : Array(converted.prefix(count))
  }
}
