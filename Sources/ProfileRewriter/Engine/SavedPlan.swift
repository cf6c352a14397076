import ConfigFormats
import Foundation

/// A plan as a file: accounts, settings, hashes and chosen identifiers, never bytes to write. The
/// edits are computed again when it is applied, and must agree.
public struct SavedPlan: Sendable, Codable {
  public static let currentVersion = 1

  struct Edit: Codable, Hashable {
    var key: String
    /// SHA-256 of the value in canonical spelling, in hexadecimal; nil where the key is absent.
    var before: String?
    var after: String?
  }

  struct File: Codable, Hashable {
    var path: String
    var action: FilePatch.Action
    /// Of a created file's content; nil for directories and edited files.
    var contentSHA256: String?
    var edits: [Edit]
  }

  struct Profile: Codable, Sendable {
    var root: [UInt8]
    var home: [UInt8]?
    var client: String
    var profile: RelativePath?
    /// Absent where the home's directories lie in their usual places.
    var relocations: [Relocation]?
    var accounts: [SwitchedAccount]
    /// On what grounds, and what is known of sending, by account; absent where nothing is.
    var grounds: [String: SettingsGrounds]?
    var outgoing: [String: OutgoingServers]?
    var choices: PlanChoices
    var files: [File]
  }

  var format = "profile-rewriter-plan"
  var version = SavedPlan.currentVersion
  var options: SwitchOptions
  var profiles: [Profile]

  public init(options: SwitchOptions) {
    self.options = options
    profiles = []
  }

  /// Adds a planned profile; one with nothing to do is passed over.
  public mutating func add(_ planned: PlannedProfile) {
    guard !planned.files.isEmpty, let choices = planned.choices else { return }
    let accounts = planned.accounts.compactMap { account in
      account.refusal == nil
        ? account.to.map { SwitchedAccount(key: account.key, from: account.from, to: $0) } : nil
    }
    profiles.append(
      Profile(
        root: planned.root, home: planned.name.home, client: planned.name.client,
        profile: planned.profile,
        relocations: planned.relocations.isEmpty ? nil : planned.relocations, accounts: accounts,
        grounds: Self.byAccount(planned) { $0.grounds == SettingsGrounds() ? nil : $0.grounds },
        outgoing: Self.byAccount(planned, \.outgoing), choices: choices,
        files: planned.files.map { Self.file($0.patch) }))
  }

  /// What there is to say of each account that is switched.
  private static func byAccount<Value>(
    _ planned: PlannedProfile, _ value: (PlannedAccount) -> Value?
  ) -> [String: Value]? {
    let pairs = planned.accounts.filter { $0.refusal == nil }.compactMap { account in
      value(account).map { (account.key, $0) }
    }
    return pairs.isEmpty ? nil : Dictionary(pairs) { first, _ in first }
  }

  public func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try Array(encoder.encode(self)) + [UInt8(ascii: "\n")]
  }

  /// - Throws: ``Refusal`` for anything that is not a plan of a version this program knows.
  public init(decoding bytes: [UInt8]) throws(Refusal) {
    do {
      self = try JSONDecoder().decode(SavedPlan.self, from: Data(bytes))
    } catch {
      throw Refusal(.unsupported, "this is not a plan written by `plan --out`")
    }
    guard format == "profile-rewriter-plan", version == Self.currentVersion else {
      throw Refusal(.unsupported, "plan version \(version) is not known to this program")
    }
  }

  static func file(_ patch: FilePatch) -> File {
    func hash(_ value: [UInt8]?) -> String? { value.map { SHA256.hash($0).hexadecimal } }
    return File(
      path: patch.path.text, action: patch.action,
      contentSHA256: patch.action == .create
        ? patch.after?.sha256.hexadecimal : nil,
      edits: patch.edits.map {
        Edit(key: $0.key, before: hash($0.before), after: hash($0.after))
      })
  }
}

extension SavedPlan.Profile {
  /// What was there when the plan was made and is not any more has moved.
  func asStale(_ refusal: Refusal) -> Refusal {
    guard refusal.reason == .notFound else { return refusal }
    return Refusal(.stale, "the plan no longer holds: \(refusal.text); make a new plan")
  }

