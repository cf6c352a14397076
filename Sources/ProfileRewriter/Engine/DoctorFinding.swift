/// One thing that ``Engine/examine(paths:_:)`` found.
public struct DoctorFinding: Sendable, Hashable {
  public enum Severity: String, Sendable, Hashable, CaseIterable {
    /// The journal cannot do what it is for.
    case error
    /// Somebody should look.
    case warning
    /// Good to know.
    case note
  }

  /// What it is about. The list is closed and documented in docs/codes.md.
  public enum Rule: String, Sendable, Hashable, CaseIterable {
    /// The state directory cannot be used.
    case stateDirectory = "state-directory"
    /// The state directory or the journal can be read by others.
    case readableByOthers = "readable-by-others"
    /// The journal cannot be read, or is damaged.
    case journal
    /// A run was interrupted in a profile.
    case unsettled
    /// A change could not be settled, because its keys were changed since.
    case conflict
    /// The profile of an applied change cannot be read, or is gone.
    case unreachable
    /// Undo would refuse: a key that decides was changed since.
    case undoBlocked = "undo-blocked"
    /// Undo would leave some keys, which were changed since.
    case undoInPart = "undo-in-part"
    /// Somebody has put the old settings back, and not by `rollback`.
    case alreadyBack = "already-back"
    /// `finish` has something to do.
    case finishDue = "finish-due"
    /// `finish` must still wait.
    case finishWaits = "finish-waits"
  }

  /// What to run.
  public enum Remedy: Sendable, Hashable {
    case recover
    case finish(change: String)
    case rollback(change: String)
    case show(change: String)
    /// chmod to this mode.
    case makePrivate(path: [UInt8], mode: UInt32)
  }

  public var rule: Rule
  public var severity: Severity
  /// The change it is about, where it is about one.
  public var change: String?
  public var name: ProfileName?
  public var text: String
  public var remedy: Remedy?

  public init(
    _ rule: Rule, _ severity: Severity, _ text: String, change: Change? = nil,
    remedy: Remedy? = nil
  ) {
    self.rule = rule
    self.severity = severity
    self.change = change?.id
    name = change?.name
    self.text = text
    self.remedy = remedy
  }
}

/// What ``Engine/examine(paths:_:)`` looked at.
public struct DoctorSummary: Sendable, Hashable {
  /// Whether there is a journal at all.
  public var hasJournal = false
  /// Recorded changes.
  public var changes = 0
  /// Of them those that stand.
  public var applied = 0
  /// Profiles whose files are as the switch left them: undo gives the old bytes back.
  public var exact = 0
  /// Profiles whose client has written since: undo goes by key.
  public var byKey = 0
  public var findings: [DoctorFinding.Severity: Int] = [:]

  /// Whether somebody should look.
  public var isSound: Bool { findings[.error] == nil && findings[.warning] == nil }
}
