import Glibc
import ProfileRewriter
import Testing

@testable import MailCheck

/// What a server may do to whoever connects, short of TLS.
@Suite struct TransportTests {
  private static let quick = ConnectionSettings(
    limits: ConnectionLimits(connecting: 2, answer: 0.6, total: 3, line: 100, size: 40_000))

  private func connection(
    _ server: LocalServer, _ security: TransportSecurity = .none,
    _ settings: ConnectionSettings = quick
  ) throws(ConnectionFailure) -> LineConnection {
    try LineConnection(
      to: Endpoint(host: "127.0.0.1", port: server.port, security: security), settings)
  }

  private func milliseconds(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    let time = try clock.measure(body)
    return Double(time.components.attoseconds) / 1e15 + Double(time.components.seconds) * 1000
  }

  @Test func `lines come whole, however they were sent`() throws {
    let server = try LocalServer { peer in
      peer.say("on")
      usleep(20_000)
      peer.say("e\r\ntwo\nth")
      usleep(20_000)
      peer.say("ree\r")
      usleep(20_000)
      peer.say("\n\r\n12345rest\r\n")
      peer.stayQuiet()
    }
    let connection = try connection(server)
    for expected in ["one", "two", "three", ""] {
      #expect(try connection.readLine() == Array(expected.utf8))
    }
    #expect(try connection.readBytes(5) == Array("12345".utf8))
    #expect(try connection.readLine() == Array("rest".utf8))
  }

  @Test func `what is written arrives`() throws {
    let server = try LocalServer { peer in peer.say("got " + peer.hearLine()) }
    let connection = try connection(server)
    try connection.write(Array("hello\r\n".utf8))
    #expect(try connection.readLine() == Array("got hello".utf8))
  }

