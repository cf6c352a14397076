/// XML written line by line, two blanks for each level. Values are escaped here and nowhere else.
struct XMLText {
  private(set) var text = #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n"
  private var open: [String] = []

  mutating func element(
    _ name: String, _ attributes: [(String, String)] = [],
    _ body: (inout XMLText) -> Void
  ) {
    line("<\(name)\(Self.spelled(attributes))>")
    open.append(name)
    body(&self)
    open.removeLast()
    line("</\(name)>")
  }

  mutating func element(_ name: String, _ value: String) { element(name, [], value) }

  mutating func element(_ name: String, _ attributes: [(String, String)], _ value: String) {
    line("<\(name)\(Self.spelled(attributes))>\(Self.escaped(value))</\(name)>")
  }

  mutating func empty(_ name: String) { line("<\(name)/>") }

  /// A line that is the same for everybody, such as a document type.
  mutating func line(_ markup: String) {
    text += String(repeating: "  ", count: open.count) + markup + "\n"
  }

  private static func spelled(_ attributes: [(String, String)]) -> String {
    attributes.map { " \($0.0)=\"\(escaped($0.1))\"" }.joined()
  }

  /// Right in text and in attributes of either quotation mark.
  static func escaped(_ value: String) -> String {
    var result = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
