internal import CTLSBridge

/// TLS over a socket: bytes in clear on this side, records on the other.
final class TLSStream {
  /// How a handshake came to be, which tells what plain text in it means.
  enum Beginning {
    case implicit
    case upgrade
  }

  private let socket: SocketStream
  private let session: OpaquePointer
  let facts: TLSFacts
  private var records: [UInt8]

  /// - Throws: also where the certificate does not hold and the settings require it to.
  init(
    over socket: SocketStream, to endpoint: Endpoint, _ beginning: Beginning,
    _ settings: ConnectionSettings, by deadline: Deadline
  ) throws(ConnectionFailure) {
    let opened = try Self.open(endpoint.hostName, settings.trust)
    var records = [UInt8](repeating: 0, count: 16 << 10)
    do throws(ConnectionFailure) {
      let deadline = min(deadline, .after(settings.limits.connecting))
      facts = try Self.shakeHands(opened, socket, beginning, &records, by: deadline)
      if settings.trust.policy == .require { try Self.believe(facts) }
    } catch {
      ctls_free(opened)
      throw error
    }
    self.records = records
    self.socket = socket
    session = opened
  }

  deinit {
    ctls_say_goodbye(session)
    try? flush(.answer, by: .after(0.2))
    ctls_free(session)
  }

  private static func open(_ host: String, _ trust: TrustSettings) throws(ConnectionFailure)
    -> OpaquePointer
  {
    var reason = [CChar](repeating: 0, count: 200)
    guard
      let opened = ctls_open(
        host, trust.extraAuthorities, trust.usesSystemStore ? 1 : 0, &reason, reason.count)
    else {
      let words = String(
        decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw .trustStore(trust.extraAuthorities.map { "\($0): \(words)" } ?? words)
    }
    return opened
  }

  // MARK: The handshake

  private static func shakeHands(
    _ session: OpaquePointer, _ socket: SocketStream, _ beginning: Beginning,
    _ records: inout [UInt8], by deadline: Deadline
  ) throws(ConnectionFailure) -> TLSFacts {
    var isFirst = true
    while true {
      let state = Int(ctls_handshake(session))
      // An alert goes out, too.
      try flush(session, socket, &records, .tls, by: deadline)
      if state == CTLS_DONE {
        return TLSFacts(
          version: String(cString: ctls_version(session)),
          certificate: CertificateFacts(of: session))
      }
      guard state == CTLS_WANTS_INPUT else {
        throw .handshakeFailed(String(cString: ctls_failure(session)))
      }
      let count = try receive(socket, &records, .tls, by: deadline)
      guard count > 0 else { throw .closed(.tls) }
      if isFirst { try requireRecord(records[0], beginning) }
      isFirst = false
      try feed(session, records, count)
    }
  }

  /// The first byte of a TLS server is that of a handshake record or an alert (RFC 8446, 5.1).
  private static func requireRecord(_ first: UInt8, _ beginning: Beginning)
    throws(ConnectionFailure)
  {
    guard first != 22, first != 21 else { return }
    throw beginning == .implicit ? .plainTextOnTLSPort : .plainTextAfterStartTLS
  }

  private static func believe(_ facts: TLSFacts) throws(ConnectionFailure) {
    guard let certificate = facts.certificate else { throw .certificateInvalid(nil) }
    let problems = Set(certificate.problems)
    // What is worst comes first: a stranger's certificate may say anything else.
    if problems.contains(.untrusted) { throw .certificateUntrusted(certificate) }
    if problems.contains(.wrongName) { throw .certificateWrongName(certificate) }
    if problems.contains(.expired) { throw .certificateExpired(certificate) }
    if problems.contains(.notYetValid) { throw .certificateNotYetValid(certificate) }
    if !problems.isEmpty { throw .certificateInvalid(certificate) }
  }

  // MARK: After it

  func discardWhenClosed(_ isOn: Bool) { socket.discardWhenClosed(isOn) }

  /// 0 where the other end has closed.
  func receive(
    into buffer: UnsafeMutableRawBufferPointer, _ stage: ConnectionFailure.Stage,
    by deadline: Deadline
  ) throws(ConnectionFailure) -> Int {
    while true {
      var count = 0
      let state = Int(ctls_read(session, buffer.baseAddress, buffer.count, &count))
      try flush(stage, by: deadline)
      switch state {
      case CTLS_DONE: return count
      case CTLS_CLOSED: return 0
      case CTLS_WANTS_INPUT: break
      default: throw .protocolViolation(String(cString: ctls_failure(session)))
      }
      let received = try Self.receive(socket, &records, stage, by: deadline)
      guard received > 0 else { return 0 }
      try Self.feed(session, records, received)
    }
  }

  func send(
    _ bytes: UnsafeRawBufferPointer, _ stage: ConnectionFailure.Stage, by deadline: Deadline
  ) throws(ConnectionFailure) {
    guard ctls_write(session, bytes.baseAddress, bytes.count) == Int32(CTLS_DONE) else {
      throw .protocolViolation(String(cString: ctls_failure(session)))
    }
    try flush(stage, by: deadline)
  }

  private func flush(_ stage: ConnectionFailure.Stage, by deadline: Deadline)
    throws(ConnectionFailure)
  {
    try Self.flush(session, socket, &records, stage, by: deadline)
  }

  private static func flush(
    _ session: OpaquePointer, _ socket: SocketStream, _ records: inout [UInt8],
    _ stage: ConnectionFailure.Stage, by deadline: Deadline
  ) throws(ConnectionFailure) {
    while true {
      let count = ctls_drain(session, &records, records.count)
      guard count > 0 else { return }
      try records.withBytes { bytes throws(ConnectionFailure) in
        try socket.send(UnsafeRawBufferPointer(rebasing: bytes.prefix(count)), stage, by: deadline)
      }
    }
  }

  private static func receive(
    _ socket: SocketStream, _ records: inout [UInt8], _ stage: ConnectionFailure.Stage,
    by deadline: Deadline
  ) throws(ConnectionFailure) -> Int {
    try records.withMutableBytes { buffer throws(ConnectionFailure) in
      try socket.receive(into: buffer, stage, by: deadline)
    }
  }

  private static func feed(_ session: OpaquePointer, _ records: [UInt8], _ count: Int)
    throws(ConnectionFailure)
  {
    guard ctls_feed(session, records, count) == Int32(CTLS_DONE) else {
      throw .protocolViolation("the TLS library takes no more input")
    }
  }
}
