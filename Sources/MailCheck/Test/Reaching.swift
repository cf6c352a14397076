import ConfigFormats
import Glibc
import ProfileRewriter

/// From the name to the first answer, each stage with a row.
extension ServiceTest {
  /// - Parameter make: goes on from a connection whose greeting is there.
  /// - Returns: nil where a stage has failed.
  func reach<Client>(
    capabilities: (Client) -> Finding,
    _ make: (LineConnection, StageWatch) throws(IMAPFailure) -> Client
  ) -> Client? {
    let watch = StageWatch()
    var connection: LineConnection?
    do throws(IMAPFailure) {
      let made = try connect(watch)
      connection = made
      if let other = SpokenProtocol.other(than: service.kind, made.unread) {
        addStages(watch, made, failed: Diagnosis.wrongProtocol(other, service))
        return nil
      }
      let client = try make(made, watch)
      addStages(watch, made, last: capabilities(client))
      return client
    } catch {
      let diagnosis = Diagnosis(error, of: service)
      var finding = Finding(diagnosis.text, Self.facts(error))
      finding.status = .failed
      finding.code = diagnosis.code
      addStages(watch, connection, failed: finding)
      return nil
    }
  }

  /// Once more, without rows: for what needs a second connection.
  func connectAgain<Client>(
    _ make: (LineConnection, StageWatch) throws(IMAPFailure) -> Client
  ) throws(IMAPFailure) -> Client {
    let watch = StageWatch()
    return try make(try connect(watch), watch)
  }

  private func connect(_ watch: StageWatch) throws(IMAPFailure) -> LineConnection {
    do throws(ConnectionFailure) {
      let deadline = Deadline.after(settings.connection.limits.total)
      var endpoint = service.endpoint
      if settings.route != NetworkRoute() {
        watch.begin(.name)
        endpoint.detour = try settings.route.detour(
          for: endpoint, by: min(deadline, .after(settings.connection.limits.connecting)))
      }
      let connection = try LineConnection(
        to: endpoint, settings.connection, by: deadline, watch: watch)
      watch.begin(.greeting)
      try connection.awaitGreeting()
      return connection
    } catch {
      throw .connection(error)
    }
  }

  // MARK: Rows

  private func addStages(
    _ watch: StageWatch, _ connection: LineConnection?, failed: Finding? = nil,
    last: Finding? = nil
  ) {
    var stages: [(stage: ConnectionFailure.Stage, milliseconds: Int)] = []
    for (stage, time) in watch.times {
      if let index = stages.firstIndex(where: { $0.stage == stage }) {
        stages[index].milliseconds += time
      } else {
        stages.append((stage, time))
      }
    }
    for (stage, time) in stages {
      if stage == .greeting, service.settings.security == .none {
        add(.tls, noTLS, milliseconds: 0)
      }
      if let failed, stage == watch.current {
        return add(TestStage(stage), failed, milliseconds: time)
      }
      let finding = stage == .answer ? last : passed(stage, connection)
      add(TestStage(stage), timed(finding ?? Finding(""), time), milliseconds: time)
    }
  }

  private var noTLS: Finding {
    Finding(
      .warning, .noTLS,
      "nothing protects the connection: password and mail can be read on the way")
  }

  private func passed(_ stage: ConnectionFailure.Stage, _ connection: LineConnection?) -> Finding {
    let host = service.settings.host.printable
    switch stage {
    case .name:
      guard let connection else { return Finding("\(host) is known") }
      return Finding(
        "\(host) is \(connection.address)", [TestFact("address", .text(connection.address))])
    case .connection: return Finding("port \(service.settings.port) is open")
    case .tls: return connection?.tls.map(Self.finding) ?? Finding("")
    case .greeting, .answer: return Finding("\(service.kind.name) answers")
    }
  }

  // MARK: Certificates

  private static let soon = 14 * 86400

  private static func finding(_ tls: TLSFacts) -> Finding {
    guard let certificate = tls.certificate else { return Finding(tls.version) }
    let facts = [TestFact("version", .text(tls.version))] + facts(certificate)
    let end = day(certificate.notAfter)
    let left = Int(certificate.notAfter) - time(nil)
    guard left > soon else {
      return Finding(
        .warning, .certificateExpiresSoon,
        "\(tls.version); the certificate expires on \(end), in \(max(left, 0) / 86400) days: the "
          + "server's operator must renew it", facts)
    }
    return Finding("\(tls.version); the certificate holds for the name, until \(end)", facts)
  }

  private static func facts(_ failure: IMAPFailure) -> [TestFact] {
    guard case .connection(let failure) = failure else { return [] }
    switch failure {
    case .certificateExpired(let facts), .certificateNotYetValid(let facts),
      .certificateWrongName(let facts), .certificateUntrusted(let facts):
      return Self.facts(facts)
    case .certificateInvalid(let facts): return facts.map { Self.facts($0) } ?? []
    default: return []
    }
  }

  private static func facts(_ certificate: CertificateFacts) -> [TestFact] {
    [
      TestFact("subject", .text(certificate.subject)),
      TestFact("issuer", .text(certificate.issuer)),
      TestFact("names", .texts(certificate.names)),
      TestFact("not_before", .text(moment(certificate.notBefore))),
      TestFact("not_after", .text(moment(certificate.notAfter))),
    ]
  }

  /// "2026-11-27"
  private static func day(_ seconds: Int64) -> String { String(moment(seconds).prefix(10)) }

  /// "2026-11-27T03:44:32Z"
  private static func moment(_ seconds: Int64) -> String {
    var moment = time_t(seconds)
    var parts = tm()
    gmtime_r(&moment, &parts)
    var room = [CChar](repeating: 0, count: 40)
    let count = strftime(&room, room.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    return String(decoding: room.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

extension TestStage {
  fileprivate init(_ stage: ConnectionFailure.Stage) {
    switch stage {
    case .name: self = .dns
    case .connection: self = .tcp
    case .tls: self = .tls
    case .greeting: self = .greeting
    case .answer: self = .capability
    }
  }
}
