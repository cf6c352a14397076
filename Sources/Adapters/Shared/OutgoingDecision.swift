import ConfigFormats
import ProfileRewriter

/// What to do about one outgoing server of a profile, and what to say to the accounts that send by
/// it. It is changed only if asked, only where all who send by it are switched here and have one
/// provider, and only as a whole.
struct OutgoingDecision {
  /// A switched account that sends by the server.
  struct Sender {
    var account: String
    /// What its provider says; nil where that is not known.
    var offers: OutgoingServers?
    /// How it gets its mail now.
    var incoming: ServerSettings
  }

  let present: ServerSettings
  /// The client signs in by getting mail with POP3 first.
  var isAfterPOP = false
  let senders: [Sender]
  /// Accounts that send by it as well and are not switched here.
  let others: [String]
  let options: SwitchOptions
  /// Why the client's files cannot be made to say so, if they cannot.
  let obstacle: (ServerSettings) -> String?

  struct Outcome {
    /// What the server is to become; nil leaves it.
    var settings: ServerSettings?
    /// Of the accounts concerned, in order.
    var warnings: [(account: String, warning: Warning)] = []
  }

  func outcome() -> Outcome {
    let listing = providersListingPresent
    let concerned = senders.filter { !isContent($0, listing) }
    guard !concerned.isEmpty else { return Outcome() }
    var outcome = Outcome()
    var reason: String?
    if options.fixSMTP {
      do throws(Refusal) {
        let (settings, weakness) = try change(for: concerned)
        outcome.settings = settings
        for sender in senders {
          outcome.warnings += changed(settings, weakness).map { (sender.account, $0) }
        }
        return outcome
      } catch {
        reason = error.text
      }
    }
    for sender in concerned {
      outcome.warnings += warnings(sender, reason).map { (sender.account, $0) }
    }
    return outcome
  }

  // MARK: Who is concerned

  private func comparison(_ sender: Sender) -> OutgoingComparison? {
    sender.offers.map {
      OutgoingComparison(present: present, offers: $0, incoming: sender.incoming)
    }
  }

  /// Of two who share a server only one can have the user name that signs in: where the server is
  /// right for one, it is right for all of that provider.
  private func isContent(_ sender: Sender, _ listing: Set<String>) -> Bool {
    guard let offers = sender.offers else { return !options.fixSMTP && signsIn }
    return !isAfterPOP && listing.contains(offers.provider)
  }

  /// Of the senders' providers those that list the server as it is.
  private var providersListingPresent: Set<String> {
    Set(senders.filter { comparison($0)?.isListed == true }.compactMap(\.offers?.provider))
  }

  private var signsIn: Bool { present.auth != .none && !isAfterPOP }

  // MARK: Changing

  private func change(
    for concerned: [Sender]
  ) throws(Refusal) -> (settings: ServerSettings, weakness: String?) {
    guard concerned.contains(where: { $0.offers != nil }) else {
      throw Refusal(
        .noIMAPSettings, "nothing is known of the provider's outgoing servers")
    }
    if let other = others.first {
      throw Refusal(
        .unsupported, "\(other.printable) sends by the same server and is not switched here")
    }
    guard let provider = senders.first?.offers?.provider,
      senders.allSatisfy({ $0.offers?.provider == provider })
    else {
      throw Refusal(.unsupported, "accounts of several providers send by it")
    }
    let result = try agreed()
    if let obstacle = obstacle(result.settings) { throw Refusal(.unsupported, obstacle) }
    return result
  }

  /// What all senders want; of several user names the present one, if it is among them.
  private func agreed() throws(Refusal) -> (settings: ServerSettings, weakness: String?) {
    var wanted: [(settings: ServerSettings, weakness: String?)] = []
    for sender in senders {
      guard let comparison = comparison(sender) else { continue }
      wanted.append(try comparison.recommended(allowWeaker: options.allowWeaker))
    }
    let name = present.username.lowercased()
    if let own = wanted.first(where: { $0.settings.username.lowercased() == name }) { return own }
    guard let first = wanted.first, wanted.allSatisfy({ $0.settings == first.settings }) else {
      throw Refusal(
        .unsupported,
        "several accounts send by it, and whose name it is to sign in with is not told")
    }
    return first
  }

  private func changed(_ settings: ServerSettings, _ weakness: String?) -> [Warning] {
    var warnings = [
      Warning(
        .smtpChanged,
        "the outgoing server was \(present.outgoingDescription) and becomes "
          + "\(settings.outgoingDescription), as \(providerName) lists it")
    ]
    if let weakness { warnings.append(Warning(.weakerAllowed, "sending: \(weakness)")) }
    return warnings
  }

  private var providerName: String {
    senders.lazy.compactMap(\.offers?.provider).first?.printable ?? ""
  }

  // MARK: Words

  private func warnings(_ sender: Sender, _ reason: String?) -> [Warning] {
    var warnings: [Warning] = []
    let comparison = comparison(sender)
    let wanted = comparison.flatMap { comparison in
      try? comparison.recommended(allowWeaker: true).settings
    }
    let differences = wanted.flatMap { comparison?.differences(from: $0) } ?? []
    // Beyond what is said first.
    let others = differences.filter { signsIn || $0 != "authentication" }
    let isDifferent = sender.offers != nil && (signsIn || !others.isEmpty)
    let facts = sender.offers == nil || isDifferent ? "" : "; \(listing(sender, wanted))"
    if isAfterPOP {
      warnings.append(
        Warning(
          .popBeforeSMTP,
          "sending by \(place) signs in by getting mail with POP first, which stops with the "
            + "switch\(facts): choose another authentication for sending in the "
            + "account's settings"))
    } else if !signsIn {
      warnings.append(
        Warning(
          .smtpNoAuthentication,
          "mail is sent by \(place) without signing in; if the server allows that only to who has "
            + "just got mail with POP3, sending stops with the switch\(facts)"))
    }
    if isDifferent {
      let detail = others.isEmpty ? "" : " (\(others.joined(separator: ", ")))"
      warnings.append(
        Warning(
          .smtpDiffers,
          "the outgoing server is \(present.outgoingDescription), but \(listing(sender, wanted))"
            + detail))
    }
    if let reason {
      warnings.append(
        Warning(.smtpNotChanged, "the outgoing server \(place) stays as it is: \(reason)"))
    }
    return warnings
  }

  private var place: String { "\(present.host.printable):\(present.port)" }

  private func listing(_ sender: Sender, _ wanted: ServerSettings?) -> String {
    guard let offers = sender.offers, let first = offers.offers.first else { return "" }
    let listed =
      wanted?.outgoingDescription
      ?? "\(first.host.printable):\(first.port) "
      + "(\(first.auth.map(\.rawValue).joined(separator: ", ")))"
    return "\(offers.provider.printable) lists \(listed)"
  }
}
