import ConfigFormats
import Foundation
import ProfileRewriter

/// Writes one JSON object on one line, members in the order they are added.
///
/// Control, bidirectional and other characters that steer a terminal stand as \u escapes, so that a
/// line is safe to show and still decodes to the exact text.
public struct JSONObject {
  public private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]

  /// A whole object.
  public static func line(_ body: (inout JSONObject) -> Void) -> [UInt8] {
    var object = JSONObject()
    body(&object)
    return object.bytes + [UInt8(ascii: "}")]
  }

  public mutating func null(_ name: String) {
    begin(name)
    bytes += Array("null".utf8)
  }

  public mutating func add(_ name: String, _ value: String?) {
    guard let value else { return null(name) }
    begin(name)
    append(string: value)
  }

  /// Bytes that should be UTF-8; where they are not, a lossy text and the exact bytes beside it.
  public mutating func add(_ name: String, _ value: [UInt8]?) {
    add(name, value.map { String(decoding: $0, as: UTF8.self) })
    guard let value, String(validating: value, as: UTF8.self) == nil else { return }
    add(name + "_b64", Data(value).base64EncodedString())
  }

  public mutating func add(_ name: String, _ values: [String]) {
    begin(name)
    bytes.append(UInt8(ascii: "["))
    for (index, value) in values.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      append(string: value)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  public mutating func add(_ name: String, _ value: Int) {
    begin(name)
    bytes += Array(String(value).utf8)
  }

  public mutating func add(_ name: String, _ value: Bool) {
    begin(name)
    bytes += Array((value ? "true" : "false").utf8)
  }

  public mutating func add(_ name: String, _ body: (inout JSONObject) -> Void) {
    begin(name)
    bytes += JSONObject.line(body)
  }

  public mutating func add<Item>(
    _ name: String, _ items: [Item], _ body: (Item, inout JSONObject) -> Void
  ) {
    begin(name)
    bytes.append(UInt8(ascii: "["))
    for (index, item) in items.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes += JSONObject.line { body(item, &$0) }
    }
    bytes.append(UInt8(ascii: "]"))
  }

  private mutating func begin(_ name: String) {
    if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
    append(string: name)
    bytes.append(UInt8(ascii: ":"))
  }

  private mutating func append(string: String) {
    bytes.append(UInt8(ascii: "\""))
    let isPlain = string.utf8.allSatisfy { (0x20..<0x7f).contains($0) && $0 != 0x22 && $0 != 0x5c }
    if isPlain {
      bytes.append(contentsOf: string.utf8)
    } else {
      for scalar in string.unicodeScalars { append(scalar) }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func append(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"": bytes += Array(#"\""#.utf8)
    case "\\": bytes += Array(#"\\"#.utf8)
    case "\n": bytes += Array(#"\n"#.utf8)
    case "\r": bytes += Array(#"\r"#.utf8)
    case "\t": bytes += Array(#"\t"#.utf8)
    case " "..<"\u{7f}": bytes.append(UInt8(scalar.value))
    default:
      let character = String(Character(scalar))
      if character.printable == character {
        bytes += Array(character.utf8)
      } else {
        for unit in character.utf16 { appendEscape(unit) }
      }
    }
  }

  private mutating func appendEscape(_ unit: UInt16) {
    let digits = String(unit, radix: 16)
    bytes += Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
  }
}
