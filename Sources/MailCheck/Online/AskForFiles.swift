import Autoconfig
import ConfigFormats
import ProfileRewriter

/// Autoconfig files at the domain, and in the provider database that the user names.
///
/// A file is asked for by the domain alone. The address is sent only to the domain's own autoconfig
/// host, only if the user gave one, and only if the host has said no without it: some answer nobody
/// else. https proves that the answer is the domain's.
extension OnlineInquiry {
  func askForFiles() -> CheckAnswer? {
    for domain in domains {
      if let answer = askDomain(domain) ?? askDatabase(domain) { return answer }
    }
    return askPresentProvider()
  }

  /// The organization of the server that has the account's password now.
  private func askPresentProvider() -> CheckAnswer? {
    guard case .account = subject, let provider = subject.host?.organization,
      !askedForFiles.contains(provider)
    else { return nil }
    return askDomain(provider) ?? askDatabase(provider)
  }

  private func askDomain(_ domain: DomainName) -> CheckAnswer? {
    askedForFiles.insert(domain)
    let name = domain.ascii
    let host = "autoconfig.\(name)"
    let url = "https://\(host)/mail/config-v1.1.xml"
    return askForFile(url, host, .autoconfig, for: domain)
      ?? askWithAddress(url, host, for: domain)
      ?? askForFile(
        "https://\(name)/.well-known/autoconfig/mail/config-v1.1.xml", name, .autoconfig,
        for: domain)
  }

  private func askWithAddress(_ url: String, _ host: String, for domain: DomainName)
    -> CheckAnswer?
  {
    guard case .address(let address, let own) = subject, own == domain,
      case .status(400..<500) = network.get(url, from: host, by: deadline)
    else { return nil }
    let whole = MailAddress("\(address.localPart)@\(domain.ascii)") ?? address
    return askForFile(
      "\(url)?emailaddress=\(Self.escaped(whole.text))", host, .autoconfig, for: domain)
  }

  private func askDatabase(_ domain: DomainName, doubt: RequiredAction? = nil) -> CheckAnswer? {
    guard let url = network.settings.databaseURL(for: domain.ascii) else { return nil }
    return askForFile(url, "the provider database", .ispdb, for: domain, doubt: doubt)
  }

  /// - Parameter domain: the one that the file is to be about.
  func askForFile(
    _ url: String, _ host: String, _ source: CheckEvidence.Source, for domain: DomainName,
    doubt: RequiredAction? = nil
  ) -> CheckAnswer? {
    switch network.get(url, from: host, by: deadline) {
    case .status(let status):
      note(source, url, .nothing, "\(url.printable) answers \(status)")
    case .failed(let reason):
      note(source, url, .failed, "\(url.printable): \(reason)")
    case .content(let type, let bytes):
      return read(bytes, type, url, source, for: domain, doubt: doubt)
    }
    return nil
  }

  private func read(
    _ bytes: [UInt8], _ type: String, _ url: String, _ source: CheckEvidence.Source,
    for domain: DomainName, doubt: RequiredAction?
  ) -> CheckAnswer? {
    // As Thunderbird does (FetchHTTP.sys.mjs): a web server that answers everything is no provider.
    guard ["text/xml", "application/xml", "text/rdf"].contains(where: type.lowercased().hasPrefix)
    else {
      let shown = type.isEmpty ? "nothing" : type.printable
      note(
        source, url, .nothing,
        "\(url.printable) is served as \(shown), which mail clients do not read as settings")
      return nil
    }
    do throws(Refusal) {
      let providers = try ClientConfigFile.read(bytes, name: url)
      let provider = providers.first { $0.domains.contains(domain.ascii) } ?? providers[0]
      let offers = provider.servers(.imap).map { $0.resolved(domain: domain.ascii) }
      let name = provider.id.printable
      guard !offers.isEmpty else {
        let kind = provider.servers(.pop3).isEmpty ? "no incoming server" : "POP3 only"
        note(
          source, url, .nothing, "\(url.printable) lists \(kind) (\(name)), which proves nothing")
        return nil
      }
      note(source, url, .imap, "\(url.printable) lists IMAP (\(name))")
      return settle(provider, offers, doubt: doubt)
    } catch {
      note(source, url, .failed, error.text.split(separator: "\n").first.map(String.init) ?? "")
      return nil
    }
  }

  /// Everything but unreserved characters as %HH (RFC 3986): "+" must not become a blank, and some
  /// servers do not understand an escaped full stop.
  static func escaped(_ text: String) -> String {
    text.utf8.reduce(into: "") { result, byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += digits.utf8.count == 1 ? "%0" + digits : "%" + digits
      }
    }
  }

  // MARK: By the mail exchanger

  /// The provider that gets the domain's mail (as Thunderbird does: the domain below the first
  /// exchanger's name, then its organization; autoconfig only, over https only).
  func askExchangers() -> CheckAnswer? {
    for domain in domains {
      guard let exchanger = exchanger(of: domain) else { continue }
      for provider in Self.providers(behind: exchanger) where !askedForFiles.contains(provider) {
        askedForFiles.insert(provider)
        let isOwn = provider.isWithin(domain) || domain.isWithin(provider)
        let doubt = isOwn ? nil : doubt(about: exchanger.ascii, for: domain)
        if let answer = askProvider(provider, for: domain, doubt) { return answer }
      }
    }
    return nil
  }

  private func askProvider(
    _ provider: DomainName, for domain: DomainName, _ doubt: RequiredAction?
  ) -> CheckAnswer? {
    let known = lookup.answer(forDomain: provider.ascii)
    if let facts = known.provider, let evidence = known.evidence.last {
      note(CheckEvidence(evidence))
      return settle(facts, known.imap, doubt: doubt)
    }
    let host = "autoconfig.\(provider.ascii)"
    return askForFile(
      "https://\(host)/mail/config-v1.1.xml", host, .autoconfig, for: domain, doubt: doubt)
      ?? askDatabase(provider, doubt: doubt)
  }

  private func exchanger(of domain: DomainName) -> DomainName? {
    let asked = domain.ascii
    switch network.exchangers(of: domain, by: deadline) {
    case .records(let records):
      guard let first = records.first, !first.name.isEmpty else {
        note(.mx, asked, .nothing, "\(asked) takes no mail (RFC 7505)")
        return nil
      }
      note(.mx, asked, .nothing, "mail for \(asked) goes to \(first.name.printable)")
      return try? DomainName(first.name)
    case .noSuchName: note(.mx, asked, .nothing, "there is no \(asked) in the DNS")
    case .noData: note(.mx, asked, .nothing, "\(asked) has no mail exchanger")
    case .failed(let reason):
      note(.mx, asked, .failed, "no answer about \(asked)'s mail exchangers: \(reason.printable)")
    }
    return nil
  }

  private static func providers(behind exchanger: DomainName) -> [DomainName] {
    var result: [DomainName] = []
    let above = exchanger.labels.dropFirst()
    if above.count >= 2, let next = try? DomainName(above.joined(separator: ".")),
      next.isWithin(exchanger.organization ?? next)
    {
      result.append(next)
    }
    if let organization = exchanger.organization, !result.contains(organization) {
      result.append(organization)
    }
    return result
  }
}
