import Foundation

/// Secrets of every kind, each a word of its own that stands nowhere else, and where they were planted.
final class PlantedSecrets {
  private(set) var words: [String] = []

  /// Letters and digits, so that no format spells it differently, and with what formats escape
  /// around them.
  func word(_ kind: String) -> String {
    let word = "S3cr\(words.count)t\(kind)\(UInt32.random(in: 10_000_000...99_999_999))Qx"
    words.append(word)
    return word
  }

  /// Every spelling by which a word may hide in what is written: as it is, in base64 at any place in a
  /// longer text, in hexadecimal, percent-encoded, in UTF-16.
  static func spellings(of word: String) -> [Data] {
    let bytes = Array(word.utf8)
    var texts = [word]
    for shift in 0..<3 {
      // The letters that do not depend on what stands before and after.
      let padded = Data([UInt8](repeating: 0x41, count: shift) + bytes + [0x41, 0x41])
      let encoded = padded.base64EncodedString()
      let letters = encoded.dropFirst(shift == 0 ? 0 : 4).dropLast(8)
      texts.append(String(letters))
    }
    let hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    texts.append(hex.joined())
    texts.append(hex.joined().uppercased())
    texts.append(hex.map { "%" + $0 }.joined())
    texts.append(hex.map { "%" + $0.uppercased() }.joined())
    texts.append(hex.map { "\\x" + $0 }.joined())
    texts.append(String(word.reversed()))
    var spellings = texts.map { Data($0.utf8) }
    // Of either byte order.
    spellings.append(Data(bytes.flatMap { [$0, 0] }.dropLast()))
    return spellings
  }

  /// The words that stand in `data`, in any spelling.
  func found(in data: Data) -> [String] {
    // Looked for by what all begin with; only where that is there, each by itself.
    guard Self.beginnings.contains(where: { Self.holds(data, $0) }) else { return [] }
    return words.filter { word in Self.spellings(of: word).contains { Self.holds(data, $0) } }
  }

  /// "S3cr" in each of the spellings; base64 by its letters that do not depend on what stands around.
  private static let beginnings: [Data] =
    [
      "S3cr", "UzNj", "MzY3", "TM2Ny", "53336372", "%53%33%63%72", #"\x53\x33\x63\x72"#, "rc3S",
      "S\u{0}3\u{0}c\u{0}r",
    ].map { Data($0.utf8) }

  private static func holds(_ data: Data, _ part: Data) -> Bool { data.range(of: part) != nil }

  /// In the files below a directory, as (path, word).
  func found(below directory: URL) -> [(path: String, word: String)] {
    let names = FileManager.default.enumerator(atPath: directory.path)
    var result: [(String, String)] = []
    while let name = names?.nextObject() as? String {
      guard
        let data = FileManager.default.contents(
          atPath: directory.appendingPathComponent(name).path)
      else { continue }
      result += found(in: data).map { (name, $0) }
    }
    return result
  }
}
