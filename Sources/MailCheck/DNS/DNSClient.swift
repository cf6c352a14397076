import Autoconfig
internal import CNetBridge

/// Where the DNS sends clients for a service (RFC 2782), or the mail of a domain.
public struct DNSTarget: Sendable, Hashable {
  /// For mail exchangers the preference; the lowest goes first.
  public var priority: Int
  public var weight: Int
  /// 0 for mail exchangers.
  public var port: Int
  /// Lower case, without a full stop at the end; empty for the root, which says: there is no such
  /// service here (RFC 2782), or no mail (RFC 7505). Not checked to be a host name.
  public var name: String
}

/// What became of a question.
public enum DNSAnswer: Sendable, Hashable {
  case records([DNSTarget])
  case noSuchName
  /// The name is there and has no record of this type.
  case noData
  /// No answer, or one that says nothing about the name. The text is the library's.
  case failed(String)
}

/// Asks the DNS.
public struct DNSClient: Sendable {
  /// "address:port", several by commas; nil asks the system's.
  public var servers: String?

  public init(servers: String? = nil) { self.servers = servers }

  /// The servers of a service, best first; `service` such as "_imaps._tcp".
  public func services(_ service: String, of domain: DomainName, by deadline: Deadline) -> DNSAnswer
  {
    ask("\(service).\(domain.ascii)", CNET_DNS_SRV, by: deadline)
  }

  /// The domain's mail exchangers, best first.
  public func exchangers(of domain: DomainName, by deadline: Deadline) -> DNSAnswer {
    ask(domain.ascii, CNET_DNS_MX, by: deadline)
  }

  /// The addresses of a host as texts, IPv4 first.
  /// - Throws: why there are none.
  public func addresses(of host: String, by deadline: Deadline) throws(DNSFailure) -> [String] {
    var found: [String] = []
    var failure = DNSFailure(isAnswer: true, text: "the name has no address")
    for type in [CNET_DNS_A, CNET_DNS_AAAA] {
      switch ask(host, type, by: deadline) {
      case .records(let records): found += records.map(\.name)
      case .failed(let text): failure = DNSFailure(isAnswer: false, text: text)
      case .noSuchName: failure = DNSFailure(isAnswer: true, text: "there is no such name")
      case .noData: break
      }
    }
    guard !found.isEmpty else { throw failure }
    return found
  }

  /// No question is worth more seconds than this.
  private static let patience = 6.0

  private func ask(_ name: String, _ type: cnet_dns_type, by deadline: Deadline) -> DNSAnswer {
    Bridge.start()
    var answer = cnet_dns_answer()
    let seconds = min(deadline.secondsLeft, Self.patience)
    cnet_dns_ask(servers, name, type, Int(seconds * 1000), &answer)
    defer { cnet_dns_free(&answer) }
    switch answer.status {
    case CNET_DNS_ANSWERED: return .records(Self.records(answer))
    case CNET_DNS_NO_SUCH_NAME: return .noSuchName
    case CNET_DNS_NO_DATA: return .noData
    default: return .failed(Bridge.text(answer.problem))
    }
  }

  private static func records(_ answer: cnet_dns_answer) -> [DNSTarget] {
    let records = UnsafeBufferPointer(start: answer.records, count: answer.count).map { record in
      DNSTarget(
        priority: Int(record.priority), weight: Int(record.weight), port: Int(record.port),
        name: name(Bridge.text(record.name)))
    }
    // By weight where RFC 2782 would throw dice: who looks twice is to see the same.
    return records.sorted {
      ($0.priority, -$0.weight, $0.name) < ($1.priority, -$1.weight, $1.name)
    }
  }

  private static func name(_ text: String) -> String {
    let name = text.lowercased()
    return name.hasSuffix(".") ? String(name.dropLast()) : name
  }
}

/// Why a host has no address.
public struct DNSFailure: Error, Sendable, Hashable {
  /// The DNS says so; else it gave no answer.
  public var isAnswer: Bool
  public var text: String
}

extension DNSClient {
  /// Whether a text is an address with or without a port, as ``servers`` takes it.
  public static func isServer(_ text: String) -> Bool { cnet_is_server(text) == 1 }
}
