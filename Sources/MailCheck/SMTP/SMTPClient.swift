import ProfileRewriter

/// The three protocols fail alike: see ``IMAPFailure``.
public typealias SMTPFailure = IMAPFailure

/// A session with a server that takes mail from its users (RFC 5321, RFC 6409), one command after the
/// other. A password is tried once. For one thread at a time.
public final class SMTPClient {
  public let connection: LineConnection
  /// What the server says of itself: hostile text.
  public let greeting: String
  /// What is offered as things stand (EHLO), in upper case.
  public private(set) var capabilities: [String] = []

  private var hasTriedLogin = false

  public var endpoint: Endpoint { connection.endpoint }

  /// Takes the greeting of a connection that awaits it, makes it safe as its endpoint says, and asks
  /// what is offered.
  public init(on connection: LineConnection, watch: StageWatch? = nil) throws(SMTPFailure) {
    self.connection = connection
    let reply = try SMTPReply(on: connection, .greeting)
    guard reply.code == 220 else {
      guard reply.isRefusal else { throw .connection(.protocolViolation("220")) }
      throw .connection(.rejected(reply.shown))
    }
    greeting = reply.text
    if connection.endpoint.security == .starttls {
      watch?.begin(.tls)
      try startTLS()
    }
    watch?.begin(.answer)
    try askCapabilities()
  }

  /// Ways to sign in (RFC 4954), in upper case; empty where none is offered.
  public var mechanisms: [String] {
    capabilities.first { $0.hasPrefix("AUTH ") || $0.hasPrefix("AUTH=") }
      .map { $0.dropFirst(5).split(separator: " ").map(String.init) } ?? []
  }

  /// The largest message in bytes (RFC 1870); nil where the server does not say.
  public var largest: Int? {
    capabilities.first { $0.hasPrefix("SIZE ") }.flatMap { Int($0.dropFirst(5)) }
  }

  private func askCapabilities() throws(SMTPFailure) {
    // An address rather than a name of this machine, which is nobody's business (RFC 5321, 4.1.3).
    let reply = try run("EHLO [127.0.0.1]", expecting: 250)
    capabilities = reply.lines.dropFirst().map { $0.uppercased() }
  }

  private func startTLS() throws(SMTPFailure) {
    try askCapabilities()
    guard capabilities.contains("STARTTLS") else { throw .connection(.startTLSNotOffered) }
    do throws(SMTPFailure) {
      try run("STARTTLS", expecting: 220)
    } catch .commandRefused {
      throw .connection(.startTLSNotOffered)
    }
    try connection.protect()
  }

  // MARK: Login

  /// By PLAIN where it is offered, else by LOGIN.
  /// - Returns: which one.
  /// - Parameter allowsCleartext: permits it on a connection without TLS.
  @discardableResult
  public func login(_ user: String, _ password: Secret, allowsCleartext: Bool = false)
    throws(SMTPFailure) -> String
  {
    guard !hasTriedLogin else { throw .alreadyTried }
    try connection.requireSafety(user, password, allowsCleartext)
    guard let way = ["PLAIN", "LOGIN"].first(where: mechanisms.contains) else {
      throw .loginDisabled
    }
    hasTriedLogin = true
    do throws(SMTPFailure) {
      if way == "PLAIN" {
        try connection.writeSecret(SASLPlain.line(user, password, after: "AUTH PLAIN "))
        try take("AUTH", expecting: 235)
      } else {
        try run("AUTH LOGIN", expecting: 334)
        try answer(Secret(copying: user.utf8), expecting: 334)
        try answer(password, expecting: 235)
      }
    } catch .commandRefused(_, let text) {
      throw .loginRefused(code: nil, text: text)
    }
    return way
  }

  private func answer(_ secret: Secret, expecting code: Int) throws(SMTPFailure) {
    try connection.writeSecret(
      SecretWriter.secret(capacity: secret.count * 4 / 3 + 6) { writer in
        writer.appendBase64(secret)
        writer.append("\r\n".utf8)
      })
    try take("AUTH", expecting: code)
  }

  // MARK: Sending

  /// - Parameters:
  ///   - message: lines that end with CRLF.
  ///   - address: sender and only recipient; without line ends or angle brackets.
  public func send(_ message: [UInt8], fromAndTo address: String) throws(SMTPFailure) {
    try run("MAIL FROM:<\(address)>", expecting: 250)
    try run("RCPT TO:<\(address)>", expecting: 250)
    try run("DATA", expecting: 354)
    do throws(ConnectionFailure) {
      try connection.write(Self.stuffed(message) + Array(".\r\n".utf8))
    } catch {
      throw .connection(error)
    }
    try take("DATA", expecting: 250)
  }

  /// A full stop more at the beginning of each line that begins with one (RFC 5321, 4.5.2).
  static func stuffed(_ message: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var last: UInt8 = 10
    for byte in message {
      if last == 10, byte == UInt8(ascii: ".") { result.append(byte) }
      result.append(byte)
      last = byte
    }
    return result
  }

  /// Says goodbye, as far as anybody listens.
  public func quit() { _ = try? run("QUIT", expecting: 221) }

  // MARK: Commands

  @discardableResult
  private func run(_ command: String, expecting code: Int) throws(SMTPFailure) -> SMTPReply {
    try connection.writeLine(command)
    return try take(String(command.prefix { $0 != ":" && $0 != " " }), expecting: code)
  }

  @discardableResult
  private func take(_ command: String, expecting code: Int) throws(SMTPFailure) -> SMTPReply {
    let reply = try SMTPReply(on: connection, .answer)
    guard reply.code == code else {
      guard reply.isRefusal else { throw .connection(.protocolViolation("\(code) to \(command)")) }
      throw .commandRefused(command: command, text: reply.shown)
    }
    return reply
  }
}
