internal import CIDN2
import ConfigFormats

/// A domain or host name in the two forms that IDNA knows (RFC 5890): for DNS and for people.
public struct DomainName: Sendable, Hashable {
  /// As DNS has it: letters, digits and hyphens in lower case, other scripts as A-labels
  /// ("xn--…"), no full stop at the end.
  public let ascii: String
  /// As people read it, other scripts as U-labels. The same as `ascii` where that holds none.
  public let display: String

  /// Most bytes of a name without its last full stop (RFC 1035, 2.3.4).
  private static let longest = 253
  private static let longestLabel = 63

  /// Upper case, full-width stops and the like are mapped as a browser would (UTS 46,
  /// non-transitional).
  /// - Throws: what keeps `text` from being a name; an IP address is none.
  public init(_ text: String) throws(InvalidDomainName) {
    // One full stop at the end is how zone files and resolvers write a whole name.
    let name = text.hasSuffix(".") ? String(text.dropLast()) : text
    let ascii = name.utf8.allSatisfy { $0 < 0x80 } ? name.lowercased() : try Self.mapped(name, text)
    try Self.check(ascii, as: text)
    self.ascii = ascii
    display = Self.shown(ascii)
  }

  // MARK: Forms

  private static func mapped(_ name: String, _ text: String) throws(InvalidDomainName) -> String {
    // A NUL would end the text early.
    guard !name.utf8.contains(0) else { throw InvalidDomainName(text, "holds a NUL character") }
    var output: UnsafeMutablePointer<CChar>?
    let flags = Int32(IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue)
    let result = idn2_to_ascii_8z(name, &output, flags)
    defer { idn2_free(output) }
    guard result == IDN2_OK.rawValue, let output else {
      throw InvalidDomainName(
        text, "cannot be written in DNS: \(String(cString: idn2_strerror(result)))")
    }
    return String(cString: output).lowercased()
  }

  /// The U-labels of `ascii`, or itself where they would not lead back to it.
  private static func shown(_ ascii: String) -> String {
    guard ascii.contains("xn--") else { return ascii }
    var output: UnsafeMutablePointer<CChar>?
    let result = idn2_to_unicode_8z8z(ascii, &output, 0)
    defer { idn2_free(output) }
    guard result == IDN2_OK.rawValue, let output else { return ascii }
    let display = String(cString: output)
    guard display.printable == display, (try? mapped(display, display)) == ascii else {
      return ascii
    }
    return display
  }

  // MARK: Rules

  private static func check(_ ascii: String, as text: String) throws(InvalidDomainName) {
    guard !ascii.isEmpty else { throw InvalidDomainName(text, "is empty") }
    guard ascii.utf8.count <= longest else {
      throw InvalidDomainName(text, "is longer than \(longest) characters")
    }
    let labels = ascii.split(separator: ".", omittingEmptySubsequences: false)
    for label in labels { try check(label: label, as: text) }
    guard let last = labels.last, !last.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      throw InvalidDomainName(text, "is an address or ends in a number; a name is needed")
    }
  }

  private static func check(label: Substring, as text: String) throws(InvalidDomainName) {
    guard !label.isEmpty else { throw InvalidDomainName(text, "has an empty part") }
    guard label.utf8.count <= longestLabel else {
      throw InvalidDomainName(text, "has a part longer than \(longestLabel) characters")
    }
    guard label.first != "-", label.last != "-" else {
      throw InvalidDomainName(text, "has a part that begins or ends with a hyphen")
    }
    for scalar in label.unicodeScalars {
      switch scalar {
      case "a"..."z", "0"..."9", "-": continue
      default:
        throw InvalidDomainName(
          text,
          "holds “\(String(Character(scalar)).printable)”; letters, digits and hyphens may be in it"
        )
      }
    }
  }
}

/// Why a text is no domain name.
public struct InvalidDomainName: Error, Sendable, Hashable, CustomStringConvertible {
  /// A sentence that begins with the text in question, made printable.
  public let description: String

  init(_ text: String, _ problem: String) {
    let shown = text.unicodeScalars.count > 80 ? String(text.prefix(80)) + "…" : text
    description = "“\(shown.printable)” \(problem)"
  }
}
