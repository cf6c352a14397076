internal import CTLSBridge

/// What a server's certificate says, and what is wrong with it.
public struct CertificateFacts: Sendable, Hashable {
  public enum Problem: String, Sendable, Hashable, CaseIterable {
    case expired
    case notYetValid = "not-yet-valid"
    /// It is for other hosts.
    case wrongName = "wrong-name"
    /// No authority that is trusted here has signed it.
    case untrusted
    /// ``CertificateFacts/problemText`` says what.
    case other
  }

  /// RFC 2253, as the certificate spells it: hostile text.
  public var subject: String
  public var issuer: String
  /// The DNS names and addresses it is for (subjectAltName), at most 100.
  public var names: [String]
  /// Seconds since 1970.
  public var notBefore: Int64
  public var notAfter: Int64
  /// SHA-256 of the certificate, 32 bytes.
  public var fingerprint: [UInt8]
  /// Empty where it holds for the host that was asked.
  public var problems: [Problem]
  /// The TLS library's words for the first problem.
  public var problemText: String?
}

/// How a connection is protected.
public struct TLSFacts: Sendable, Hashable {
  /// "TLSv1.3"
  public var version: String
  /// nil where the server has shown none, which is never trusted.
  public var certificate: CertificateFacts?

  /// Whether the peer has proved to be the host that was asked.
  public var isTrusted: Bool { certificate?.problems.isEmpty ?? false }
}

extension CertificateFacts {
  /// - Parameter session: one whose handshake is done.
  init?(of session: OpaquePointer) {
    guard ctls_has_certificate(session) != 0 else { return nil }
    subject = Self.text { ctls_subject(session, $0, $1) } ?? ""
    issuer = Self.text { ctls_issuer(session, $0, $1) } ?? ""
    names = Self.names(session)
    notBefore = ctls_not_before(session)
    notAfter = ctls_not_after(session)
    var digest = [UInt8](repeating: 0, count: 32)
    fingerprint = ctls_fingerprint(session, &digest) != 0 ? digest : []
    problems = Self.problems(ctls_problems(session))
    problemText = ctls_problem_text(session).map { String(cString: $0) }
  }

  private static func names(_ session: OpaquePointer) -> [String] {
    var names: [String] = []
    while names.count < 100,
      let name = text({ ctls_name(session, Int32(names.count), $0, $1) })
    {
      names.append(name)
    }
    return names
  }

  private static func problems(_ bits: Int32) -> [Problem] {
    let table: [(Int, Problem)] = [
      (CTLS_EXPIRED, .expired), (CTLS_NOT_YET_VALID, .notYetValid), (CTLS_WRONG_NAME, .wrongName),
      (CTLS_UNTRUSTED, .untrusted), (CTLS_OTHER_PROBLEM, .other),
    ]
    return table.filter { Int(bits) & $0.0 != 0 }.map(\.1)
  }

  /// Cut after 1000 bytes; nil where there is nothing.
  private static func text(_ fill: (UnsafeMutablePointer<CChar>?, Int) -> Int) -> String? {
    var room = [CChar](repeating: 0, count: 1000)
    let length = room.withUnsafeMutableBufferPointer { fill($0.baseAddress, $0.count) }
    guard length > 0 else { return nil }
    return String(
      decoding: room.prefix(min(length, room.count)).lazy.map { UInt8(bitPattern: $0) },
      as: UTF8.self)
  }
}
