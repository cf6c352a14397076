import ProfileRewriter

/// An IMAP session (RFC 9051, RFC 3501), one command after the other.
///
/// A password is tried once. For one thread at a time.
public final class IMAPClient {
  public let connection: LineConnection
  public let greeting: IMAPStatus
  /// What the server offers as things stand, in upper case.
  public private(set) var capabilities: [String] = []
  /// What it offered before TLS; nil where TLS is from the start, or there is none.
  public private(set) var capabilitiesBeforeTLS: [String]?

  private var hasTriedLogin = false
  private var commands = 0

  public var endpoint: Endpoint { connection.endpoint }

  /// Connects, takes the greeting, makes the connection safe as the endpoint says, and asks what is
  /// offered.
  public convenience init(
    to endpoint: Endpoint, _ settings: ConnectionSettings = ConnectionSettings(),
    by deadline: Deadline? = nil
  ) throws(IMAPFailure) {
    let connection: LineConnection
    do throws(ConnectionFailure) {
      connection = try LineConnection(to: endpoint, settings, by: deadline)
    } catch {
      throw .connection(error)
    }
    try self.init(over: connection)
  }

  /// The same on a connection that has read nothing yet.
  convenience init(over connection: LineConnection) throws(IMAPFailure) {
    do throws(ConnectionFailure) {
      try connection.awaitGreeting()
    } catch {
      throw .connection(error)
    }
    try self.init(on: connection)
  }

  /// Goes on where a connection's greeting is awaited and not yet read.
  public init(on connection: LineConnection, watch: StageWatch? = nil) throws(IMAPFailure) {
    self.connection = connection
    greeting = try Self.greeting(on: connection)
    if connection.endpoint.security == .starttls {
      watch?.begin(.tls)
      try startTLS()
    }
    watch?.begin(.answer)
    try askCapabilities()
  }

  public func offers(_ capability: String) -> Bool { capabilities.contains(capability) }

  private static func greeting(on connection: LineConnection) throws(IMAPFailure) -> IMAPStatus {
    guard case .status(nil, let status) = try read(connection, .greeting) else {
      throw .connection(.protocolViolation("no IMAP greeting"))
    }
    switch status.kind {
    case .ok, .preauth: return status
    case .bye: throw .connection(.rejected(String(decoding: status.text, as: UTF8.self)))
    case .no, .bad: throw .connection(.protocolViolation("no IMAP greeting"))
    }
  }

  // MARK: What is offered

  private func askCapabilities() throws(IMAPFailure) {
    capabilities = []
    try run("CAPABILITY")
    if capabilities.isEmpty { throw .connection(.protocolViolation("no answer to CAPABILITY")) }
  }

  /// What was offered in clear is forgotten: anybody on the way may have written it.
  private func startTLS() throws(IMAPFailure) {
    // After PREAUTH there is no way to TLS (RFC 9051, 11.1).
    guard greeting.kind == .ok else { throw .connection(.startTLSNotOffered) }
    try askCapabilities()
    guard offers("STARTTLS") else { throw .connection(.startTLSNotOffered) }
    do throws(IMAPFailure) {
      try run("STARTTLS")
    } catch .commandRefused {
      throw .connection(.startTLSNotOffered)
    }
    try protect()
    capabilitiesBeforeTLS = capabilities
    capabilities = []
  }

  private func protect() throws(IMAPFailure) {
    do throws(ConnectionFailure) { try connection.startTLS() } catch { throw .connection(error) }
  }

  // MARK: Login

  /// Logs in, by AUTHENTICATE PLAIN where it is offered (RFC 4616, RFC 4959), else by LOGIN.
  /// - Parameter allowsCleartext: permits it on a connection without TLS; one with TLS and a
  ///   certificate that does not hold is never used.
  public func login(_ user: String, _ password: Secret, allowsCleartext: Bool = false)
    throws(IMAPFailure)
  {
    try login(user, password, allowsCleartext: allowsCleartext, avoidsAuthenticate: false)
  }

  /// - Parameter avoidsAuthenticate: uses LOGIN although the server offers better.
  func login(
    _ user: String, _ password: Secret, allowsCleartext: Bool, avoidsAuthenticate: Bool
  ) throws(IMAPFailure) {
    guard !hasTriedLogin else { throw .alreadyTried }
    guard connection.tls?.isTrusted ?? (allowsCleartext && endpoint.security == .none) else {
      throw .passwordNeedsTLS
    }
    guard !user.isEmpty, !user.utf8.contains(0), !password.isEmpty,
      password.withBytes({ !$0.contains(0) })
    else { throw .unusableCredential }
    let isPlain = offers("AUTH=PLAIN") && !avoidsAuthenticate
    guard isPlain || !offers("LOGINDISABLED") else { throw .loginDisabled }
    hasTriedLogin = true
    let before = capabilities
    do throws(IMAPFailure) {
      try isPlain ? authenticatePlain(user, password) : loginCommand(user, password)
    } catch .commandRefused(_, let text) {
      throw .loginRefused(code: lastCode, text: text)
    }
    // Most servers tell with their yes what they offer from now on.
    if capabilities == before { try askCapabilities() }
  }

  private func authenticatePlain(_ user: String, _ password: Secret) throws(IMAPFailure) {
    let message = SecretWriter.secret(capacity: user.utf8.count + password.count + 2) { writer in
      writer.append(0)
      writer.append(user.utf8)
      writer.append(0)
      writer.append(password)
    }
    let line = SecretWriter.secret(capacity: message.count * 4 / 3 + 4) { writer in
      writer.appendBase64(message)
    }
    let isAtOnce = offers("SASL-IR")
    try run(
      [.text("AUTHENTICATE PLAIN"), isAtOnce ? .text(" ") : .awaitContinuation, .secret(line)])
  }

