import Autoconfig
import ProfileRewriter

extension FleetReport {
  /// Reads the journal, the profiles as they are, and what a switch would do to those that are left.
  /// Changes nothing.
  /// - Parameters:
  ///   - request: whose selection without a path means everything that the journal names.
  ///   - now: seconds since 1970.
  ///   - problem: a profile that could not be read.
  /// - Throws: `Refusal` when the journal cannot be read, `RequestError`.
  public static func read(
    _ request: SwitchRequest, by engine: Engine, now: Int, problem: (Refusal) -> Void
  ) throws -> FleetReport {
    var reading = FleetReading(request.selection)
    var report = FleetReport(madeAt: now, countsMail: request.countsMail)
    try engine.forEachRecordedChange(paths: Array(request.selection.paths)) { recorded in
      if reading.add(recorded) { report.timeline.add(recorded) }
      return !engine.configuration.shouldStop()
    }
    var request = request
    if request.selection.paths.isEmpty { request.selection.paths = ByteStrings(reading.places) }
    report.timeline.sort()
    guard !request.selection.paths.isEmpty else { return report }
    // An account that was switched is on another host now than the pattern may name.
    var everything = request.selection
    everything.pattern = nil
    let scanned = engine.scan(everything) { row in
      if let refusal = row.problem { problem(refusal) }
      reading.add(row)
    }
    report.withoutProfile = scanned.withoutProfile
    if reading.asksForPlan {
      try engine.plan(request) {
        reading.add($0)
      } problem: { _, _ in
      }
    }
    report.rows = reading.rows()
    return report
  }
}

/// Brings together what journal, scan and plan say of each account.
struct FleetReading {
  private struct Key: Hashable {
    var client: String
    var profile: [UInt8]
    var account: String?
  }

  /// What the journal says of an account last.
  private struct Past {
    var row: FleetRow
    var state: Change.State
    var isRelocated: Bool
  }

  private let selection: Selection
  private let lookup = ProviderLookup()
  private var providers: [String: String] = [:]
  private var past: [Key: Past] = [:]
  private var found: [Key: FleetRow] = [:]
  private var order: [Key] = []
  /// Where the journal's profiles are reached: their homes, or they themselves.
  private(set) var places: [[UInt8]] = []
  private var knownPlaces: Set<[UInt8]> = []
  private(set) var asksForPlan = false
  /// Profiles, and homes, that could not be read.
  private var unread: Set<[UInt8]> = []

  init(_ selection: Selection) { self.selection = selection }

  // MARK: Journal

  /// - Returns: whether the selection wants it.
  mutating func add(_ recorded: RecordedChange) -> Bool {
    let change = recorded.change
    guard selection.clients.isEmpty || selection.clients.contains(change.client) else {
      return false
    }
    let place = change.home ?? change.name.absolute
    if knownPlaces.insert(place).inserted { places.append(place) }
    let accounts = change.accounts.filter {
      selection.pattern?.matches(settings: $0.from) ?? true
    }
    guard !recorded.isAbandoned else { return false }
    // What `finish` did belongs to the change it completes.
    guard change.followUpOf == nil else { return false }
    for account in accounts { add(account, recorded) }
    return !accounts.isEmpty
  }

  private mutating func add(_ account: SwitchedAccount, _ recorded: RecordedChange) {
    let change = recorded.change
    let key = Key(client: change.client, profile: change.name.absolute, account: account.key)
    // They come newest first.
    guard past[key] == nil else { return }
    let isUndone = change.undoneAccounts.contains(account.key)
    var row = FleetRow(
      name: change.name, account: account.key,
      state: Self.state(isUndone ? .undone : change.state))
    row.isSeen = false
    row.from = account.from
    row.to = account.to
    row.provider = provider(of: account.from.host)
    row.change = change.id
    row.run = change.run
    row.changedAt = change.state == .applied && !isUndone ? change.createdAt : recorded.stateAt
    row.warnings = Self.codes(change.warnings)
    row.toll = ReplacementToll(
      change.files, account: account.key, from: account.from, to: account.to)
    past[key] = Past(
      row: row, state: isUndone ? .undone : change.state,
      isRelocated: !change.relocations.isEmpty)
  }

  private static func state(_ state: Change.State) -> FleetRow.State {
    switch state {
    case .applied: .switched
    case .undone: .undone
    case .prepared, .undoing, .conflict: .unsettled
    }
  }

  private static func codes(_ warnings: [Warning]) -> [WarningCode] {
    Set(warnings.map(\.code)).sorted { $0.rawValue < $1.rawValue }
  }

  // MARK: Profiles

  mutating func add(_ scanned: ScanRow) {
    let key = Key(
      client: scanned.name.client, profile: scanned.name.absolute, account: scanned.account?.key)
    guard found[key] == nil, isSelected(scanned, key) else { return }
    if scanned.account == nil { unread.insert(key.profile) }
    order.append(key)
    found[key] = row(scanned, past[key])
    if found[key]?.state == .left || found[key]?.state == .undone { asksForPlan = true }
  }

  private func isSelected(_ scanned: ScanRow, _ key: Key) -> Bool {
    guard let pattern = selection.pattern, let account = scanned.account else { return true }
    return past[key] != nil || pattern.matches(account)
  }

