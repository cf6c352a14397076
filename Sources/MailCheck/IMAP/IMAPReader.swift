/// Takes one answer off a connection: lines, and the literals within.
enum IMAPReader {
  static func response(on connection: LineConnection, _ stage: ConnectionFailure.Stage)
    throws(ConnectionFailure) -> IMAPResponse
  {
    let limits = connection.settings.limits
    // A list of a million messages is one line; a greeting is for people.
    let limit = stage == .greeting ? min(limits.line, limits.response) : limits.response
    var bytes = try connection.readLine(limit: limit, stage)
    var literal = IMAPParser.literal(after: bytes, isFirst: true)
    while let count = literal {
      guard count <= limit - bytes.count else { throw .responseTooLarge }
      bytes += [13, 10]
      bytes += try connection.readBytes(count, stage)
      guard bytes.count <= limit else { throw .responseTooLarge }
      let line = try connection.readLine(limit: limit - bytes.count, stage)
      literal = IMAPParser.literal(after: line, isFirst: false)
      bytes += line
    }
    do throws(IMAPParser.Failure) {
      return try IMAPParser.response(bytes)
    } catch {
      throw .protocolViolation("expected: " + error.expected)
    }
  }
}
