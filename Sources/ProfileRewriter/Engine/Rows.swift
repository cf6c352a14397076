/// Which profile a row speaks of, as shown to people and scripts.
public struct ProfileName: Sendable, Hashable {
  /// The home's absolute path; nil where a profile was named by itself.
  public var home: [UInt8]?
  public var client: String
  /// The profile's path below the home, or its absolute path where no home is known.
  public var profile: [UInt8]

  public init(home: [UInt8]?, client: String, profile: [UInt8]) {
    self.home = home
    self.client = client
    self.profile = profile
  }

  /// The profile's absolute path, by the letters.
  public var absolute: [UInt8] {
    guard let home, profile.first != UInt8(ascii: "/") else { return profile }
    return (home == [UInt8(ascii: "/")] ? [] : home) + [UInt8(ascii: "/")] + profile
  }
}

/// One account found by a scan, or a profile whose accounts could not be read.
public struct ScanRow: Sendable {
  public var name: ProfileName
  public var account: Account?
  public var problem: Refusal?
  /// Whose the home or profile is.
  public var owner: UInt32?
  /// Where the client has relatives, or versions for other systems.
  public var origin: ProfileOrigin?
}

/// What would be done to one profile: its accounts with their outcomes, and the files.
public struct PlannedProfile: Sendable {
  public var name: ProfileName
  /// The opened root that file paths are relative to.
  public var root: [UInt8]
  var profile: RelativePath?
  var relocations: [Relocation]
  public var accounts: [PlannedAccount]
  public var files: [PlannedFileRow]
  var choices: PlanChoices?

  /// The whole change as one unified diff: first, as comments, what a diff cannot carry.
  public func diff(context: Int = 0) -> [UInt8] {
    let comments = files.filter { !$0.isDiffable }
    let diffs = files.filter(\.isDiffable)
    return (comments + diffs).flatMap { $0.diff(context: context) }
  }
}

public struct PlannedAccount: Sendable {
  public var key: String
  public var kind = IncomingProtocol.pop3
  public var from: ServerSettings
  public var to: ServerSettings?
  public var refusal: Refusal?
  public var warnings: [Warning]
  /// Where the target settings come from; nothing where the user said them.
  public var grounds = SettingsGrounds()
  /// One sentence each; none where the user said them.
  public var evidence: [String] { grounds.evidence }
  /// What it means for the account's mail; nil where that is not of a client, or refused.
  public var risk: MailRisk?
  /// What the switch was told of the provider's outgoing servers.
  var outgoing: OutgoingServers?
  /// The adapter's own, for a follow-up.
  var note: String?
}

/// One file of a plan: its patch and what is needed to show it.
public struct PlannedFileRow: Sendable {
  public var patch: FilePatch
  var original: [UInt8]
  var content: [UInt8]

  var isDiffable: Bool { patch.action == .edit && !patch.sensitive }

  /// Created files and directories, and sensitive files, stand as comment lines: patch skips them.
  public func diff(context: Int) -> [UInt8] {
    ChangeDiff.section(patch, original: original, content: content, context: context)
  }
}

/// What became of one account, or of a profile that could not be handled at all.
public struct ResultRow: Sendable {
  public enum Status: String, Sendable, CaseIterable {
    case applied
    case undone
    case unchanged
    case refused
    case conflict
    case failed
  }

  public var change: String?
  public var name: ProfileName
  public var account: String?
  public var status: Status
  public var reason: ReasonCode?
  public var text: String?
  public var warnings: [Warning]
  /// Where an applied switch took the account.
  public var to: ServerSettings?

  public init(
    change: String? = nil, name: ProfileName, account: String?, status: Status,
    reason: ReasonCode? = nil, text: String? = nil, warnings: [Warning] = [],
    to: ServerSettings? = nil
  ) {
    self.to = to
    self.change = change
    self.name = name
    self.account = account
    self.status = status
    self.reason = reason
    self.text = text
    self.warnings = warnings
  }

  /// Whether what was asked for is not done.
  var isLeftUndone: Bool { [.refused, .conflict, .failed].contains(status) }

  /// Whether something went wrong, and was not merely declined.
  public var isFailure: Bool {
    switch status {
    case .failed, .conflict: true
    case .refused: [.io, .notFound, .journal].contains(reason)
    case .applied, .undone, .unchanged: false
    }
  }

  init(_ refusal: Refusal, name: ProfileName, account: String?, status: Status = .refused) {
    self.init(
      name: name, account: account, status: status, reason: refusal.reason, text: refusal.text)
  }
}
