extension Engine {
  /// Refuses a request that is unsafe for the selected accounts as a whole, before anything is done.
  /// - Returns: what was seen on the way, which the run need not look for again; nil where the request
  ///   is safe for whatever accounts there are.
  @discardableResult
  func check(_ request: SwitchRequest) throws(RequestError) -> FirstLook? {
    guard request.settings.isOneServerForAll || request.settings.isOneUsernameForAll else {
      return nil
    }
    var asked = AskedAccounts()
    let look = firstLook(request.selection) { asked.add($0) }
    if asked.problem(request.settings) == nil { return look }
    // What stands in the way of a profile may be such that its accounts do not count. That is asked
    // only where they are what it depends on.
    asked = AskedAccounts()
    scan(request.selection) { row in
      if let account = row.account { asked.add(account) }
    }
    if let problem = asked.problem(request.settings) { throw problem }
    return look
  }
}

/// The accounts that a request would switch, taken together.
private struct AskedAccounts {
  private var hosts: Set<String> = []
  private var count = 0

  mutating func add(_ account: Account) {
    guard account.kind == .pop3, account.isAsked else { return }
    count += 1
    hosts.insert(account.settings.host.lowercased())
  }

  func problem(_ settings: any IMAPSettingsSource) -> RequestError? {
    if hosts.count > 1, settings.isOneServerForAll { return .severalPOPHosts(hosts.sorted()) }
    if count > 1, settings.isOneUsernameForAll { return .usernameForSeveralAccounts(count) }
    return nil
  }
}

extension Account {
  /// Whether a target would be used for it: not where it cannot be switched for what it is itself. One
  /// that only a running client holds back counts.
  fileprivate var isAsked: Bool {
    state == .ready || [.clientRunning, .busy, .lockNotProvable].contains(reason)
  }
}
