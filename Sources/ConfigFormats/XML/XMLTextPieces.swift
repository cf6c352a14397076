extension XMLDocument {
  /// The text of an element in the pieces in which a reader gets it that hands on each piece as it
  /// comes and knows no CDATA sections, as GLib's GMarkup does: whatever stands between the tags
  /// divides the text, and a CDATA section's own text is left out. `<a></a>` has one empty piece,
  /// `<a/>` none.
  public func textPieces(of index: Int) -> [String] {
    let place = places[index]
    guard !place.isEmptyTag else { return [] }
    var pieces = [""]
    for piece in place.pieces {
      if case .text(let range) = piece {
        pieces[pieces.count - 1] = Self.resolved(encoding.decoded(source.bytes[range]) ?? "")
      } else {
        pieces.append("")
      }
    }
    return pieces
  }

  /// Whether something else than one run of text stands between the tags: comments, instructions,
  /// CDATA sections or elements.
  public func hasDividedText(_ index: Int) -> Bool {
    places[index].pieces.contains { if case .text = $0 { false } else { true } }
  }

  /// `text` with its references resolved and its line ends as line feeds.
  private static func resolved(_ text: String) -> String {
    let text = XMLDocument.normalized(text)
    guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
    var result = ""
    var rest = text[...]
    while let start = rest.firstIndex(of: "&"), let end = rest[start...].firstIndex(of: ";") {
      result += rest[..<start]
      result += character(named: rest[rest.index(after: start)..<end])
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  private static func character(named name: Substring) -> String {
    switch name {
    case "amp": return "&"
    case "lt": return "<"
    case "gt": return ">"
    case "quot": return "\""
    case "apos": return "'"
    default: break
    }
    let isHexadecimal = name.hasPrefix("#x")
    let digits = name.dropFirst(isHexadecimal ? 2 : 1)
    guard name.hasPrefix("#"), let number = UInt32(digits, radix: isHexadecimal ? 16 : 10),
      let scalar = Unicode.Scalar(number)
    else { return "" }
    return String(Character(scalar))
  }
}
