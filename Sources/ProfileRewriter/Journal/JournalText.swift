import Foundation

/// Texts as the database keeps them.
enum JournalText {
  /// SQLite's interface ends a text at its first NUL: what has one would come back shortened.
  static func checked(_ text: String) throws(Refusal) -> String {
    let hasNUL =
      text.utf8.withContiguousStorageIfAvailable { $0.contains(0) } ?? text.utf8.contains(0)
    if hasNUL {
      throw Refusal(.unsupported, "a name with a NUL character cannot be recorded")
    }
    return text
  }

  /// A list of texts as a JSON array.
  static func list(_ texts: [String]) throws(Refusal) -> String {
    var json = "["
    for text in texts {
      if json.utf8.count > 1 { json += "," }
      json += "\""
      for scalar in try checked(text).unicodeScalars {
        switch scalar {
        case "\"", "\\": json += "\\\(scalar)"
        case "\u{0}"..<" ":
          let digits = String(scalar.value, radix: 16)
          json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: json.unicodeScalars.append(scalar)
        }
      }
      json += "\""
    }
    return json + "]"
  }

  static func parsedList(_ json: String) throws(Refusal) -> [String] {
    if json == "[]" { return [] }
    do { return try JSONDecoder().decode([String].self, from: Data(json.utf8)) } catch {
      throw Refusal(.journal, "the journal holds a list that is no list of names")
    }
  }
}
