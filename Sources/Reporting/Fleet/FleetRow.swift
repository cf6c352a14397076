import ProfileRewriter

/// One account of a report: what the journal and the profile say of it together. A profile that could
/// not be read is a row without an account.
public struct FleetRow: Sendable {
  /// Closed, and documented in docs/codes.md.
  public enum State: String, Sendable, Decodable, Hashable, CaseIterable {
    /// A change of the journal made it IMAP, and stands.
    case switched
    /// IMAP, and not by a recorded change.
    case imap
    /// POP, and nothing known speaks against switching it.
    case left
    /// POP, as it was before a switch that was taken back.
    case undone
    /// It cannot be switched as things stand, or not be read; there is a reason.
    case blocked
    /// Its change was interrupted or is in conflict.
    case unsettled
    /// POP, although its change stands: something else has put the old settings back.
    case back
    /// Its change stands, and the account is not there any more.
    case missing
  }

  public var name: ProfileName
  /// Where it is, in a report that was merged out of several machines'.
  public var machine: String?
  /// The client's key; nil for a profile that could not be read.
  public var account: String?
  public var state: State
  public var reason: ReasonCode?
  /// One sentence, where there is a reason.
  public var text: String?
  /// The provider by the embedded facts, else the domain of the host.
  public var provider: String?
  /// What it is or was before the switch; nil for an account that was IMAP all along.
  public var from: ServerSettings?
  /// POP3, or another protocol for what is no mail account of ours.
  public var kind = IncomingProtocol.pop3
  /// What it is now, or where `plan` would take it; nil where nobody knows.
  public var to: ServerSettings?
  /// It was found in its profile by this run, and not only in the journal.
  public var isSeen = true
  /// The account's latest change.
  public var change: String?
  public var run: String?
  /// When that came into its state, in seconds since 1970.
  public var changedAt: Int?
  /// Of the change, or of the plan.
  public var warnings: [WarningCode] = []
  /// What `plan` says of its mail; nil for an account that nothing is planned for.
  public var risk: MailRisk?
  /// What the change or the plan does beside the protocol.
  public var toll: ReplacementToll?

  init(name: ProfileName, account: String?, state: State) {
    self.name = name
    self.account = account
    self.state = state
  }
}