  /// - Throws: `stale`, naming what moved.
  func agree(with staged: Engine.StagedProfile) throws(Refusal) {
    if let refused = staged.accounts.first(where: { $0.refusal != nil }),
      let refusal = refused.refusal
    {
      throw Refusal(
        .stale,
        "the plan no longer holds: \(refused.key.printable) is refused now (\(refusal.text))")
    }
    let now = staged.files.map { SavedPlan.file($0.patch) }
    var moved: [String] = []
    for file in files {
      guard let current = now.first(where: { $0.path == file.path && $0.action == file.action })
      else {
        moved.append(file.path)
        continue
      }
      let keys = Set(file.edits).symmetricDifference(current.edits).map(\.key)
      moved += Set(keys).sorted().map { "\($0) in \(file.path)" }
      if keys.isEmpty, file.contentSHA256 != current.contentSHA256 { moved.append(file.path) }
    }
    moved += now.filter { file in !files.contains { $0.path == file.path } }.map(\.path)
    guard moved.isEmpty else {
      throw Refusal(
        .stale,
        "the plan no longer holds, these have changed since: "
          + moved.map { $0.printable }.joined(separator: ", ") + "; make a new plan")
    }
  }

  var name: ProfileName {
    ProfileName(
      home: home, client: client,
      profile: home == nil ? JournalPlace.join(root, profile) : profile?.bytes ?? root)
  }

  /// The settings the plan chose, by account.
  struct Settings: IMAPSettingsSource {
    var accounts: [SwitchedAccount]
    var grounds: [String: SettingsGrounds]
    var outgoing: [String: OutgoingServers]
    var isOneServerForAll: Bool { false }
    var isOneUsernameForAll: Bool { false }

    func grounds(for account: Account) -> SettingsGrounds { grounds[account.key] ?? .init() }

    func outgoing(for account: Account) -> OutgoingServers? { outgoing[account.key] }

    func settings(for account: Account) throws(Refusal) -> ServerSettings {
      guard let planned = accounts.first(where: { $0.key == account.key }) else {
        throw Refusal(.stale, "\(account.key.printable) is not part of the plan")
      }
      guard planned.from == account.settings else {
        throw Refusal(
          .stale,
          "the server settings of \(account.key.printable) have changed since the plan")
      }
      return planned.to
    }
  }
}

extension Engine {
  /// Applies a saved plan, profile by profile; one that no longer holds is refused as `stale`.
  @discardableResult
  public func apply(
    _ plan: SavedPlan, limits: RunLimits = RunLimits(), _ emit: @escaping (ResultRow) -> Void
  ) throws -> ApplySummary {
    let run = ApplyRun(engine: self, limits: limits, emit: emit)
    var seen = KnownProfiles()
    for saved in plan.profiles {
      if configuration.shouldStop() || !run.mayGoOn() { break }
      try run.flushIfDue()
      let target: ProfileTarget
      do throws(Refusal) {
        target = try self.target(of: saved)
      } catch {
        run.report(ResultRow(saved.asStale(error), name: saved.name, account: nil))
        continue
      }
      if let identity = target.identity, !seen.insert(identity) { continue }
      do throws(Refusal) {
        let request = SwitchRequest(
          selection: Selection(paths: [], accounts: Set(saved.accounts.map(\.key))),
          settings: SavedPlan.Profile.Settings(
            accounts: saved.accounts, grounds: saved.grounds ?? [:],
            outgoing: saved.outgoing ?? [:]), options: plan.options)
        try run.add(target, request, selectedAccounts(of: target, request.selection), saved: saved)
      } catch {
        try run.flush()
        throw error
      }
    }
    try run.flush()
    return run.summary
  }

  private func target(of saved: SavedPlan.Profile) throws(Refusal) -> ProfileTarget {
    guard let adapter = configuration.adapters.first(where: { $0.client == saved.client }) else {
      throw Refusal(.unsupported, "this build has no adapter for \(saved.client)")
    }
    let relocations = saved.relocations ?? []
    return ProfileTarget(
      root: try homes.open(saved.root, relocations: relocations),
      rootPath: saved.root, home: saved.home, adapter: adapter, profile: saved.profile,
      relocations: relocations)
  }
}
