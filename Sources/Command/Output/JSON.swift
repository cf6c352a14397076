import Reporting

typealias JSONObject = Reporting.JSONObject
typealias PlainValue = Reporting.PlainValue
typealias Timestamp = Reporting.Timestamp

/// The JSON lines of docs/json.md that several commands share.
enum JSON {
  static func fatal(code: String, text: String) -> [UInt8] {
    JSONObject.line { line in
      line.add("type", "error")
      line.add("code", code)
      line.add("text", Talk.readable(text))
    }
  }
}
