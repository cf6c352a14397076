/// What a run wants done to the selected accounts.
public struct SwitchRequest: Sendable {
  public var selection: Selection
  public var settings: any IMAPSettingsSource
  public var options: SwitchOptions
  public var limits: RunLimits
  /// ``Engine/plan(_:_:problem:)`` counts the accounts' mail.
  public var countsMail: Bool

  public init(
    selection: Selection, settings: any IMAPSettingsSource, options: SwitchOptions = .init(),
    limits: RunLimits = .init(), countsMail: Bool = false
  ) {
    self.limits = limits
    self.countsMail = countsMail
    self.selection = selection
    self.settings = settings
    self.options = options
  }
}

/// The request itself cannot be carried out safely; nothing was done.
public enum RequestError: Error, Sendable, Equatable {
  /// One `--imap-host` for accounts of several POP providers would hand one provider's password
  /// to another.
  case severalPOPHosts([String])
  /// One literal user name for several accounts.
  case usernameForSeveralAccounts(Int)
}

public struct PlanSummary: Sendable, Equatable {
  public var changes = 0
  public var refused = 0
  public var unchanged = 0
  /// Accounts to switch whose host a plain text replacement would have got wrong.
  public var textReplacementWrong = 0
  /// Paths below which no profile was found.
  public var withoutProfile = ByteStrings()

  fileprivate mutating func count(_ planned: PlannedProfile) {
    for account in planned.accounts {
      if account.refusal == nil { changes += 1 } else { refused += 1 }
      if account.refusal == nil, account.grounds.textReplacementIsWrong {
        textReplacementWrong += 1
      }
    }
  }
}

extension Engine {
  /// Computes what ``apply(_:_:)`` would do, and writes nothing.
  /// - Throws: ``RequestError``.
  @discardableResult
  public func plan(
    _ request: SwitchRequest, _ emit: (PlannedProfile) -> Void,
    problem: (ProfileName, Refusal) -> Void
  ) throws -> PlanSummary {
    try forOneRun.planInRun(request, emit, problem: problem)
  }

  private func planInRun(
    _ request: SwitchRequest, _ emit: (PlannedProfile) -> Void,
    problem: (ProfileName, Refusal) -> Void
  ) throws -> PlanSummary {
    try check(request)
    var summary = PlanSummary()
    let planning = { @Sendable (target: ProfileTarget) in planned(target, request) }
    forEachProfile(
      in: request.selection, threads: configuration.jobs, reading: planning
    ) { found, reading in
      switch found {
      case .nothing(let path): summary.withoutProfile.append(path)
      case .problem(let name, let refusal):
        summary.refused += 1
        problem(name, refusal)
      case .target(let target):
        do throws(Refusal) {
          let reading = try (reading ?? planning(target)).get()
          summary.unchanged += reading.unchanged
          guard var planned = reading.planned else { return }
          if request.countsMail { planned.countMail(target, self) }
          summary.count(planned)
          emit(planned)
        } catch {
          summary.refused += 1
          problem(target.name, error)
        }
      }
    }
    return summary
  }

  /// What is planned for a profile, if anything; and how many of its accounts need nothing.
  private func planned(
    _ target: ProfileTarget, _ request: SwitchRequest
  ) -> Result<(planned: PlannedProfile?, unchanged: Int), Refusal> {
    Result { () throws(Refusal) in
      var choices = configuration.choices()
      let staged = try stage(target, request, choices: &choices)
      guard !staged.accounts.isEmpty else { return (nil, staged.current.count) }
      var planned = staged.planned(target)
      planned.choices = choices
      if let obstacle = obstacle(to: target) { planned.refuseAll(obstacle) }
      return (planned, staged.current.count)
    }
  }

  /// One profile's change, computed and not yet written.
  struct StagedProfile {
    var accounts: [PlannedAccount]
    var files: [FileWork]
    /// Keys of accounts that need nothing.
    var current: [String]

    func planned(_ target: ProfileTarget) -> PlannedProfile {
      PlannedProfile(
        name: target.name, root: target.rootPath, profile: target.profile,
        relocations: target.relocations, accounts: accounts,
        files: files.map {
          PlannedFileRow(patch: $0.patch, original: $0.original, content: $0.content)
        })
    }
  }

