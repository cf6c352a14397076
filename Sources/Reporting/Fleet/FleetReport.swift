import ConfigFormats
import ProfileRewriter

/// How far a fleet is: a row for each account, and their sums.
public struct FleetReport: Sendable {
  /// By home, profile and account.
  public var rows: [FleetRow] = []
  public var timeline = Timeline()
  /// When it was made, in seconds since 1970.
  public var madeAt: Int
  /// Mail was read and counted for it.
  public var countsMail: Bool
  /// Paths below which no profile was found.
  public var withoutProfile = ByteStrings()
  /// Those that it was merged from, by name; none for a report of this machine.
  public var machines: [Machine] = []

  public struct Machine: Sendable, Hashable {
    public var name: String
    /// When its report was made, in seconds since 1970.
    public var madeAt: Int
  }

  public init(madeAt: Int, countsMail: Bool) {
    self.madeAt = madeAt
    self.countsMail = countsMail
  }

  /// Computed at each call.
  public var sums: FleetSums { FleetSums(rows) }
}

/// What the rows come to.
public struct FleetSums: Sendable {
  public typealias Counts = [FleetRow.State: Int]

  public var accounts = 0
  public var homes = 0
  public var states: Counts = [:]
  public var clients: [String: Counts] = [:]
  public var providers: [String: Counts] = [:]
  /// In a merged report.
  public var machines: [String: Counts] = [:]
  public var reasons: [ReasonCode: Int] = [:]
  /// Accounts by warning: of changes that stand, and of plans for what is left.
  public var warnings: [WarningCode: (switched: Int, left: Int)] = [:]
  /// Of changes that stand.
  public var saved = Toll()
  /// Of plans for what is left.
  public var ahead = Toll()
  public var mail = MailSums()

  public struct Toll: Sendable {
    public var accounts = 0
    public var toll = ReplacementToll()

    mutating func add(_ toll: ReplacementToll) {
      accounts += 1
      self.toll += toll
    }
  }

  init(_ rows: [FleetRow]) {
    var homes: Set<Place> = []
    for row in rows {
      homes.insert(Place(machine: row.machine, path: row.name.home ?? row.name.profile))
      add(row)
    }
    self.homes = homes.count
  }

  /// A path and the machine it is on.
  struct Place: Hashable {
    var machine: String?
    var path: [UInt8]
  }

  private mutating func add(_ row: FleetRow) {
    accounts += 1
    if let machine = row.machine { machines[machine, default: [:]][row.state, default: 0] += 1 }
    states[row.state, default: 0] += 1
    clients[row.name.client, default: [:]][row.state, default: 0] += 1
    if let provider = row.provider { providers[provider, default: [:]][row.state, default: 0] += 1 }
    if let reason = row.reason { reasons[reason, default: 0] += 1 }
    let stands = row.state == .switched
    let isAhead = row.state == .left || row.state == .undone
    for code in row.warnings where stands || isAhead {
      if stands {
        warnings[code, default: (0, 0)].switched += 1
      } else {
        warnings[code, default: (0, 0)].left += 1
      }
    }
    if let toll = row.toll {
      if stands { saved.add(toll) } else if isAhead { ahead.add(toll) }
    }
    if let risk = row.risk { mail.add(risk, on: row.machine) }
  }
}

/// What `plan` says of the mail of accounts that are still to be switched.
public struct MailSums: Sendable {
  public var onServer: [MailOnServer: Int] = [:]
  public var deletesAlong = 0
  /// Accounts with rules that move, and that delete, incoming mail.
  public var moving = 0
  public var deleting = 0
  /// Accounts whose mail was counted, could not be, and of which nothing tells what is only here.
  public var counted = 0
  public var unreadable = 0
  public var untold = 0
  /// Mail in directories that several accounts share is counted once.
  public var here = MailAmount()
  public var onlyHere = MailAmount()
  public var damaged = 0
  private var places: Set<FleetSums.Place> = []

  mutating func add(_ risk: MailRisk, on machine: String?) {
    onServer[risk.settings.onServer, default: 0] += 1
    if risk.settings.deletesAlong { deletesAlong += 1 }
    if !risk.settings.rules.moving.isEmpty { moving += 1 }
    if !risk.settings.rules.deleting.isEmpty { deleting += 1 }
    switch risk.local {
    case .notRead: break
    case .unreadable: unreadable += 1
    case .counted(let found): add(found, on: machine)
    }
  }

  private mutating func add(_ found: LocalMailCount.Counted, on machine: String?) {
    counted += 1
    let amount = found.onlyHere.amount
    if amount == nil { untold += 1 }
    let place = FleetSums.Place(machine: machine, path: found.path)
    guard places.insert(place).inserted else { return }
    here.messages.add(saturating: found.all.messages)
    here.bytes.add(saturating: found.all.bytes)
    damaged.add(saturating: found.damaged)
    onlyHere.messages.add(saturating: amount?.messages ?? 0)
    onlyHere.bytes.add(saturating: amount?.bytes ?? 0)
  }
}