  private mutating func row(_ scanned: ScanRow, _ past: Past?) -> FleetRow {
    guard let account = scanned.account else {
      var row = FleetRow(name: scanned.name, account: nil, state: .blocked)
      row.reason = scanned.problem?.reason
      row.text = scanned.problem?.text
      return row
    }
    var row = past?.row ?? FleetRow(name: scanned.name, account: account.key, state: .left)
    row.name = scanned.name
    row.isSeen = true
    row.reason = account.reason
    row.text = account.explanation
    row.state = Self.state(account, past?.state)
    row.provider = row.provider ?? provider(of: account.settings.host)
    guard account.kind != .imap else {
      row.to = account.settings
      return row
    }
    row.kind = account.kind
    row.from = account.settings
    if row.state != .unsettled {
      // The plan's, if there is one, and not those of what was taken back.
      row.to = nil
      row.toll = nil
      row.warnings = []
    }
    return row
  }

  private static func state(_ account: Account, _ past: Change.State?) -> FleetRow.State {
    switch past {
    case .prepared, .undoing, .conflict: return .unsettled
    case .applied where account.kind == .imap: return .switched
    case .applied: return .back
    case .undone where account.kind == .pop3: return .undone
    case .undone, nil: break
    }
    switch account.state {
    case .current: return .imap
    case .ready: return .left
    case .blocked: return .blocked
    }
  }

  // MARK: Plan

  mutating func add(_ planned: PlannedProfile) {
    for account in planned.accounts {
      let key = Key(
        client: planned.name.client, profile: planned.name.absolute, account: account.key)
      guard var row = found[key], row.state != .unsettled, row.state != .back else { continue }
      row.to = account.to
      if let refusal = account.refusal {
        if row.state == .left { row.state = .blocked }
        row.reason = refusal.reason
        row.text = refusal.text
      } else {
        row.warnings = Self.codes(account.warnings)
        row.risk = account.risk
        row.toll = account.to.map {
          ReplacementToll(
            planned.files.map(\.patch), account: account.key, from: account.from, to: $0)
        }
      }
      found[key] = row
    }
  }

  // MARK: Together

  /// By place; what only the journal knows among the others.
  mutating func rows() -> [FleetRow] {
    var told: Set<Key> = []
    let beside = Dictionary(grouping: order) { $0.client + "/" + $0.profile.hexadecimal }
    for (key, past) in past where found[key] == nil {
      let others = beside[key.client + "/" + key.profile.hexadecimal] ?? []
      if past.state == .applied, let other = others.first(where: { isRenamed(past, $0) }) {
        found[other]?.take(past.row)
        continue
      }
      var row = past.row
      // Where nobody could look, the journal's word stands.
      if row.state == .switched, !past.isRelocated, !unread.contains(key.profile),
        !unread.contains(row.name.home ?? key.profile)
      {
        row.state = .missing
      }
      if let problem = problem(of: row, key) {
        told.insert(problem)
        row.reason = found[problem]?.reason
        row.text = found[problem]?.text
      }
      found[key] = row
    }
    // Each account is one row: what keeps a profile from being read stands with those that are known.
    for key in told { found[key] = nil }
    return found.values.sorted(by: FleetRow.precedes)
  }

  /// The row of what kept the profile, or its whole home, from being read.
  private func problem(of row: FleetRow, _ key: Key) -> Key? {
    let home = row.name.home ?? key.profile
    let places = [
      Key(client: key.client, profile: key.profile, account: nil),
      Key(client: "", profile: home, account: nil),
    ]
    return places.first { found[$0] != nil }
  }

  /// In an autoconfig file an account's key is its place, and the switch may move it.
  private func isRenamed(_ past: Past, _ other: Key) -> Bool {
    guard let row = found[other], row.change == nil, row.state == .imap else { return false }
    return row.to?.host == past.row.to?.host
  }

  private mutating func provider(of host: String) -> String? {
    guard !host.isEmpty else { return nil }
    if let known = providers[host] { return known }
    let name = lookup.answer(forHost: host).provider?.id ?? Self.domain(of: host)
    providers[host] = name
    return name
  }

  /// The host without its first label, if two are left.
  private static func domain(of host: String) -> String {
    let labels = host.lowercased().split(separator: ".")
    guard labels.count > 2, !labels.allSatisfy({ Int($0) != nil }) else { return host.lowercased() }
    return labels.dropFirst().joined(separator: ".")
  }
}

extension FleetRow {
  /// What the journal says of an account that was found under another key.
  fileprivate mutating func take(_ past: FleetRow) {
    state = .switched
    from = past.from
    kind = past.kind
    change = past.change
    run = past.run
    changedAt = past.changedAt
    warnings = past.warnings
    toll = past.toll
  }

  /// By machine and path, account by account, numbers in keys as numbers.
  static func precedes(_ left: Self, _ right: Self) -> Bool {
    if left.machine != right.machine { return left.machine ?? "" < right.machine ?? "" }
    let (one, other) = (left.name.absolute, right.name.absolute)
    if one != other { return one.lexicographicallyPrecedes(other) }
    let (a, b) = (left.account ?? "", right.account ?? "")
    return (a.utf8.count, a) < (b.utf8.count, b)
  }
}