  private func loginCommand(_ user: String, _ password: Secret) throws(IMAPFailure) {
    let user = IMAPString.pieces(of: Secret(copying: user.utf8))
    let password = IMAPString.pieces(of: password)
    try run([.text("LOGIN ")] + user + [.text(" ")] + password)
  }

  // MARK: Commands

  /// The code of the last tagged answer.
  private(set) var lastCode: String?

  /// Sends a command and gives what came before its OK.
  @discardableResult
  public func run(_ command: String) throws(IMAPFailure) -> [IMAPResponse] {
    try run([.text(command)])
  }

  @discardableResult
  func run(_ pieces: [IMAPCommandPiece]) throws(IMAPFailure) -> [IMAPResponse] {
    let tag = nextTag()
    var name = ""
    var answers: [IMAPResponse] = []
    try write(Array((tag + " ").utf8))
    for piece in pieces {
      switch piece {
      case .text(let text):
        if name.isEmpty { name = String(text.prefix { $0 != " " }) }
        try write(Array(text.utf8))
      case .secret(let secret): try write(secret)
      case .awaitContinuation:
        try write(Array("\r\n".utf8))
        try awaitContinuation(tag, name, &answers)
      case .pause(let act): act()
      case .awaitNumber(let awaited, let condition):
        if condition() { try awaitNumber(awaited, tag, name, &answers) }
      }
    }
    try write(Array("\r\n".utf8))
    while try !isDone(tag, name, &answers) {}
    return answers
  }

  /// Of a command that nobody has sent yet.
  func nextTag() -> String {
    commands += 1
    return "a\(commands)"
  }

  private func awaitContinuation(
    _ tag: String, _ name: String, _ answers: inout [IMAPResponse]
  ) throws(IMAPFailure) {
    while true {
      if answers.count > Self.mostAnswers { throw .connection(.responseTooLarge) }
      let response = try next(tag, name)
      if case .continuation = response { return }
      if case .status(.some, _) = response {
        throw .connection(.protocolViolation("a command was answered before it was complete"))
      }
      answers.append(response)
    }
  }

  /// Takes answers until "* 1 EXISTS", or another of that form, has come.
  private func awaitNumber(
    _ awaited: String, _ tag: String, _ name: String, _ answers: inout [IMAPResponse]
  ) throws(IMAPFailure) {
    while true {
      if answers.count > Self.mostAnswers { throw .connection(.responseTooLarge) }
      let response = try next(tag, name)
      if case .status(.some, _) = response {
        throw .connection(.protocolViolation("a command was answered before it was complete"))
      }
      answers.append(response)
      if case .number(_, awaited) = response { return }
    }
  }

  /// Takes one answer; whether it is the command's own.
  private func isDone(_ tag: String, _ name: String, _ answers: inout [IMAPResponse])
    throws(IMAPFailure) -> Bool
  {
    if answers.count > Self.mostAnswers { throw .connection(.responseTooLarge) }
    let response = try next(tag, name)
    switch response {
    case .continuation: throw .connection(.protocolViolation("a continuation nobody asked for"))
    case .status(.some, _): return true
    default: answers.append(response)
    }
    return false
  }

  private static let mostAnswers = 100_000

  /// - Throws: where it is the NO or BAD to the command, or a farewell.
  private func next(_ tag: String, _ name: String) throws(IMAPFailure) -> IMAPResponse {
    let response = try nextResponse(isLeaving: name == "LOGOUT")
    if case .status(let answered?, let status) = response {
      guard answered == Array(tag.utf8) else {
        throw .connection(.protocolViolation("the tag of the command"))
      }
      lastCode = status.code
      let text = String(decoding: status.text, as: UTF8.self)
      if status.kind != .ok { throw .commandRefused(command: name, text: text) }
    }
    return response
  }

  /// The next answer, to whatever command; what it says of the session is kept.
  /// - Parameter content: gets the first literal of an answer to FETCH in pieces, which stands in the
  ///   answer as an empty string then.
  /// - Throws: where it is a farewell nobody asked for.
  func nextResponse(
    isLeaving: Bool = false, content: ((UnsafeRawBufferPointer) -> Void)? = nil
  ) throws(IMAPFailure) -> IMAPResponse {
    let response = try Self.read(connection, .answer, content)
    switch response {
    case .capability(let names): capabilities = names
    case .status(_, let status):
      if status.kind == .ok, status.code == "CAPABILITY" {
        capabilities = status.arguments.compactMap(\.name)
      }
      if status.kind == .bye, !isLeaving {
        throw .connection(.rejected(String(decoding: status.text, as: UTF8.self)))
      }
    default: break
    }
    return response
  }

  private static func read(
    _ connection: LineConnection, _ stage: ConnectionFailure.Stage,
    _ content: ((UnsafeRawBufferPointer) -> Void)? = nil
  ) throws(IMAPFailure) -> IMAPResponse {
    do throws(ConnectionFailure) {
      return try IMAPReader.response(on: connection, stage, content: content)
    } catch {
      throw .connection(error)
    }
  }

  func write(_ bytes: [UInt8]) throws(IMAPFailure) {
    do throws(ConnectionFailure) { try connection.write(bytes) } catch { throw .connection(error) }
  }

  private func write(_ secret: Secret) throws(IMAPFailure) {
    do throws(ConnectionFailure) {
      try secret.withBytes { bytes throws(ConnectionFailure) in try connection.write(bytes) }
    } catch {
      throw .connection(error)
    }
  }
}
