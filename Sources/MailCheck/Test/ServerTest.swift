import Foundation
import ProfileRewriter
import Synchronization

/// How servers are tested.
public struct ServerTestSettings: Sendable {
  public var connection: ConnectionSettings
  public var route: NetworkRoute
  /// Makes a folder on IMAP servers, and removes it.
  public var isDeep: Bool
  /// Sends one message there, if it is the account's own address.
  public var sendTo: String?
  /// Seconds for a message to come.
  public var arrival: Double
  /// Milliseconds: so long a stage keeps people waiting.
  public var slow = 5000
  /// Accounts at the same time.
  public var parallel: Int
  /// Connections to one host at the same time, two or three for each that is counted here with
  /// ``isDeep``.
  public var perHost: Int
  /// Asked between stages. What was made on a server is removed all the same.
  public var shouldStop: @Sendable () -> Bool

  public init(
    connection: ConnectionSettings = ConnectionSettings(), route: NetworkRoute = NetworkRoute(),
    isDeep: Bool = false, sendTo: String? = nil, arrival: Double = 60, parallel: Int = 8,
    perHost: Int = 2, shouldStop: @escaping @Sendable () -> Bool = { false }
  ) {
    self.connection = connection
    self.route = route
    self.isDeep = isDeep
    self.sendTo = sendTo
    self.arrival = arrival
    self.parallel = parallel
    self.perHost = perHost
    self.shouldStop = shouldStop
  }

  /// For a connection that waits for something.
  func lasting(_ seconds: Double) -> ServerTestSettings {
    var settings = self
    settings.connection.limits.total += seconds
    return settings
  }
}

/// Logs in to accounts' servers, and says of each stage how it went.
///
/// What is shown to the servers is what a client set up for them would show; a login that fails is the
/// account's last in this test.
public struct ServerTest: Sendable {
  private let settings: ServerTestSettings
  private let tickets = LoginTickets()
  private let gate: Gate<String>
  private let done = SingleFlight<[TestService], [ServiceReport]>()
  private let unreachable = Unreachable()

  public init(_ settings: ServerTestSettings) {
    self.settings = settings
    gate = Gate(limit: max(settings.perHost, 1))
  }

  /// One report for each of the account's servers. An account that stands in several profiles with the
  /// same settings is tested once.
  public func run(_ item: TestItem) -> [ServiceReport] {
    done.value(for: item.services) {
      true
    } _: {
      let ticket = tickets.ticket(for: item)
      return item.services.map { service in
        gate.pass(service.settings.host.lowercased()) {
          if let rows = unreachable.rows(of: service) {
            return ServiceReport(service: service, rows: rows)
          }
          let test = ServiceTest(service, of: item, settings, ticket)
          if !settings.shouldStop() { test.run() }
          unreachable.note(test.report)
          return test.report
        }
      }
    }
  }

  /// Each answer is emitted as soon as it and all before it are there, on the caller's thread.
  public func run(_ items: [TestItem], _ emit: (Int, [ServiceReport]) -> Void) {
    let queue = AnswerQueue<[ServiceReport]>(count: items.count)
    for _ in 0..<min(max(settings.parallel, 1), items.count) {
      Thread.detachNewThread {
        while let index = queue.next() { queue.put(run(items[index]), at: index) }
      }
    }
    for index in items.indices { emit(index, queue.take(at: index)) }
  }
}

/// Servers that nobody can reach, whoever the account's user is: a thousand accounts do not wait for each of
/// them a thousand times.
private final class Unreachable: Sendable {
  private struct Server: Hashable {
    var kind: TestService.Kind
    var endpoint: Endpoint

    init(_ service: TestService) {
      kind = service.kind
      endpoint = service.endpoint
    }
  }

  private let servers = Mutex<[Server: [TestRow]]>([:])

  func rows(of service: TestService) -> [TestRow]? {
    servers.withLock { $0[Server(service)] }
  }

  func note(_ report: ServiceReport) {
    guard let last = report.rows.last, last.status == .failed,
      [.dns, .tcp, .tls].contains(last.stage)
    else { return }
    servers.withLock { $0[Server(report.service)] = report.rows }
  }
}

extension ServiceTest {
  fileprivate func run() {
    switch service.kind {
    case .imap: IMAPTest(test: self).run()
    case .pop3: POP3Test(test: self).run()
    case .smtp: SMTPTest(test: self).run()
    }
  }
}
