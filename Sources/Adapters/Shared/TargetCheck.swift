import ConfigFormats
import ProfileRewriter

/// Whether wanted settings can stand in a client's files at all: what every adapter asks before it plans.
public enum TargetCheck {
  /// A wish as it can be planned.
  /// - Returns: the wanted settings, the host in lower case, and the warning where weaker ones are
  ///   allowed.
  /// - Throws: `unsupported` for what is no POP account; the account's own reason where it is blocked;
  ///   `no-imap-settings` for settings that no file can hold; `would-weaken-security`.
  public static func accept(
    _ wanted: AccountSwitch, _ options: SwitchOptions
  ) throws(Refusal) -> (settings: ServerSettings, warnings: [Warning]) {
    guard wanted.account.kind == .pop3 else {
      throw Refusal(.unsupported, "\(wanted.account.key.printable) is not a POP account")
    }
    try requireUnblocked(wanted.account)
    try checkPathPrefix(options)
    var target = wanted.target
    target.host = target.host.lowercased()
    try check(target)
    return (target, try compare(target, with: wanted.account.settings, options))
  }

  private static func requireUnblocked(_ account: Account) throws(Refusal) {
    guard account.state == .blocked else { return }
    throw Refusal(
      account.reason ?? .unsupported, account.explanation ?? "this account cannot be switched")
  }

  /// One that is nothing, or that no line of a file can hold.
  private static func checkPathPrefix(_ options: SwitchOptions) throws(Refusal) {
    guard let prefix = options.pathPrefix else { return }
    guard !prefix.isEmpty, !prefix.utf8.contains(where: { $0 < 0x20 }) else {
      throw Refusal(.noIMAPSettings, "the path prefix is empty or not one line")
    }
  }

  /// - Throws: `no-imap-settings` for anything but a host name, a port and a user name of one line.
  public static func check(_ target: ServerSettings) throws(Refusal) {
    guard ServerHostName.isValid(target.host) else {
      throw Refusal(
        .noIMAPSettings,
        "\"\(target.host.printable)\" is not a host name (letters, digits, \"-\", \"_\" and \".\"; "
          + "an international one in its form with xn--)")
    }
    guard (1...65535).contains(target.port) else {
      throw Refusal(.noIMAPSettings, "\(target.port) is not a port")
    }
    guard !target.username.isEmpty, !target.username.utf8.contains(where: { $0 < 0x20 }) else {
      throw Refusal(.noIMAPSettings, "the user name is empty or not one line")
    }
  }

  /// - Returns: the warning where weaker settings are allowed.
  /// - Throws: `would-weaken-security` where they are not.
  public static func compare(
    _ target: ServerSettings, with old: ServerSettings, _ options: SwitchOptions
  ) throws(Refusal) -> [Warning] {
    guard let weakness = target.weakness(comparedTo: old) else { return [] }
    guard options.allowWeaker else {
      throw Refusal(.wouldWeakenSecurity, "\(weakness); --allow-weaker permits it")
    }
    return [Warning(.weakerAllowed, weakness)]
  }
}
