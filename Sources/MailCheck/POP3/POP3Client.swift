import ProfileRewriter

/// The three protocols fail alike: see ``IMAPFailure``.
public typealias POP3Failure = IMAPFailure

/// A POP3 session (RFC 1939), one command after the other. It looks: nothing is fetched or deleted.
///
/// A password is tried once. For one thread at a time.
public final class POP3Client {
  public let connection: LineConnection
  /// What stands behind +OK: hostile text.
  public let greeting: String
  /// What is offered as things stand (CAPA, RFC 2449), in upper case; empty where the server does not
  /// know the command.
  public private(set) var capabilities: [String] = []

  private var hasTriedLogin = false

  public var endpoint: Endpoint { connection.endpoint }

  /// Takes the greeting of a connection that awaits it, makes it safe as its endpoint says, and asks
  /// what is offered.
  public init(on connection: LineConnection, watch: StageWatch? = nil) throws(POP3Failure) {
    self.connection = connection
    greeting = try Self.reply(on: connection, .greeting, to: "").text
    if connection.endpoint.security == .starttls {
      watch?.begin(.tls)
      try startTLS()
    }
    watch?.begin(.answer)
    try askCapabilities()
  }

  public func offers(_ capability: String) -> Bool {
    capabilities.contains { $0 == capability || $0.hasPrefix(capability + " ") }
  }

  /// Ways to sign in by SASL (RFC 5034), in upper case.
  public var mechanisms: [String] {
    capabilities.first { $0.hasPrefix("SASL ") }
      .map { $0.dropFirst(5).split(separator: " ").map(String.init) } ?? []
  }

  // MARK: Before the login

  private func askCapabilities() throws(POP3Failure) {
    capabilities = []
    do throws(POP3Failure) {
      try run("CAPA")
      capabilities = try lines().map { String(decoding: $0, as: UTF8.self).uppercased() }
    } catch .commandRefused {
      return
    }
  }

  private func startTLS() throws(POP3Failure) {
    try askCapabilities()
    // A server without CAPA may have STLS all the same.
    guard capabilities.isEmpty || offers("STLS") else { throw .connection(.startTLSNotOffered) }
    do throws(POP3Failure) {
      try run("STLS")
    } catch .commandRefused {
      throw .connection(.startTLSNotOffered)
    }
    try connection.protect()
    capabilities = []
  }

  // MARK: Login

  /// By AUTH PLAIN where it is offered (RFC 5034), else by USER and PASS.
  /// - Parameter allowsCleartext: permits it on a connection without TLS.
  public func login(_ user: String, _ password: Secret, allowsCleartext: Bool = false)
    throws(POP3Failure)
  {
    guard !hasTriedLogin else { throw .alreadyTried }
    try connection.requireSafety(user, password, allowsCleartext)
    let isPlain = mechanisms.contains("PLAIN")
    guard isPlain || capabilities.isEmpty || offers("USER") else { throw .loginDisabled }
    hasTriedLogin = true
    do throws(POP3Failure) {
      if isPlain {
        try authenticatePlain(user, password)
      } else {
        try run("USER \(user)")
        try send(
          SecretWriter.secret(capacity: password.count + 7) { writer in
            writer.append("PASS ".utf8)
            writer.append(password)
            writer.append("\r\n".utf8)
          })
        try take("PASS")
      }
    } catch .commandRefused(_, let text) {
      throw .loginRefused(code: Self.responseCode(text), text: text)
    }
  }

  private func authenticatePlain(_ user: String, _ password: Secret) throws(POP3Failure) {
    try connection.writeLine("AUTH PLAIN")
    let answer = try Self.line(on: connection, .answer)
    guard answer.starts(with: "+".utf8) else {
      throw .commandRefused(command: "AUTH", text: Self.text(of: answer))
    }
    try send(SASLPlain.line(user, password))
    try take("AUTH")
  }

  /// "[AUTH] no" (RFC 2449, section 8): "AUTH".
  private static func responseCode(_ text: String) -> String? {
    guard text.hasPrefix("["), let end = text.firstIndex(of: "]") else { return nil }
    return text[text.index(after: text.startIndex)..<end].uppercased()
  }

  // MARK: After it

  /// Messages, and their bytes in all.
  public func status() throws(POP3Failure) -> (messages: Int, bytes: Int) {
    let numbers = try run("STAT").split(separator: " ").prefix(2).map { Int($0) }
    guard numbers.count == 2, let messages = numbers[0], let bytes = numbers[1], messages >= 0
    else {
      throw .connection(.protocolViolation("two numbers after STAT"))
    }
    return (messages, bytes)
  }

  /// The messages' unique ids, in the server's order, as they are spelled; nil where the server has
  /// no UIDL.
  public func uniqueIDs() throws(POP3Failure) -> [[UInt8]]? {
    do throws(POP3Failure) {
      try run("UIDL")
    } catch .commandRefused {
      return nil
    }
    return try lines().map { line in
      line.split(separator: 32).dropFirst().first.map(Array.init) ?? []
    }
  }

  /// Says goodbye, as far as anybody listens. Nothing was marked as deleted.
  public func quit() { _ = try? run("QUIT") }

  // MARK: Lines

  private static let mostLines = 1_000_000

  /// What follows a +OK up to a full stop on its own line.
  private func lines() throws(POP3Failure) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    while true {
      let line = try Self.line(on: connection, .answer)
      if line == [UInt8(ascii: ".")] { return lines }
      guard lines.count < Self.mostLines else { throw .connection(.responseTooLarge) }
      lines.append(line.first == UInt8(ascii: ".") ? Array(line.dropFirst()) : line)
    }
  }

  @discardableResult
  private func run(_ command: String) throws(POP3Failure) -> String {
    try connection.writeLine(command)
    return try Self.reply(on: connection, .answer, to: String(command.prefix { $0 != " " })).text
  }

  private func take(_ command: String) throws(POP3Failure) {
    _ = try Self.reply(on: connection, .answer, to: command)
  }

  private func send(_ secret: Secret) throws(POP3Failure) { try connection.writeSecret(secret) }

  /// - Throws: `commandRefused` for -ERR; as a greeting that is a farewell.
  private static func reply(
    on connection: LineConnection, _ stage: ConnectionFailure.Stage, to command: String
  ) throws(POP3Failure) -> (text: String, line: [UInt8]) {
    let line = try line(on: connection, stage)
    if line.starts(with: "+OK".utf8) { return (text(of: line), line) }
    guard line.starts(with: "-ERR".utf8) else {
      throw .connection(.protocolViolation("+OK or -ERR"))
    }
    guard !command.isEmpty else { throw .connection(.rejected(text(of: line))) }
    throw .commandRefused(command: command, text: text(of: line))
  }

  private static func line(on connection: LineConnection, _ stage: ConnectionFailure.Stage)
    throws(POP3Failure) -> [UInt8]
  {
    do throws(ConnectionFailure) {
      return try connection.readLine(stage)
    } catch {
      throw .connection(error)
    }
  }

  private static func text(of line: [UInt8]) -> String {
    let words = line.drop { $0 != 32 }.dropFirst()
    return String(decoding: words, as: UTF8.self)
  }
}
