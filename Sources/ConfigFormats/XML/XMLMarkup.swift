/// Elements written as markup.
struct XMLMarkup {
  let encoding: XMLEncoding
  /// What a line feed in text is written as.
  let lineBreak: String
  /// Quotes around attribute values.
  let quote: Character

  /// Elements as the same characters wherever they mean the same: UTF-8, `"` around values, no
  /// CDATA.
  static let canonical = XMLMarkup(encoding: .utf8, lineBreak: "\n", quote: "\"")

  /// `element` as it is written, or nil where XML or the encoding has no spelling for it.
  func bytes(of element: XMLElement) -> [UInt8]? {
    guard let name = self.name(element.name) else { return nil }
    var result = ascii("<") + name
    for attribute in element.attributes {
      guard let bytes = bytes(of: attribute) else { return nil }
      result += ascii(" ") + bytes
    }
    guard !element.children.isEmpty else { return result + ascii("/>") }
    result += ascii(">")
    for child in element.children {
      guard let bytes = bytes(of: child) else { return nil }
      result += bytes
    }
    return result + ascii("</") + name + ascii(">")
  }

  /// `name="value"`.
  func bytes(of attribute: XMLAttribute) -> [UInt8]? {
    guard let name = name(attribute.name), let value = value(attribute.value, quote: quote)
    else { return nil }
    return name + ascii("=\(quote)") + value + ascii("\(quote)")
  }

  private func bytes(of node: XMLNode) -> [UInt8]? {
    switch node {
    case .element(let element): bytes(of: element)
    case .text(let text): self.text(text)
    case .comment(let text):
      text.utf8.has("--") || text.utf8.last == UInt8(ascii: "-") ? nil : plain("<!--\(text)-->")
    case .instruction(let target, let data):
      data.utf8.has("?>") || !Self.isName(target)
        ? nil : plain(data.isEmpty ? "<?\(target)?>" : "<?\(target) \(data)?>")
    }
  }

  // MARK: Characters

  /// Text between tags.
  func text(_ text: String) -> [UInt8]? {
    spelled(text) { scalar in
      switch scalar {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\n": lineBreak
      case "\r": "&#13;"
      default: nil
      }
    }
  }

  /// An attribute's value, to stand in quotes of that kind.
  func value(_ value: String, quote: Character) -> [UInt8]? {
    spelled(value) { scalar in
      switch scalar {
      case "&": "&amp;"
      case "<": "&lt;"
      case "\"": quote == "\"" ? "&quot;" : nil
      case "'": quote == "'" ? "&apos;" : nil
      // As blanks they would be made spaces.
      case "\t", "\n", "\r": "&#\(scalar.value);"
      default: nil
      }
    }
  }

  func name(_ name: String) -> [UInt8]? { Self.isName(name) ? encoding.encoded(name) : nil }

  /// Characters without markup, where references have no meaning.
  func plain(_ text: String) -> [UInt8]? {
    guard text.unicodeScalars.allSatisfy({ Self.isCharacter($0) && $0 != "\r" }) else { return nil }
    return encoding.encoded(text.replacing("\n", with: lineBreak))
  }

  /// `text` with what must not stand in it spelled otherwise, and what the encoding lacks by
  /// number.
  private func spelled(_ text: String, _ special: (Unicode.Scalar) -> String?) -> [UInt8]? {
    // Nearly all text there is.
    if text.utf8.allSatisfy(Self.isOrdinary), let bytes = encoding.encoded(text) { return bytes }
    var result: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard Self.isCharacter(scalar) else { return nil }
      let spelling = special(scalar) ?? String(Character(scalar))
      guard
        let bytes = encoding.encoded(spelling)
          ?? encoding.encoded("&#x\(String(scalar.value, radix: 16, uppercase: true));")
      else { return nil }
      result += bytes
    }
    return result
  }

  /// Whether a byte is itself in every kind of text.
  private static func isOrdinary(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), .quote, .apostrophe: false
    default: byte >= 0x20 && byte < 0x7F
    }
  }

  func ascii(_ text: String) -> [UInt8] { encoding.encoded(text) ?? [] }

  /// What XML 1.0 calls a Char.
  static func isCharacter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...: true
    default: false
    }
  }

  /// Whether nothing in `name` could be taken for other markup; libxml2 has the last word.
  static func isName(_ name: String) -> Bool {
    func isStart(_ scalar: Unicode.Scalar) -> Bool {
      scalar.value >= 0x80 || scalar == "_" || ("a"..."z").contains(scalar)
        || ("A"..."Z").contains(scalar)
    }
    guard let first = name.unicodeScalars.first, isStart(first) else { return false }
    return name.unicodeScalars.allSatisfy {
      isStart($0) || $0 == "-" || $0 == "." || $0 == ":" || ("0"..."9").contains($0)
    }
  }
}

extension XMLElement {
  /// This element in canonical spelling, or nil where XML has none for it. Blanks count.
  public var canonicalSpelling: [UInt8]? { XMLMarkup.canonical.bytes(of: self) }

  /// This element without text that is only there for the layout: blanks beside other elements.
  public var withoutLayout: XMLElement {
    var result = self
    let isMixed = children.contains {
      if case .text(let text) = $0 { !text.utf8.allSatisfy(\.isXMLBlank) } else { false }
    }
    let hasOther = children.contains { if case .text = $0 { false } else { true } }
    if hasOther, !isMixed {
      result.children.removeAll { if case .text = $0 { true } else { false } }
    }
    result.children = result.children.map {
      if case .element(let element) = $0 { .element(element.withoutLayout) } else { $0 }
    }
    return result
  }
}

extension UInt8 {
  var isXMLBlank: Bool { self == .space || self == .tab || isLineBreak }
}

extension String.UTF8View {
  /// Whether `text` stands in it somewhere, whatever characters it would be part of.
  func has(_ text: StaticString) -> Bool {
    text.withUTF8Buffer { wanted in
      indices.contains { self[$0...].starts(with: wanted) }
    }
  }
}
