import Foundation
import ProfileRewriter
import Testing

@testable import MailCheck

/// `openssl s_server` with a certificate of its own, on a free port.
final class TLSServer {
  let port: Int
  private let program: LongLivedProgram

  init(_ certificate: Certificates, _ arguments: [String] = []) throws {
    // A port that was free a moment ago.
    port = try LocalServer { _ in }.port
    program = try LongLivedProgram(
      [
        "/usr/bin/openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-cert",
        certificate.certificate, "-key", certificate.key, "-quiet", "-rev",
      ] + arguments)
    for _ in 0..<1500 where program.isRunning && !isUp { usleep(20_000) }
  }

  private var isUp: Bool {
    (try? LineConnection(to: Endpoint(host: "127.0.0.1", port: port, security: .none))) != nil
  }

  deinit {
    program.end(SIGKILL)
  }

  func connect(_ host: String = "127.0.0.1", _ trust: TrustSettings = .laboratory)
    throws(ConnectionFailure) -> LineConnection
  {
    try LineConnection(
      to: Endpoint(host: host, port: port, security: .tls), ConnectionSettings(trust: trust))
  }
}

extension TrustSettings {
  static let laboratory = TrustSettings(extraAuthorities: Certificates.authority)
}

@Suite struct TLSTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test(arguments: ["127.0.0.1", "localhost", "localhost."])
  func `a certificate that holds`(_ host: String) throws {
    let server = try TLSServer(Certificates(in: scratch))
    let connection = try server.connect(host)
    let facts = try #require(connection.tls)
    let certificate = try #require(facts.certificate)
    #expect(facts.version == "TLSv1.3" && facts.isTrusted)
    #expect(certificate.subject == "CN=server of the tests")
    #expect(certificate.issuer == "CN=ProfileRewriter Test CA (public key\\, never trust)")
    #expect(certificate.names == ["localhost", "127.0.0.1"])
    let days = Double(certificate.notAfter - Int64(Date().timeIntervalSince1970)) / 86400
    #expect((29.9...30.1).contains(days))
    #expect(certificate.fingerprint.count == 32)
    // The server sends every line back reversed.
    try connection.write(Array("abc\n".utf8))
    #expect(try connection.readLine() == Array("cba".utf8))
  }

  @Test func `an older version`() throws {
    let server = try TLSServer(Certificates(in: scratch), ["-tls1_2"])
    #expect(try server.connect().tls?.version == "TLSv1.2")
  }

  @Test func `a version that is too old`() throws {
    let server = try TLSServer(
      Certificates(in: scratch), ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"])
    let error = #expect(throws: ConnectionFailure.self) { try server.connect() }
    guard case .handshakeFailed = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `an authority that the machine does not trust`() throws {
    let server = try TLSServer(Certificates(in: scratch))
    let error = #expect(throws: ConnectionFailure.self) {
      try server.connect("127.0.0.1", TrustSettings())
    }
    guard case .certificateUntrusted(let facts) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(facts.problems == [.untrusted])
  }

  @Test func `its own authority`() throws {
    let server = try TLSServer(Certificates(in: scratch, isSelfSigned: true))
    let error = #expect(throws: ConnectionFailure.self) { try server.connect() }
    #expect(error?.code == "certificate-untrusted")
  }

  @Test func `another name`() throws {
    let server = try TLSServer(Certificates(in: scratch, names: "DNS:mail.example.net"))
    let error = #expect(throws: ConnectionFailure.self) { try server.connect("localhost") }
    #expect(error?.code == "certificate-wrong-name")
    #expect(
      error?.text(at: Endpoint(host: "localhost", port: 1, security: .tls))
        == "the certificate of localhost:1 is for mail.example.net: use a host name that it names")
  }

  /// A DNS name does not stand for an address.
  @Test func `an address that it does not name`() throws {
    let server = try TLSServer(Certificates(in: scratch, names: "DNS:127.0.0.1"))
    let error = #expect(throws: ConnectionFailure.self) { try server.connect("127.0.0.1") }
    #expect(error?.code == "certificate-wrong-name")
  }

  @Test func `expired`() throws {
    let server = try TLSServer(Certificates(in: scratch, days: -1))
    let error = #expect(throws: ConnectionFailure.self) { try server.connect() }
    #expect(error?.code == "certificate-expired")
  }

  @Test func `everything at once, for whoever only looks`() throws {
    let server = try TLSServer(
      Certificates(in: scratch, names: "DNS:mail.example.net", days: -1, isSelfSigned: true))
    let trust = TrustSettings(extraAuthorities: Certificates.authority, policy: .report)
    let facts = try #require(try server.connect("localhost", trust).tls)
    #expect(!facts.isTrusted)
    #expect(
      Set(facts.certificate?.problems ?? []) == [.untrusted, .wrongName, .expired])
    #expect(facts.certificate?.problemText != nil)
  }
}
