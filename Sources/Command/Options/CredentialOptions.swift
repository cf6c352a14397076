import ArgumentParser
import ConfigFormats
import Glibc
import MailCheck
import ProfileRewriter

/// Where passwords for servers come from: never an argument.
struct CredentialOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Read the password, one line, from this open file; for one account (default: ask at the \
      terminal).
      """, valueName: "number"))
  var passwordFd: Int32?

  @Option(
    help: ArgumentHelp(
      """
      Take the password from the first line that this shell command prints. It is run once for \
      each account, with the account's user, host and port in PROFILE_REWRITER_USER, \
      PROFILE_REWRITER_HOST and PROFILE_REWRITER_PORT.
      """, valueName: "command"))
  var passwordCommand: String?

  @Option(
    help: ArgumentHelp(
      "Trust the certificate authorities in this PEM file besides the system's.",
      valueName: "file"))
  var caFile: BytePath?

  var isGiven: Bool { passwordFd != nil || passwordCommand != nil || caFile != nil }

  /// Whether it is said where passwords come from.
  var isSource: Bool { passwordFd != nil || passwordCommand != nil }

  func validate() throws {
    if passwordFd != nil, passwordCommand != nil {
      throw ValidationError("--password-fd and --password-command cannot be given together")
    }
    if let passwordFd, passwordFd < 0 || passwordFd == 1 || passwordFd == 2 {
      throw ValidationError("--password-fd takes the number of a file that is open for reading")
    }
  }

  var connection: ConnectionSettings {
    ConnectionSettings(
      trust: TrustSettings(
        extraAuthorities: caFile.map { String(decoding: $0.bytes, as: UTF8.self) }))
  }

  /// One for each account.
  /// - Throws: where there is none, before anybody is asked with the others.
  func passwords(for accounts: [ServerSettings]) throws(Fatal) -> [ServerSettings: Secret] {
    guard !accounts.isEmpty else { return [:] }
    let source = try source()
    if case .descriptor = source, accounts.count > 1 {
      throw Fatal(
        code: "password-for-several-accounts",
        "one password for \(accounts.count) accounts, and each server would be told it:\n"
          + accounts.map { "  \($0.username.printable) at \($0.host.printable)" }
          .joined(separator: "\n")
          + "\nchoose one with --match, or use --password-command", status: .usage)
    }
    var passwords: [ServerSettings: Secret] = [:]
    for account in accounts {
      do throws(PasswordFailure) {
        passwords[account] = try source.password(for: account)
      } catch {
        let isStopped = error.cause == .interrupted
        throw Fatal(
          code: isStopped ? "interrupted" : "no-password",
          "\(account.username.printable) at \(account.host.printable): \(error.text)",
          status: isStopped ? .interrupted : .failed)
      }
    }
    return passwords
  }

  private func source() throws(Fatal) -> PasswordSource {
    if let passwordFd { return .descriptor(passwordFd) }
    if let passwordCommand { return .command(passwordCommand) }
    guard isatty(STDIN_FILENO) == 1 else {
      throw Fatal(
        code: "usage",
        "no terminal to ask for a password at: give --password-fd or --password-command",
        status: .usage)
    }
    return .terminal
  }
}

extension AuthMethod {
  /// Whether a password is of use, and is asked for.
  var takesPassword: Bool { self == .passwordCleartext || self == .passwordEncrypted }
}
