import ConfigFormats
import ProfileRewriter

/// Who or what is asked about: is IMAP offered there?
public enum CheckSubject: Sendable, Hashable {
  case address(MailAddress, DomainName)
  /// A mail domain or a server's name; which of the two, only the answers tell.
  case name(DomainName)
  /// An account of a mail client.
  case account(Account)

  /// - Returns: nil for what is neither a mail address nor a name. Names may be internationalised,
  ///   in either form; blanks around them do not count.
  public init?(_ text: String) {
    let text = String(
      text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    guard text.contains("@") else {
      guard let name = try? DomainName(text) else { return nil }
      self = .name(name)
      return
    }
    guard let address = MailAddress(text), let domain = try? DomainName(address.domain),
      address.localPart.printable == address.localPart,
      !address.localPart.contains(where: { $0.isWhitespace || $0 == "@" })
    else { return nil }
    self = .address(address, domain)
  }

  /// As people call it.
  public var text: String {
    switch self {
    case .address(let address, _): address.text
    case .name(let name): name.display
    case .account(let account):
      account.mailAddresses.first?.text ?? "\(account.settings.username)@\(account.settings.host)"
    }
  }

  /// The domains whose mail is meant, the likeliest first.
  public var domains: [DomainName] {
    switch self {
    case .address(_, let domain): return [domain]
    case .name(let name): return [name]
    case .account(let account):
      var domains: [DomainName] = []
      for domain in account.mailAddresses.compactMap({ try? DomainName($0.domain) })
      where !domains.contains(domain) {
        domains.append(domain)
      }
      return domains
    }
  }

  /// ``domains``, and for a name that begins as servers' names do the one below which it lies.
  public var mailDomains: [DomainName] {
    guard case .name(let name) = self, let first = name.labels.first, name.labels.count > 2,
      ["imap", "imaps", "mail", "pop", "pop3", "pops"].contains(first),
      let domain = try? DomainName(name.labels.dropFirst().joined(separator: "."))
    else { return domains }
    return [name, domain]
  }

  /// The server that is in use now, or that the name may be.
  public var host: DomainName? {
    switch self {
    case .address: nil
    case .name(let name): name
    case .account(let account): try? DomainName(account.settings.host)
    }
  }

  /// `pattern` with the placeholders filled in that the subject fills.
  public func username(_ pattern: String) -> String {
    switch self {
    case .address(let address, _): address.expanding(pattern)
    case .name: pattern
    case .account(let account): account.mailAddresses.first?.expanding(pattern) ?? pattern
    }
  }
}