  /// - Throws: when nothing of the profile can be planned.
  func stage(
    _ target: ProfileTarget, _ request: SwitchRequest, choices: inout PlanChoices
  ) throws(Refusal) -> StagedProfile {
    try target.root.asOwner { () throws(Refusal) in
      try stageAsOwner(target.forPlanning(), request, choices: &choices)
    }
  }

  private func stageAsOwner(
    _ target: ProfileTarget, _ request: SwitchRequest, choices: inout PlanChoices
  ) throws(Refusal) -> StagedProfile {
    let context = try context(of: target)
    let accounts = try accounts(of: target).filter(request.selection.selects)
    var staged = StagedProfile(
      accounts: [], files: [], current: accounts.filter { $0.state == .current }.map(\.key))
    var switches: [AccountSwitch] = []
    for account in accounts where request.selection.asksToSwitch(account) {
      var planned = PlannedAccount(
        key: account.key, kind: account.kind, from: account.settings, to: nil, refusal: nil,
        warnings: [])
      if account.state == .blocked {
        planned.refusal = Refusal(
          account.reason ?? .unsupported, account.explanation ?? "this account cannot be switched")
      } else {
        do throws(Refusal) {
          try requireBackup(of: account, target, context)
          // The files and servers asked here are the administrator's.
          let (settings, grounds, outgoing) = try ThreadIdentity.run(as: nil) {
            () throws(Refusal) in
            (
              try request.settings.settings(for: account), request.settings.grounds(for: account),
              request.settings.outgoing(for: account)
            )
          }
          planned.to = settings
          planned.grounds = grounds
          planned.outgoing = outgoing
          planned.warnings = grounds.warnings
          switches.append(AccountSwitch(account: account, target: settings, outgoing: outgoing))
        } catch {
          planned.refusal = error
        }
      }
      staged.accounts.append(planned)
    }
    guard !switches.isEmpty else { return staged }
    if request.options.keepPOP, !target.adapter.canKeepPOP {
      staged.refuseAll(
        Refusal(
          .unsupported,
          "--keep-pop is for files that name several servers; \(target.adapter.client) has one for "
            + "an account"))
      return staged
    }
    let plan: ProfilePlan
    do throws(Refusal) {
      plan = try target.adapter.plan(
        switches, in: context, options: request.options, choices: &choices)
    } catch {
      staged.refuseAll(error)
      return staged
    }
    staged.take(plan.outcomes)
    do throws(Refusal) {
      staged.files = try files(of: plan.files, target)
    } catch {
      staged.refuseAll(error)
    }
    return staged
  }

  /// The patch of every planned file, checked against the bytes.
  func files(of planned: [PlannedFile], _ target: ProfileTarget) throws(Refusal) -> [FileWork] {
    var files: [FileWork] = []
    for file in planned {
      files.append(
        try PatchBuilder.stage(file, below: target.base) { path throws(Refusal) in
          // Refused here and not only when it is written: plan is to tell.
          guard let planning = target.planning else {
            return try target.root.snapshotOfOneName(path)
          }
          let found = try planning.snapshot(target.pathForAdapter(path))
          if let found { try target.root.requireReplaceable(found, path) }
          return found
        })
    }
    return files
  }
}

extension Engine.StagedProfile {
  fileprivate mutating func refuseAll(_ refusal: Refusal) {
    for index in accounts.indices where accounts[index].refusal == nil {
      accounts[index].refusal = refusal
    }
  }

  fileprivate mutating func take(_ outcomes: [ProfilePlan.Outcome]) {
    for outcome in outcomes {
      guard let index = accounts.firstIndex(where: { $0.key == outcome.account }) else { continue }
      if outcome.isDone {
        current.append(outcome.account)
        accounts.remove(at: index)
        continue
      }
      accounts[index].refusal = outcome.refusal
      accounts[index].warnings += outcome.warnings
      accounts[index].note = outcome.note
      accounts[index].risk = outcome.mail.map { MailRisk(settings: $0) }
    }
  }
}

extension PlannedProfile {
  fileprivate mutating func countMail(_ target: ProfileTarget, _ engine: Engine) {
    let risks = RiskReading(engine: engine, target: target, planned: accounts).risks()
    for index in accounts.indices {
      if let risk = risks[accounts[index].key] { accounts[index].risk = risk }
    }
  }

  mutating func refuseAll(_ refusal: Refusal) {
    for index in accounts.indices where accounts[index].refusal == nil {
      accounts[index].refusal = refusal
    }
    files = []
  }
}
