import ProfileRewriter

/// An APPEND on its way: one message or, with MULTIAPPEND (RFC 3502), several, which the server then
/// takes all or none.
///
/// Messages are written as they come and are nowhere held whole. Literals are sent unasked where the
/// server offers it (RFC 7888), else it is waited for. The answer is taken later, so that the next
/// messages can be looked for meanwhile; no other command may be sent before.
public final class IMAPAppend {
  private let client: IMAPClient
  private let tag: [UInt8]
  private var waiting: [UInt8] = []
  /// The server's answer; nil while there is none.
  public private(set) var answer: IMAPStatus?

  /// Bytes that are gathered before they are sent.
  private static let chunk = 64 << 10

  /// - Parameter mailbox: as the protocol has it (modified UTF-7).
  fileprivate init(_ client: IMAPClient, to mailbox: [UInt8]) throws(IMAPFailure) {
    self.client = client
    tag = Array(client.nextTag().utf8)
    waiting = tag + Array(" APPEND ".utf8)
    try add(string: mailbox)
  }

  private func add(string bytes: [UInt8]) throws(IMAPFailure) {
    guard bytes.allSatisfy({ (0x20...0x7e).contains($0) }) else {
      try literal(bytes.count)
      waiting += bytes
      return
    }
    waiting.append(UInt8(ascii: "\""))
    for byte in bytes {
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        waiting.append(UInt8(ascii: "\\"))
      }
      waiting.append(byte)
    }
    waiting.append(UInt8(ascii: "\""))
  }

  /// Begins a message, of which then exactly `size` bytes must be written.
  /// - Parameters:
  ///   - flags: atoms ("\\Seen", "$label1").
  ///   - date: seconds since 1970; nil leaves it to the server.
  ///   - isBinary: there are zero bytes in it (RFC 3516).
  /// - Returns: false where the server has answered already, and wants no more of it.
  public func beginMessage(flags: [[UInt8]], date: Int64?, size: Int, isBinary: Bool = false)
    throws(IMAPFailure) -> Bool
  {
    guard answer == nil else { return false }
    waiting += Array(" (".utf8) + flags.joined(separator: [32]) + Array(")".utf8)
    if let date { waiting += Array(" \"\(IMAPDate.text(date))\"".utf8) }
    waiting.append(UInt8(ascii: " "))
    if isBinary { waiting.append(UInt8(ascii: "~")) }
    try literal(size)
    return answer == nil
  }

  private func literal(_ size: Int) throws(IMAPFailure) {
    let isUnasked =
      client.offers("LITERAL+") || (client.offers("LITERAL-") && size <= 4096)
    waiting += Array("{\(size)\(isUnasked ? "+" : "")}\r\n".utf8)
    guard !isUnasked else { return }
    try flush()
    while answer == nil {
      if case .continuation = try take() { return }
    }
  }

  public func write(_ bytes: UnsafeRawBufferPointer) throws(IMAPFailure) {
    guard answer == nil else { return }
    var rest = bytes[...]
    while !rest.isEmpty {
      // What stands before a message may have filled it already.
      if waiting.count >= Self.chunk { try flush() }
      let piece = rest.prefix(Self.chunk - waiting.count)
      waiting.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece))
      rest = rest.dropFirst(piece.count)
    }
  }

  /// Ends the command. The answer is still to come.
  public func end() throws(IMAPFailure) {
    guard answer == nil else { return }
    waiting += [13, 10]
    try flush()
  }

  private func flush() throws(IMAPFailure) {
    try client.write(waiting)
    waiting.removeAll(keepingCapacity: true)
  }

  /// Waits for the server's answer: OK, NO or BAD.
  public func awaitAnswer() throws(IMAPFailure) -> IMAPStatus {
    while true {
      if let answer { return answer }
      if case .continuation = try take() {
        throw .connection(.protocolViolation("a continuation nobody asked for"))
      }
    }
  }

  private func take() throws(IMAPFailure) -> IMAPResponse {
    let response = try client.nextResponse()
    if case .status(let answered?, let status) = response {
      guard answered == tag else {
        throw .connection(.protocolViolation("the tag of the command"))
      }
      answer = status
    }
    return response
  }
}

extension IMAPClient {
  /// - Parameter mailbox: as the protocol has it (modified UTF-7).
  public func append(to mailbox: [UInt8]) throws(IMAPFailure) -> IMAPAppend {
    try IMAPAppend(self, to: mailbox)
  }
}

extension IMAPStatus {
  /// Where messages came to lie (RFC 4315, 3): their UIDs in the order they were sent. nil where the
  /// server does not say.
  public var appended: (validity: UInt32, uids: [UInt32])? {
    guard kind == .ok, code == "APPENDUID", arguments.count == 2,
      let validity = arguments[0].number.flatMap(UInt32.init(exactly:)),
      case .atom(let set) = arguments[1], let uids = IMAPSet.numbers(set)
    else { return nil }
    return (validity, uids)
  }
}
