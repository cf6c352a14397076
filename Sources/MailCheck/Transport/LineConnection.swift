import ProfileRewriter

/// A connection to a server that speaks in lines (IMAP, POP3, SMTP).
///
/// Each call waits until it is done, never past its deadline, and reads no more than its limits
/// allow. Nothing raises SIGPIPE. For one thread at a time.
public final class LineConnection {
  private enum Stream {
    case plain(SocketStream)
    case tls(TLSStream)
  }

  public let endpoint: Endpoint
  public let settings: ConnectionSettings
  /// Past it nothing is waited for.
  public let deadline: Deadline
  /// The address that answered, as a number.
  public let address: String
  /// nil while nothing protects the connection.
  public private(set) var tls: TLSFacts?

  private var stream: Stream
  private var buffer: [UInt8] = []
  /// Where in `buffer` what has not been read begins.
  private var next = 0
  private var received = 0

  /// Connects, and makes the handshake where TLS is from the start.
  ///
  /// With `TransportSecurity.starttls` the connection is plain until ``startTLS()``.
  public init(
    to endpoint: Endpoint, _ settings: ConnectionSettings = ConnectionSettings(),
    by deadline: Deadline? = nil, watch: StageWatch? = nil
  ) throws(ConnectionFailure) {
    let deadline = deadline ?? .after(settings.limits.total)
    let socket = try SocketStream(to: endpoint, settings.limits, by: deadline, watch)
    address = socket.address
    if endpoint.security == .tls {
      watch?.begin(.tls)
      let protected = try TLSStream(over: socket, to: endpoint, .implicit, settings, by: deadline)
      stream = .tls(protected)
      tls = protected.facts
    } else {
      stream = .plain(socket)
    }
    self.endpoint = endpoint
    self.settings = settings
    self.deadline = deadline
  }

  /// Over a connection that is there already, without TLS.
  init(
    over socket: SocketStream, to endpoint: Endpoint, _ settings: ConnectionSettings,
    by deadline: Deadline
  ) {
    stream = .plain(socket)
    address = socket.address
    self.endpoint = endpoint
    self.settings = settings
    self.deadline = deadline
  }

  /// Makes the handshake, once the server has said yes in its protocol's own words.
  ///
  /// - Throws: ``ConnectionFailure/plainTextAfterStartTLS`` where anything follows that yes in clear.
  public func startTLS() throws(ConnectionFailure) {
    guard case .plain(let socket) = stream else { return }
    guard next == buffer.count else { throw .plainTextAfterStartTLS }
    let protected = try TLSStream(over: socket, to: endpoint, .upgrade, settings, by: deadline)
    stream = .tls(protected)
    tls = protected.facts
  }

  // MARK: Reading

  /// What has come and nobody has read yet, or its beginning: to tell one protocol from another.
  public var unread: [UInt8] { Array(buffer[next...].prefix(200)) }

  /// The next line without its end (CRLF, or LF alone).
  /// - Parameter limit: bytes; the settings' where none is given.
  public func readLine(limit: Int? = nil, _ stage: ConnectionFailure.Stage = .answer)
    throws(ConnectionFailure) -> [UInt8]
  {
    let limit = limit ?? settings.limits.line
    let patience = patience(settings.limits.answer)
    var searched = next
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        guard end - next <= limit else { throw .lineTooLong }
        return take(through: end)
      }
      guard buffer.count - next <= limit else { throw .lineTooLong }
      searched = buffer.count - next
      try fill(stage, by: patience)
    }
  }

  private func take(through end: Int) -> [UInt8] {
    let last = end > next && buffer[end - 1] == UInt8(ascii: "\r") ? end - 1 : end
    defer { next = end + 1 }
    return Array(buffer[next..<last])
  }

  /// Exactly so many bytes.
  public func readBytes(_ count: Int, _ stage: ConnectionFailure.Stage = .answer)
    throws(ConnectionFailure) -> [UInt8]
  {
    let patience = patience(settings.limits.answer)
    while buffer.count - next < count { try fill(stage, by: patience) }
    defer { next += count }
    return Array(buffer[next..<next + count])
  }

  /// Waits for the first words of a server that speaks first, as IMAP, POP3 and SMTP servers do.
  ///
  /// One that says nothing may wait for a TLS handshake: that is tried on a second connection.
  public func awaitGreeting() throws(ConnectionFailure) {
    let seconds = min(settings.limits.answer, deadline.secondsLeft)
    do throws(ConnectionFailure) {
      try awaitInput(.greeting, by: .after(tls == nil ? seconds / 2 : seconds))
    } catch {
      if error == .timedOut(.greeting), tls == nil, speaksTLS(by: patience(seconds / 2)) {
        throw .tlsOnPlainPort
      }
      throw error
    }
    // A TLS alert, or a handshake's record (RFC 8446, 5.1).
    if tls == nil, let first = buffer[next...].first, first == 21 || first == 22 {
      throw .tlsOnPlainPort
    }
  }

  private func awaitInput(_ stage: ConnectionFailure.Stage, by deadline: Deadline)
    throws(ConnectionFailure)
  {
    if next == buffer.count { try fill(stage, by: deadline) }
  }

  private func speaksTLS(by deadline: Deadline) -> Bool {
    var settings = settings
    settings.trust.policy = .report
    var endpoint = endpoint
    endpoint.security = .tls
    return (try? LineConnection(to: endpoint, settings, by: deadline)) != nil
  }

  private func patience(_ seconds: Double) -> Deadline { min(deadline, .after(seconds)) }

  private static let room = [UInt8](repeating: 0, count: 16 << 10)

  /// Appends what has come to the buffer, whose read part goes.
  private func fill(_ stage: ConnectionFailure.Stage, by deadline: Deadline)
    throws(ConnectionFailure)
  {
    buffer.removeFirst(next)
    next = 0
    let held = buffer.count
    buffer += Self.room
    var count = 0
    defer { buffer.removeLast(buffer.count - held - count) }
    count = try receive(after: held, stage, by: deadline)
    guard count > 0 else { throw .closed(stage) }
    received += count
    guard received <= settings.limits.size else { throw .responseTooLarge }
  }

  private func receive(after held: Int, _ stage: ConnectionFailure.Stage, by deadline: Deadline)
    throws(ConnectionFailure) -> Int
  {
    let stream = stream
    return try buffer.withMutableBytes { bytes throws(ConnectionFailure) in
      let room = UnsafeMutableRawBufferPointer(rebasing: bytes[held...])
      switch stream {
      case .plain(let socket): return try socket.receive(into: room, stage, by: deadline)
      case .tls(let tls): return try tls.receive(into: room, stage, by: deadline)
      }
    }
  }

  // MARK: Writing

  /// Whether what has not gone out when the connection is closed never does, also where the process
  /// is killed. Else the system goes on delivering it for as long as the line takes.
  public func discardWhenClosed(_ isOn: Bool) {
    switch stream {
    case .plain(let socket): socket.discardWhenClosed(isOn)
    case .tls(let tls): tls.discardWhenClosed(isOn)
    }
  }

  public func write(_ bytes: [UInt8]) throws(ConnectionFailure) {
    try bytes.withBytes { bytes throws(ConnectionFailure) in try write(bytes) }
  }

  /// For what must not be copied about. Given on as it is.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(ConnectionFailure) {
    guard !bytes.isEmpty else { return }
    let patience = patience(settings.limits.answer)
    switch stream {
    case .plain(let socket): try socket.send(bytes, .answer, by: patience)
    case .tls(let tls): try tls.send(bytes, .answer, by: patience)
    }
  }
}
