/// How many accounts are in which state, and how many profiles could not be read.
public struct ScanSummary: Sendable, Equatable {
  public var profiles = 0
  public var ready = 0
  public var current = 0
  public var blocked = 0
  /// Paths below which no profile was found.
  public var withoutProfile = ByteStrings()
}

extension Engine {
  /// Lists profiles and their incoming accounts. Reads only; asks for locks, takes none.
  @discardableResult
  public func scan(_ selection: Selection, _ emit: (ScanRow) -> Void) -> ScanSummary {
    forOneRun.scanInRun(selection, emit)
  }

  private func scanInRun(_ selection: Selection, _ emit: (ScanRow) -> Void) -> ScanSummary {
    var summary = ScanSummary()
    forEachProfile(in: selection, threads: configuration.jobs, reading: read) { found, reading in
      switch found {
      case .nothing(let path): summary.withoutProfile.append(path)
      case .problem(let name, let refusal):
        summary.blocked += 1
        emit(ScanRow(name: name, account: nil, problem: refusal))
      case .target(let target):
        summary.profiles += 1
        add(reading ?? read(target), target, selection, &summary, emit)
      }
    }
    return summary
  }

  /// A profile's accounts, and what stands in the way of changing them.
  private typealias ScannedProfile = Result<
    (accounts: [Account], obstacle: Refusal?, origin: ProfileOrigin?), Refusal
  >

  @Sendable private func read(_ target: ProfileTarget) -> ScannedProfile {
    Result { () throws(Refusal) in
      try target.root.asOwner { () throws(Refusal) in
        let accounts = try self.accounts(of: target)
        let origin = target.origin
        let isReady = accounts.contains { $0.state == .ready }
        return (accounts, isReady ? self.obstacle(to: target, origin) : nil, origin)
      }
    }
  }

  private func add(
    _ scanned: ScannedProfile, _ target: ProfileTarget, _ selection: Selection,
    _ summary: inout ScanSummary, _ emit: (ScanRow) -> Void
  ) {
    let accounts: [Account]
    let obstacle: Refusal?
    let origin: ProfileOrigin?
    do throws(Refusal) {
      (accounts, obstacle, origin) = try scanned.get()
    } catch {
      summary.blocked += 1
      emit(ScanRow(name: target.name, account: nil, problem: error))
      return
    }
    for var account in accounts where selection.selects(account) {
      if account.state == .ready, let obstacle {
        account.state = .blocked
        account.reason = obstacle.reason
        account.explanation = obstacle.text
      }
      switch account.state {
      case .ready: summary.ready += 1
      case .current: summary.current += 1
      case .blocked: summary.blocked += 1
      }
      emit(
        ScanRow(
          name: target.name, account: account, problem: nil, owner: target.root.owner,
          origin: origin))
    }
  }
}
