/// One answer of an SMTP server (RFC 5321, 4.2): a number, and lines of text.
struct SMTPReply {
  var code: Int
  /// Without the number: hostile text.
  var lines: [String]

  var text: String { lines.joined(separator: " ") }
  /// With the number, for people.
  var shown: String { "\(code) \(text)" }
  /// The server will not, now or at all.
  var isRefusal: Bool { code >= 400 }

  private static let mostLines = 200

  init(on connection: LineConnection, _ stage: ConnectionFailure.Stage) throws(IMAPFailure) {
    code = 0
    lines = []
    while true {
      let line: [UInt8]
      do throws(ConnectionFailure) {
        line = try connection.readLine(stage)
      } catch {
        throw .connection(error)
      }
      guard let (number, isLast, text) = Self.parse(line), lines.isEmpty || number == code else {
        throw .connection(.protocolViolation("a reply with a number of three digits"))
      }
      guard lines.count < Self.mostLines else { throw .connection(.responseTooLarge) }
      code = number
      lines.append(text)
      if isLast { return }
    }
  }

  /// "250-SIZE 1000": 250, more to come, "SIZE 1000".
  static func parse(_ line: [UInt8]) -> (code: Int, isLast: Bool, text: String)? {
    guard line.count >= 3, line[..<3].allSatisfy({ (48...57).contains($0) }),
      (50...53).contains(line[0])
    else { return nil }
    let code = line[..<3].reduce(0) { $0 * 10 + Int($1 - 48) }
    guard line.count > 3 else { return (code, true, "") }
    guard line[3] == 32 || line[3] == UInt8(ascii: "-") else { return nil }
    return (code, line[3] == 32, String(decoding: line[4...], as: UTF8.self))
  }
}
