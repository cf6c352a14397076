import ConfigFormats

/// What a switch means for an account's mail, as its settings say it. Nothing of the mail is read for
/// it.
public struct MailSettings: Sendable, Hashable {
  public var onServer: MailOnServer
  /// After how many days the client deletes on the server; nil where it does not go by age.
  public var days: Int?
  /// What the user deletes here, the POP client deletes there.
  public var deletesAlong: Bool
  public var rules: RuleRisk

  public init(
    onServer: MailOnServer, days: Int? = nil, deletesAlong: Bool = false, rules: RuleRisk
  ) {
    self.onServer = onServer
    self.days = days
    self.deletesAlong = deletesAlong
    self.rules = rules
  }
}

/// Whether the POP client leaves on the server what it has fetched. Closed, and documented in
/// docs/codes.md, as are the other codes of this file.
public enum MailOnServer: String, Sendable, Codable, Hashable, CaseIterable {
  case kept
  /// Until some days have gone by.
  case keptForDays = "kept-for-days"
  case notKept = "not-kept"
}

/// Filter rules for incoming mail that are in force, and would treat what lies on the server.
public struct RuleRisk: Sendable, Hashable {
  /// What keeps them from old mail when it is seen through IMAP for the first time.
  public enum Cover: String, Sendable, Codable, Hashable, CaseIterable {
    /// There is no rule.
    case noRules = "no-rules"
    /// A rule in front of all others ends the run for mail dated before the switch.
    case byDate = "by-date"
    /// They are off until the first synchronisation is done.
    case paused
  }

  public var incoming: Int
  /// The names of those that move mail, as their user wrote them.
  public var moving: [String]
  public var deleting: [String]
  public var cover: Cover

  public init(incoming: Int, moving: [String], deleting: [String], cover: Cover) {
    self.incoming = incoming
    self.moving = moving
    self.deleting = deleting
    self.cover = cover
  }
}

/// What a switch means for an account's mail: what its settings say and, where that was asked for,
/// what lies here and what its server has.
public struct MailRisk: Sendable, Hashable {
  public var settings: MailSettings
  public var local = LocalMailCount.notRead
  public var server = ServerCount.notAsked

  public init(settings: MailSettings) { self.settings = settings }
}

/// The mail that lies on this computer.
public enum LocalMailCount: Sendable, Hashable {
  case notRead
  case counted(Counted)
  case unreadable(Refusal)

  public struct Counted: Sendable, Hashable {
    /// The directory that holds it, absolute. Accounts with the same one share their folders, and are
    /// counted together.
    public var path: [UInt8]
    /// Other accounts' mail lies there, too.
    public var isShared: Bool
    /// In all folders, without what the user has deleted and the client only not yet tidied up.
    public var all: MailAmount
    /// Of them those that may not be what was received.
    public var damaged: Int
    public var onlyHere: OnlyHere

    public init(
      path: [UInt8], isShared: Bool, all: MailAmount, damaged: Int, onlyHere: OnlyHere
    ) {
      self.path = path
      self.isShared = isShared
      self.all = all
      self.damaged = damaged
      self.onlyHere = onlyHere
    }
  }

  /// What no server has.
  public enum OnlyHere: Sendable, Hashable {
    /// Nothing tells.
    case unknown
    case estimated(MailAmount, Ground)
    /// The servers of all accounts whose mail lies there were asked.
    case exact(MailAmount)
  }

  /// What an estimate rests on.
  public enum Ground: String, Sendable, Codable, Hashable, CaseIterable {
    /// The client takes mail off the server.
    case setting
    /// What the client has noted of the server when it was there last.
    case clientRecord = "client-record"
    /// A server, but not of all accounts whose mail lies there, or not all of it.
    case server
  }

  public var onlyHere: OnlyHere {
    if case .counted(let counted) = self { counted.onlyHere } else { .unknown }
  }

  /// What lies in another place besides, which is named only where this one holds nothing to be named.
  func adding(_ other: LocalMailCount) -> LocalMailCount {
    switch (self, other) {
    case (.unreadable, _), (_, .notRead): self
    case (_, .unreadable), (.notRead, _): other
    case (.counted(let here), .counted(let there)):
      .counted(
        Counted(
          path: here.path, isShared: here.isShared || there.isShared, all: here.all + there.all,
          damaged: here.damaged + there.damaged, onlyHere: here.onlyHere.adding(there.onlyHere)))
    }
  }
}

extension LocalMailCount.OnlyHere {
  fileprivate func adding(_ other: Self) -> Self {
    switch (self, other) {
    case (.unknown, _), (_, .unknown): .unknown
    case (.exact(let here), .exact(let there)): .exact(here + there)
    case (.estimated(let here, let ground), .estimated(let there, _)),
      (.estimated(let here, let ground), .exact(let there)),
      (.exact(let there), .estimated(let here, let ground)):
      .estimated(here + there, ground)
    }
  }

  /// nil where nothing tells.
  public var amount: MailAmount? {
    switch self {
    case .unknown: nil
    case .estimated(let amount, _), .exact(let amount): amount
    }
  }
}

public struct MailAmount: Sendable, Hashable {
  public var messages = 0
  /// As they were received, without what the store adds.
  public var bytes = 0

  public init(messages: Int = 0, bytes: Int = 0) {
    self.messages = messages
    self.bytes = bytes
  }

  mutating func add(_ size: Int) {
    messages += 1
    bytes.add(saturating: size)
  }

  static func + (left: MailAmount, right: MailAmount) -> MailAmount {
    MailAmount(messages: left.messages + right.messages, bytes: left.bytes + right.bytes)
  }
}

/// What the account's server has, as far as it was asked.
public enum ServerCount: Sendable, Hashable {
  case notAsked
  /// - Parameters:
  ///   - by: ``IncomingProtocol/imap``, or POP where that server could not be reached.
  ///   - messages: in all of its folders.
  case asked(by: IncomingProtocol, messages: Int, MailRoom)
  case unanswered(Refusal)

  public var room: MailRoom {
    if case .asked(_, _, let room) = self { room } else { .unknown }
  }
}

/// How much more an account's server takes.
public enum MailRoom: Sendable, Hashable {
  /// It does not tell.
  case unknown
  case unlimited
  case limited(Limits)

  public struct Limits: Sendable, Hashable {
    /// In bytes; nil where they are not limited.
    public var bytes: Limit?
    /// In messages.
    public var messages: Limit?

    public init(bytes: Limit?, messages: Limit?) {
      self.bytes = bytes
      self.messages = messages
    }
  }

  public struct Limit: Sendable, Hashable {
    public var limit: Int
    public var used: Int
    public var left: Int { max(0, limit - used) }

    public init(limit: Int, used: Int) {
      self.limit = limit
      self.used = used
    }
  }

  /// Whether so much more has room; nil where that is not known.
  public func holds(_ amount: MailAmount) -> Bool? {
    switch self {
    case .unknown: nil
    case .unlimited: true
    case .limited(let limits):
      amount.bytes <= limits.bytes?.left ?? .max
        && amount.messages <= limits.messages?.left ?? .max
    }
  }
}
