import CIDN2

/// A domain or host name in its two forms, both in lower case and without a full stop at the end:
/// as the DNS and certificates have it, and as people write it (IDNA2008, read as browsers do by
/// Unicode TS 46, non-transitional). The two forms of one name are equal.
public struct DomainName: Sendable, Hashable, CustomStringConvertible {
  /// "xn--bcher-kva.example"
  public let ascii: String

  /// - Returns: nil for what is no name: empty or overlong labels, other characters than letters,
  ///   digits, hyphens and underscores, an address in digits.
  public init?(_ text: String) {
    var text = text
    if let last = text.last, last == "." || last == "。" { text.removeLast() }
    guard !text.isEmpty, !text.utf8.contains(0), let ascii = Self.lookup(text),
      Self.isWellFormed(ascii)
    else { return nil }
    self.ascii = ascii
  }

  /// "bücher.example"; the same as ``ascii`` where that has no such form.
  public var unicode: String {
    guard ascii.contains("xn--") else { return ascii }
    var output: UnsafeMutablePointer<CChar>?
    guard idn2_to_unicode_8z8z(ascii, &output, 0) == IDN2_OK.rawValue, let output else {
      return ascii
    }
    defer { idn2_free(output) }
    return String(cString: output)
  }

  /// For people: what they write, with the other form beside it where it differs.
  public var description: String {
    let unicode = unicode
    return unicode == ascii ? ascii : "\(unicode) (\(ascii))"
  }

  public var labels: [Substring] { ascii.split(separator: ".", omittingEmptySubsequences: false) }

  /// Whether this is `other` or a name below it.
  public func isWithin(_ other: DomainName) -> Bool {
    ascii == other.ascii || ascii.hasSuffix("." + other.ascii)
  }

  /// The part that somebody registered, as far as its form tells: two labels, three below such as
  /// "co.uk" and "ne.jp"; nil for one label.
  public var organization: DomainName? { HostName.organization(ascii).flatMap(DomainName.init) }

  private static func lookup(_ text: String) -> String? {
    var output: UnsafeMutablePointer<UInt8>?
    let flags = Int32(IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue)
    let status = Array(text.utf8 + [0]).withUnsafeBufferPointer { bytes in
      idn2_lookup_u8(bytes.baseAddress, &output, flags)
    }
    guard status == IDN2_OK.rawValue, let output else { return nil }
    defer { idn2_free(output) }
    return String(cString: output).lowercased()
  }

  private static func isWellFormed(_ name: String) -> Bool {
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    guard name.utf8.count <= 253, let last = labels.last,
      !last.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return false }
    return labels.allSatisfy { label in
      (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
        && label.utf8.allSatisfy { byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
          default: false
          }
        }
    }
  }
}