  @Test func `a port where nothing listens`() throws {
    let port = try LocalServer { _ in }.port
    #expect(throws: ConnectionFailure.refused) {
      try LineConnection(to: Endpoint(host: "127.0.0.1", port: port, security: .none), Self.quick)
    }
  }

  @Test(arguments: ["no-such-host.invalid", "", "a..b", "-", "127.0.0.1\0.example"])
  func `a host that is none`(_ host: String) {
    let time = milliseconds {
      #expect(throws: (any Error).self) {
        try LineConnection(to: Endpoint(host: host, port: 143, security: .none), Self.quick)
      }
    }
    #expect(time < 3500)
  }

  @Test(arguments: [0, -1, 65536]) func `a port that is none`(_ port: Int) {
    #expect(throws: ConnectionFailure.unknownHost) {
      try LineConnection(to: Endpoint(host: "127.0.0.1", port: port, security: .none), Self.quick)
    }
  }

  /// Linux leaves a connection unanswered where the queue of those that wait is full.
  @Test func `a host that does not answer`() throws {
    let server = try LocalServer(backlog: 0, accepts: false) { _ in }
    var waiting: [LineConnection] = []
    let time = milliseconds {
      #expect(throws: ConnectionFailure.timedOut(.connection)) {
        for _ in 0..<5 {
          waiting.append(
            try LineConnection(
              to: Endpoint(host: "127.0.0.1", port: server.port, security: .none), Self.quick,
              by: .after(0.5)))
        }
      }
    }
    #expect((400...1500).contains(time) && !waiting.isEmpty)
  }

  @Test func `silence is not waited for past the deadline`() throws {
    let server = try LocalServer { $0.stayQuiet() }
    let connection = try connection(server)
    let time = milliseconds {
      #expect(throws: ConnectionFailure.timedOut(.answer)) { try connection.readLine() }
    }
    #expect((500...1500).contains(time))
  }

  /// A byte now and then must not start the patience anew.
  @Test func `neither is a trickle`() throws {
    let server = try LocalServer { peer in while peer.say([120]) { usleep(50_000) } }
    let connection = try connection(server)
    let time = milliseconds {
      #expect(throws: ConnectionFailure.timedOut(.answer)) { try connection.readLine() }
    }
    #expect((500...1500).contains(time))
  }

  @Test func `nor a total that is shorter`() throws {
    let server = try LocalServer { $0.stayQuiet() }
    let connection = try LineConnection(
      to: Endpoint(host: "127.0.0.1", port: server.port, security: .none), Self.quick,
      by: .after(0.2))
    let time = milliseconds {
      #expect(throws: ConnectionFailure.timedOut(.answer)) { try connection.readLine() }
    }
    #expect(time < 500)
  }

  @Test func `an endless line`() throws {
    let server = try LocalServer { peer in
      let piece = [UInt8](repeating: 120, count: 4000)
      while peer.say(piece) {}
    }
    let connection = try connection(server)
    #expect(throws: ConnectionFailure.lineTooLong) { try connection.readLine() }
  }

  @Test func `a line that is just too long`() throws {
    let server = try LocalServer { peer in
      peer.say(
        String(repeating: "x", count: 100) + "\n" + String(repeating: "y", count: 101) + "\n")
      peer.stayQuiet()
    }
    let connection = try connection(server)
    #expect(try connection.readLine().count == 100)
    #expect(throws: ConnectionFailure.lineTooLong) { try connection.readLine() }
  }

  @Test func `endless lines`() throws {
    let server = try LocalServer { peer in while peer.say(Array("0123456789\r\n".utf8)) {} }
    let connection = try connection(server)
    #expect(throws: ConnectionFailure.responseTooLarge) {
      while true { _ = try connection.readLine() }
    }
  }

  @Test func `a server that goes`() throws {
    let server = try LocalServer { $0.say("half a li") }
    let connection = try connection(server)
    #expect(throws: ConnectionFailure.closed(.answer)) { try connection.readLine() }
  }

  /// Without care the second write would end the process by SIGPIPE.
  @Test func `writing to a server that is gone`() throws {
    let server = try LocalServer { _ in }
    let connection = try connection(server)
    usleep(100_000)
    #expect(throws: ConnectionFailure.closed(.answer)) {
      for _ in 0..<3 {
        try connection.write([UInt8](repeating: 0, count: 1000))
        usleep(50_000)
      }
    }
  }

  @Test func `plain text where TLS was expected`() throws {
    let server = try LocalServer { peer in
      peer.say("* OK ready\r\n")
      peer.stayQuiet()
    }
    #expect(throws: ConnectionFailure.plainTextOnTLSPort) { try connection(server, .tls) }
  }

  @Test func `silence where TLS was expected`() throws {
    let server = try LocalServer { $0.stayQuiet() }
    var settings = Self.quick
    settings.limits.connecting = 0.3
    #expect(throws: ConnectionFailure.timedOut(.tls)) { try connection(server, .tls, settings) }
  }

  @Test func `a server that goes in the handshake`() throws {
    let server = try LocalServer { $0.hear() }
    #expect(throws: ConnectionFailure.closed(.tls)) { try connection(server, .tls) }
  }

  @Test func `a TLS record of nonsense`() throws {
    let server = try LocalServer { peer in
      peer.say([22, 3, 3, 0, 4, 1, 2, 3, 4])
      peer.stayQuiet()
    }
    let error = #expect(throws: ConnectionFailure.self) { try connection(server, .tls) }
    guard case .handshakeFailed = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `silence, and no TLS either`() throws {
    let server = try LocalServer { $0.stayQuiet() }
    let connection = try connection(server)
    #expect(throws: ConnectionFailure.timedOut(.greeting)) { try connection.awaitGreeting() }
  }

  @Test func `plain text with the yes to STARTTLS`() throws {
    let server = try LocalServer { peer in
      peer.say("OK\r\n* injected\r\n")
      peer.stayQuiet()
    }
    let connection = try connection(server, .starttls)
    _ = try connection.readLine()
    #expect(throws: ConnectionFailure.plainTextAfterStartTLS) { try connection.startTLS() }
    #expect(connection.tls == nil)
  }

  @Test func `plain text after the yes to STARTTLS`() throws {
    let server = try LocalServer { peer in
      peer.say("OK\r\n")
      peer.hear()
      peer.say("* injected\r\n")
      peer.stayQuiet()
    }
    let connection = try connection(server, .starttls)
    _ = try connection.readLine()
    #expect(throws: ConnectionFailure.plainTextAfterStartTLS) { try connection.startTLS() }
  }

  @Test func `a file of authorities that is none`() throws {
    let server = try LocalServer { $0.stayQuiet() }
    var settings = Self.quick
    settings.trust.extraAuthorities = "/dev/null"
    let error = #expect(throws: ConnectionFailure.self) { try connection(server, .tls, settings) }
    guard case .trustStore = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
