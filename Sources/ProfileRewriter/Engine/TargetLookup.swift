/// An account, and the servers that a switch would give it.
public struct TargetRow: Sendable {
  public var name: ProfileName
  public var account: Account
  /// Whose the home or profile is.
  public var owner: UInt32?
  /// For a POP account its target; for an account on IMAP what it has.
  public var settings: Result<ServerSettings, Refusal>
  /// What its provider says of sending; nil where that is not known.
  public var outgoing: OutgoingServers?
}

extension Engine {
  /// Looks up where ``plan(_:_:problem:)`` would take the selected accounts, and computes no change. A
  /// client that runs is in nobody's way.
  /// - Throws: ``RequestError``.
  @discardableResult
  public func lookUpTargets(
    _ request: SwitchRequest, _ emit: (TargetRow) -> Void,
    problem: (ProfileName, Refusal) -> Void
  ) throws -> ScanSummary {
    try check(request)
    return scan(request.selection) { row in
      if let refusal = row.problem { return problem(row.name, refusal) }
      guard let account = row.account,
        account.kind == .imap || request.selection.asksToSwitch(account)
      else { return }
      emit(
        TargetRow(
          name: row.name, account: account, owner: row.owner,
          settings: Result { () throws(Refusal) in try target(of: account, request) },
          outgoing: request.settings.outgoing(for: account)))
    }
  }

  private func target(of account: Account, _ request: SwitchRequest) throws(Refusal)
    -> ServerSettings
  {
    guard account.kind != .imap else { return account.settings }
    if account.state == .blocked, let reason = account.reason, !Self.passing.contains(reason) {
      throw Refusal(reason, account.explanation ?? "this account cannot be switched")
    }
    return try request.settings.settings(for: account)
  }

  /// What keeps an account from being switched now and says nothing of its servers.
  private static let passing: Set<ReasonCode> = [.clientRunning, .busy, .lockNotProvable]
}
