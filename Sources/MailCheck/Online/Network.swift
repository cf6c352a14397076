import Autoconfig
import ProfileRewriter

/// The three things that are asked of the network, each once however often it is needed, and few at
/// a time of one host.
final class Network: Sendable {
  let settings: OnlineSettings

  private let dns: DNSClient
  private let http: HTTPClient
  private let gate: Gate<String>
  private let files = SingleFlight<String, HTTPClient.Answer>()
  private let records = SingleFlight<String, DNSAnswer>()
  private let servers = SingleFlight<Endpoint, ServerReport>()

  init(_ settings: OnlineSettings) {
    self.settings = settings
    dns = DNSClient(servers: settings.route.resolver)
    http = HTTPClient(route: settings.route)
    gate = Gate(limit: settings.connectionsPerHost)
  }

  /// - Parameter host: the one in the URL.
  func get(_ url: String, from host: String, by deadline: Deadline) -> HTTPClient.Answer {
    files.value(for: url) {
      !deadline.hasPassed
    } _: {
      gate.pass(host) { http.get(url, by: deadline) }
    }
  }

  func services(_ service: String, of domain: DomainName, by deadline: Deadline) -> DNSAnswer {
    records.value(for: service + "." + domain.ascii) {
      !deadline.hasPassed
    } _: {
      dns.services(service, of: domain, by: deadline)
    }
  }

  func exchangers(of domain: DomainName, by deadline: Deadline) -> DNSAnswer {
    records.value(for: domain.ascii) {
      !deadline.hasPassed
    } _: {
      dns.exchangers(of: domain, by: deadline)
    }
  }

  func ask(_ endpoint: Endpoint, by deadline: Deadline) -> ServerReport {
    servers.value(for: endpoint) {
      !deadline.hasPassed
    } _: {
      gate.pass(endpoint.host) {
        ServerReport(asking: endpoint, through: settings.route, by: deadline)
      }
    }
  }
}
