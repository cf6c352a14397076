/// How names and ports become connections. By itself as the machine has it; in a closed network, and
/// in tests, another resolver, other authorities, other ports.
public struct NetworkRoute: Sendable, Hashable {
  /// Answers for all names; nil leaves hosts' addresses to the system.
  public var resolver: String?
  /// A PEM file of authorities to trust besides the system's.
  public var authorities: String?
  /// The port to connect to instead of the one that is meant.
  public var ports: [Int: Int]

  public init(resolver: String? = nil, authorities: String? = nil, ports: [Int: Int] = [:]) {
    self.resolver = resolver
    self.authorities = authorities
    self.ports = ports
  }

  func port(_ port: Int) -> Int { ports[port] ?? port }

  /// nil where the system is to resolve hosts' addresses.
  var dns: DNSClient? { resolver.map { DNSClient(servers: $0) } }
}
