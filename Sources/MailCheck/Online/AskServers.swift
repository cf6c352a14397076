import Autoconfig
import ConfigFormats
import ProfileRewriter

/// What the DNS says of the IMAP service (RFC 6186, RFC 8314), and servers under the usual names.
extension OnlineInquiry {
  /// Servers of one domain that are tried.
  private static let mostTargets = 3

  private struct Service {
    var targets: [DNSTarget] = []
    var isDenied = false
    var isAnswered = true
  }

  /// - Returns: also a no: where the DNS says that there is no such service (a target "."), names no
  ///   server in either of the two, and has answered for both.
  func askServices() -> CheckAnswer? {
    var denied: CheckAnswer?
    for domain in domains {
      let implicit = ask("_imaps._tcp", of: domain)
      let upgraded = ask("_imap._tcp", of: domain)
      let targets =
        implicit.targets.map { ($0, TransportSecurity.tls) }
        + upgraded.targets.map { ($0, TransportSecurity.starttls) }
      for (target, security) in targets.prefix(Self.mostTargets) {
        if let answer = settle(target, security, domain) { return answer }
      }
      let isNo =
        targets.isEmpty && (implicit.isDenied || upgraded.isDenied) && implicit.isAnswered
        && upgraded.isAnswered
      if isNo, domain == domains.first { denied = CheckAnswer(.no) }
    }
    return denied
  }

  private func settle(
    _ target: DNSTarget, _ security: TransportSecurity, _ domain: DomainName
  ) -> CheckAnswer? {
    guard let host = try? DomainName(target.name), target.port > 0 else {
      note(.srv, target.name, .failed, "'\(target.name.printable)' is no host name")
      return nil
    }
    let doubt = host.isWithin(domain) ? nil : doubt(about: host.ascii, for: domain)
    return settle(host: host, port: target.port, security, doubt: doubt)
  }

  private func ask(_ service: String, of domain: DomainName) -> Service {
    let asked = "\(service).\(domain.ascii)"
    var result = Service()
    switch network.services(service, of: domain, by: deadline) {
    case .records(let records):
      result.targets = records.filter { !$0.name.isEmpty }
      result.isDenied = result.targets.isEmpty
      if let first = result.targets.first {
        let isOutside = (try? DomainName(first.name)).map { !$0.isWithin(domain) } ?? false
        let note = isOutside ? ", which is outside of \(domain.ascii)" : ""
        self.note(
          .srv, asked, .imap, "\(asked) leads to \(first.name.printable):\(first.port)\(note)")
      } else {
        note(.srv, asked, .noIMAP, "\(asked) says that there is no such service")
      }
    case .noSuchName, .noData: note(.srv, asked, .nothing, "there is no \(asked)")
    case .failed(let reason):
      result.isAnswered = false
      note(.srv, asked, .failed, "no answer about \(asked): \(reason.printable)")
    }
    return result
  }

  // MARK: By the usual names

  /// `imap.`, the present server, `mail.`; implicit TLS, then STARTTLS.
  func askServers() -> CheckAnswer? {
    for host in likelyHosts {
      for security in [TransportSecurity.tls, .starttls] {
        guard !deadline.hasPassed else { return nil }
        let port = IncomingProtocol.imap.defaultPort(security)
        let endpoint = Endpoint(host: host.ascii, port: port, security: security)
        if let answer = settle(host: host, port: port, security) { return answer }
        if network.ask(endpoint, by: deadline).isNowhere { break }
      }
    }
    return nil
  }

  private var likelyHosts: [DomainName] {
    var hosts: [DomainName] = []
    func add(_ host: DomainName?) {
      if let host, !hosts.contains(host) { hosts.append(host) }
    }
    for domain in domains { add(try? DomainName("imap." + domain.ascii)) }
    add(subject.host)
    for domain in domains { add(try? DomainName("mail." + domain.ascii)) }
    return hosts
  }
}
