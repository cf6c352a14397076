import ConfigFormats

/// Rules about which servers there are, and their order.
enum ServerListChecks: LintCheck {
  static func check(_ providers: [ProviderElement], _ document: inout LintedDocument) {
    for provider in providers {
      checkUsable(provider, incoming: true, &document)
      checkUsable(provider, incoming: false, &document)
      checkOrder(provider, &document)
      checkAlternatives(provider, &document)
    }
  }

  private static func checkUsable(
    _ provider: ProviderElement, incoming: Bool, _ document: inout LintedDocument
  ) {
    let servers = provider.servers.filter { $0.isIncoming == incoming }
    let rule: LintRule = incoming ? .incomingMissing : .outgoingMissing
    let place = document.tagPlace(provider.index)
    guard !servers.isEmpty else {
      document.report(rule, at: place, "no \(incoming ? "incoming" : "outgoing") server")
      return
    }
    let isUsable = servers.contains { ThunderbirdReading.canUse($0, in: document) }
    if !isUsable {
      document.report(
        rule, at: place,
        "Thunderbird can use none of the \(incoming ? "incoming" : "outgoing") servers")
    }
    if incoming, !servers.contains(where: { $0.kind == .imap }) {
      document.report(.imapMissing, at: document.tagPlace(servers[0].index), "no IMAP server")
    }
  }

  private static func checkOrder(_ provider: ProviderElement, _ document: inout LintedDocument) {
    let incoming = provider.servers.filter(\.isIncoming)
    guard let pop3 = incoming.firstIndex(where: { $0.kind == .pop3 }),
      let imap = incoming.firstIndex(where: { $0.kind == .imap }), pop3 < imap
    else { return }
    document.report(
      .pop3First, at: document.tagPlace(incoming[pop3].index), "POP3 stands before IMAP",
      fix: "the IMAP server first", first: document.tagPlace(incoming[imap].index))
  }

  private static func checkAlternatives(
    _ provider: ProviderElement, _ document: inout LintedDocument
  ) {
    for kind in ServerKind.allCases {
      let alike = provider.servers.filter { $0.kind == kind }
      guard let first = alike.first, let last = alike.last, alike.count > 1 else { continue }
      document.report(
        .lastEntryWins, at: document.tagPlace(last.index),
        "Evolution takes this \(kind.rawValue.uppercased()) server, the last of \(alike.count)",
        first: document.tagPlace(first.index))
    }
  }
}
