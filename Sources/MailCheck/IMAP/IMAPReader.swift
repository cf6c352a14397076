/// Takes one answer off a connection: lines, and the literals within.
enum IMAPReader {
  /// - Parameter content: gets the first literal of an answer to FETCH in pieces, however large it is;
  ///   an empty string stands for it in the answer.
  static func response(
    on connection: LineConnection, _ stage: ConnectionFailure.Stage,
    content: ((UnsafeRawBufferPointer) -> Void)? = nil
  ) throws(ConnectionFailure) -> IMAPResponse {
    let limits = connection.settings.limits
    // A list of a million messages is one line; a greeting is for people.
    let limit = stage == .greeting ? min(limits.line, limits.response) : limits.response
    var bytes = try connection.readLine(limit: limit, stage)
    var literal = IMAPParser.literal(after: bytes, isFirst: true)
    if let content, let count = literal, isFetch(bytes) {
      bytes = bytes[..<(bytes.lastIndex(of: UInt8(ascii: "{")) ?? 0)] + [34, 34]
      try stream(count, on: connection, stage, content)
      let line = try connection.readLine(limit: limit, stage)
      literal = IMAPParser.literal(after: line, isFirst: false)
      bytes += line
    }
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

  /// "* 12 FETCH (…"
  private static func isFetch(_ line: [UInt8]) -> Bool {
    let words = line.prefix(32).split(separator: 32, maxSplits: 3)
    return words.count == 4 && words[0].elementsEqual([UInt8(ascii: "*")])
      && String(decoding: words[2], as: UTF8.self).uppercased() == "FETCH"
  }

  private static func stream(
    _ count: Int, on connection: LineConnection, _ stage: ConnectionFailure.Stage,
    _ content: (UnsafeRawBufferPointer) -> Void
  ) throws(ConnectionFailure) {
    var left = count
    while left > 0 {
      let piece = try connection.readBytes(min(left, 64 << 10), stage)
      piece.withUnsafeBytes { content($0) }
      left -= piece.count
    }
  }
}
