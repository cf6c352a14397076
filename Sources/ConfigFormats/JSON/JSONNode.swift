/// What a JSON value is.
public enum JSONKind: UInt8, Sendable {
  case object, array, string, number, `true`, `false`, null
}

/// One value of a ``JSONDocument``: its place, and what it holds.
public struct JSONNode: Sendable {
  let document: JSONDocument
  let index: Int

  var record: JSONRecord { document.records[index] }

  public var kind: JSONKind { record.kind }

  /// The value's bytes in the document, brackets or quotes included.
  public var range: Range<Int> { record.range }

  /// The value as it stands in the file.
  public var rawBytes: [UInt8] { Array(document.source.bytes[range]) }

  /// The elements of an array or the values of an object, in file order, duplicates included.
  public var children: [JSONNode] {
    var result: [JSONNode] = []
    result.reserveCapacity(Int(record.childCount))
    var child = Int(record.firstChild)
    while child >= 0 {
      result.append(JSONNode(document: document, index: child))
      child = Int(document.records[child].nextSibling)
    }
    return result
  }

  public var childCount: Int { Int(record.childCount) }

  /// The name of this value in its object, escapes resolved; nil for an element or the root.
  public var name: String? { nameBytes.map { String(decoding: $0, as: UTF8.self) } }

  var nameBytes: [UInt8]? {
    guard record.nameStart >= 0 else { return nil }
    return JSONSpelling.unquoted(
      document.source.bytes[Int(record.nameStart)..<Int(record.nameEnd)])
  }

  /// The value under `name`, or nil if this is no object or has none. Of several with one name the
  /// last counts, as in JSON.parse.
  public subscript(name: String) -> JSONNode? {
    guard kind == .object else { return nil }
    let wanted = Array(name.utf8)
    return children.last { $0.nameBytes == wanted }
  }

  /// The element at `position`, or nil if this is no array or shorter.
  public subscript(position: Int) -> JSONNode? {
    guard kind == .array, position >= 0 else { return nil }
    let all = children
    return position < all.count ? all[position] : nil
  }

  /// The string, escapes resolved; nil for another kind. Half of a surrogate pair, which JSON.parse
  /// lets pass, becomes U+FFFD.
  public var stringValue: String? {
    guard kind == .string else { return nil }
    return String(decoding: JSONSpelling.unquoted(document.source.bytes[range]), as: UTF8.self)
  }

  /// The number if it is written as an integer (no fraction, no exponent) and fits.
  public var intValue: Int? {
    guard kind == .number else { return nil }
    return Int(String(decoding: document.source.bytes[range], as: UTF8.self))
  }

  public var boolValue: Bool? {
    switch kind {
    case .true: true
    case .false: false
    default: nil
    }
  }

  /// The value without blanks, its strings escaped as JSON.stringify escapes them, its numbers as
  /// they stand: equal for values that differ only in spelling.
  public var canonicalBytes: [UInt8] {
    var result: [UInt8] = []
    appendCanonical(to: &result)
    return result
  }

  // Recursion is bounded by the parser's depth limit.
  private func appendCanonical(to result: inout [UInt8]) {
    switch kind {
    case .string:
      result += JSONSpelling.quoted(JSONSpelling.unquoted(document.source.bytes[range]))
    case .number, .true, .false, .null:
      result += document.source.bytes[range]
    case .array, .object:
      result.append(UInt8(ascii: kind == .array ? "[" : "{"))
      for (position, child) in children.enumerated() {
        if position > 0 { result.append(.comma) }
        if let name = child.nameBytes {
          result += JSONSpelling.quoted(name)
          result.append(UInt8(ascii: ":"))
        }
        child.appendCanonical(to: &result)
      }
      result.append(UInt8(ascii: kind == .array ? "]" : "}"))
    }
  }

  /// This value's bytes with some members of it replaced: a copy to be changed before it is put
  /// somewhere. Each replacement is JSON text.
  /// - Throws: `noSuchPlace` if this is no object with such a member; `notExpressible` if a
  ///   replacement is not JSON.
  public func rawBytes(
    replacingMembers replacements: [(name: String, json: [UInt8])]
  ) throws(KeyedDocumentError) -> [UInt8] {
    var edits: [SourceEdit] = []
    for (name, json) in replacements {
      guard let member = self[name] else { throw .noSuchPlace(key: name) }
      guard JSONSpelling.isJSON(json) else { throw .notExpressible(key: name) }
      let offset = range.lowerBound
      edits.append(
        SourceEdit(
          range: member.range.lowerBound - offset..<member.range.upperBound - offset,
          replacement: json))
    }
    do {
      return try SourceText(rawBytes).applying(edits)
    } catch {
      // Two replacements for one member.
      throw .noSuchPlace(key: replacements.first?.name ?? "")
    }
  }
}

