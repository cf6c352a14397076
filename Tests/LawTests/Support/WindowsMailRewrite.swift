import ConfigFormats
import Foundation

@testable import ProfileRewriter

/// What Windows Mail may do to an account file when its user changes the account: the whole of it anew, in
/// UTF-16 with CR LF and eight digits for each number, other values changed and some added. Not seen:
/// the client does not run here.
enum WindowsMailRewrite {
  static func rewrite(
    _ bytes: [UInt8], patch: FilePatch, using random: inout SeededRandom
  ) -> RewrittenFile {
    guard let root = try? XMLTree(parsing: bytes).root else {
      return RewrittenFile(bytes: bytes, kept: [:])
    }
    let changes = [
      ("SMTP_Display_Name", "Alice ü \(random.next() % 1000)"),
      ("SMTP_Reply_To_Email_Address", "alice\(random.next() % 1000)@example.net"),
      ("SMTP_New\(random.next() % 1000)", "& < \(random.next() % 1000)"),
    ]
    var elements = root.elements.map { element in
      var element = element
      if element.attribute("type") == "DWORD", let number = UInt32(element.trimmedText, radix: 16) {
        let digits = String(number, radix: 16)
        let text = String(repeating: "0", count: 8 - digits.count) + digits
        // Respelled is another value, and what the switch has written is spelled so already.
        if patch.edits.contains(where: { $0.key == element.name }) {
          element.children = [.text(text)]
        }
      }
      return element
    }
    for (name, value) in changes {
      elements.removeAll { $0.name == name }
      elements.append(
        XMLElement(
          name, attributes: [XMLAttribute("type", "SZ")], children: [.text(value)]))
    }
    elements.shuffle(using: &random)
    var kept: [String: [UInt8]] = [:]
    for (name, value) in changes {
      kept[name] = Array(value.utf8)
      kept[name + "/@type"] = Array("SZ".utf8)
    }
    guard let written = spelled(elements) else { return RewrittenFile(bytes: bytes, kept: [:]) }
    return RewrittenFile(bytes: written, kept: kept)
  }

  private static func spelled(_ elements: [XMLElement]) -> [UInt8]? {
    var root = XMLElement("MessageAccount")
    for element in elements { root.children += [.text("\n\t"), .element(element)] }
    root.children.append(.text("\n"))
    guard let markup = root.canonicalSpelling else { return nil }
    let text =
      "<?xml version=\"1.0\" encoding=\"utf-16\" ?>\n" + String(decoding: markup, as: UTF8.self)
    return [0xFF, 0xFE]
      + text.replacing("\n", with: "\r\n").utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
  }
}
