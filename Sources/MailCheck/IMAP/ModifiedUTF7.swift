/// The names of mailboxes as IMAP4rev1 has them (RFC 3501, 5.1.3): printable ASCII for itself, & as
/// "&-", everything else as UTF-16 in a base64 of its own.
public enum ModifiedUTF7 {
  private static let digits = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,".utf8)

  public static func encode(_ name: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var wide: [UInt16] = []
    func endWide() {
      guard !wide.isEmpty else { return }
      bytes.append(UInt8(ascii: "&"))
      bytes += base64(wide.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] })
      bytes.append(UInt8(ascii: "-"))
      wide = []
    }
    for unit in name.utf16 {
      guard (0x20...0x7e).contains(unit) else {
        wide.append(unit)
        continue
      }
      endWide()
      bytes.append(UInt8(unit))
      if unit == 0x26 { bytes.append(UInt8(ascii: "-")) }
    }
    endWide()
    return bytes
  }

  private static func base64(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    var (held, bits) = (0, 0)
    for byte in bytes {
      (held, bits) = (held << 8 | Int(byte), bits + 8)
      while bits >= 6 {
        bits -= 6
        text.append(digits[held >> bits & 63])
      }
      held &= (1 << bits) - 1
    }
    if bits > 0 { text.append(digits[held << (6 - bits) & 63]) }
    return text
  }

  /// nil for what is not in this encoding.
  public static func decode(_ bytes: [UInt8]) -> String? {
    var units: [UInt16] = []
    var rest = bytes[...]
    while let byte = rest.popFirst() {
      guard (0x20...0x7e).contains(byte) else { return nil }
      guard byte == UInt8(ascii: "&") else {
        units.append(UInt16(byte))
        continue
      }
      guard let end = rest.firstIndex(of: UInt8(ascii: "-")) else { return nil }
      if end == rest.startIndex {
        units.append(0x26)
      } else {
        guard let wide = wideUnits(rest[..<end]) else { return nil }
        units += wide
      }
      rest = rest[(end + 1)...]
    }
    return String(validating: units, as: UTF16.self)
  }

  private static func wideUnits(_ text: ArraySlice<UInt8>) -> [UInt16]? {
    var units: [UInt16] = []
    var (held, bits) = (0, 0)
    for byte in text {
      guard let digit = digits.firstIndex(of: byte) else { return nil }
      (held, bits) = (held << 6 | digit, bits + 6)
      guard bits >= 16 else { continue }
      bits -= 16
      units.append(UInt16(held >> bits))
      held &= (1 << bits) - 1
    }
    return bits < 6 && held == 0 && !units.isEmpty ? units : nil
  }
}