/// A node in the flat tree: offsets into the bytes, indices into the records.
struct JSONRecord: Sendable {
  var kind: JSONKind
  var start: Int32
  var end: Int32 = 0
  /// The member's name with its quotes; -1 where there is none.
  var nameStart: Int32 = -1
  var nameEnd: Int32 = -1
  var firstChild: Int32 = -1
  var lastChild: Int32 = -1
  var nextSibling: Int32 = -1
  var childCount: Int32 = 0

  var range: Range<Int> { Int(start)..<Int(end) }
}

/// How strings are spelled in JSON.
public enum JSONSpelling {
  /// `text` as a JSON string, escaped as JSON.stringify does.
  public static func string(_ text: String) -> [UInt8] { quoted(Array(text.utf8)) }

  static func isJSON(_ bytes: [UInt8]) -> Bool {
    !bytes.starts(with: byteOrderMark) && (try? JSONDocument(parsing: bytes)) != nil
  }

  /// Bytes in UTF-8, or with surrogates by themselves (ED A0..BF xx), as a JSON string.
  static func quoted(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = [.quote]
    result.reserveCapacity(bytes.count + 2)
    var place = 0
    while place < bytes.count {
      let byte = bytes[place]
      switch byte {
      case .quote, .backslash: result += [.backslash, byte]
      case 0x08: result += [.backslash, UInt8(ascii: "b")]
      case 0x0C: result += [.backslash, UInt8(ascii: "f")]
      case .lineFeed: result += [.backslash, UInt8(ascii: "n")]
      case .carriageReturn: result += [.backslash, UInt8(ascii: "r")]
      case .tab: result += [.backslash, UInt8(ascii: "t")]
      case 0..<0x20: result += unicodeEscape(UInt32(byte))
      case 0xED where place + 2 < bytes.count && bytes[place + 1] >= 0xA0:
        result += unicodeEscape(
          0xD000 | UInt32(bytes[place + 1] & 0x3F) << 6 | UInt32(bytes[place + 2] & 0x3F))
        place += 2
      default: result.append(byte)
      }
      place += 1
    }
    result.append(.quote)
    return result
  }

  private static func unicodeEscape(_ value: UInt32) -> [UInt8] {
    let digits = String(value, radix: 16)
    return Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
  }

  /// What a string literal that the parser has accepted stands for. A lone surrogate comes out as
  /// the three bytes that UTF-8 would have for it.
  static func unquoted(_ literal: ArraySlice<UInt8>) -> [UInt8] {
    let content = literal.dropFirst().dropLast()
    guard content.contains(.backslash) else { return Array(content) }
    var result: [UInt8] = []
    result.reserveCapacity(content.count)
    var place = content.startIndex
    let end = content.endIndex

    func codeUnit() -> UInt32? {
      guard end - place >= 4 else { return nil }
      var value: UInt32 = 0
      for byte in content[place..<place + 4] {
        guard let digit = byte.hexDigitValue else { return nil }
        value = value << 4 | digit
      }
      place += 4
      return value
    }

    while place < end {
      let byte = content[place]
      place += 1
      guard byte == .backslash, place < end else {
        result.append(byte)
        continue
      }
      let escape = content[place]
      place += 1
      switch escape {
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "f"): result.append(0x0C)
      case UInt8(ascii: "n"): result.append(.lineFeed)
      case UInt8(ascii: "r"): result.append(.carriageReturn)
      case UInt8(ascii: "t"): result.append(.tab)
      case UInt8(ascii: "u"):
        guard var value = codeUnit() else { continue }
        if value & 0xFC00 == 0xD800, end - place >= 6, content[place] == .backslash,
          content[place + 1] == UInt8(ascii: "u")
        {
          let before = place
          place += 2
          if let low = codeUnit(), low & 0xFC00 == 0xDC00 {
            value = 0x10000 + (value & 0x3FF) << 10 + (low & 0x3FF)
          } else {
            place = before
          }
        }
        appendUTF8(of: value, to: &result)
      default: result.append(escape)
      }
    }
    return result
  }

  private static func appendUTF8(of value: UInt32, to result: inout [UInt8]) {
    if let scalar = Unicode.Scalar(value) {
      result += UTF8.encode(scalar).map(Array.init) ?? []
    } else {
      result += [
        UInt8(0xE0 | value >> 12), UInt8(0x80 | value >> 6 & 0x3F), UInt8(0x80 | value & 0x3F),
      ]
    }
  }
}
