import ConfigFormats
import Glibc
import ProfileRewriter

/// Passwords that a user's own desktop keeps (libsecret), asked for as that user and in that user's session.
///
/// By `secret-tool`, so that nothing of another user's session bus is ever read by this process.
public struct DesktopKeyring: Sendable {
  /// Whose keyring.
  private let owner: UInt32
  private let home: [UInt8]

  /// - Parameter home: the owner's, absolute.
  public init(owner: UInt32, home: [UInt8]) {
    self.owner = owner
    self.home = home
  }

  /// Where secret-tool is (Debian: libsecret-tools).
  static let program = "/usr/bin/secret-tool"

  /// Seconds for an answer. A keyring that is locked asks its user, who may not be there.
  private static let patience = 10.0

  /// A password that a client has saved.
  /// - Parameter attributes: by which it did: names and values in turn, of which none is empty.
  public func password(by attributes: [String]) throws(PasswordFailure) -> Secret {
    guard attributes.allSatisfy({ !$0.isEmpty && !$0.utf8.contains(0) }) else {
      throw PasswordFailure("the account has no uid to find a password by")
    }
    return try lookUp(attributes)
  }

  private func lookUp(_ attributes: [String]) throws(PasswordFailure) -> Secret {
    guard access(Self.program, X_OK) == 0 else {
      throw PasswordFailure("--libsecret needs secret-tool (Debian: libsecret-tools)")
    }
    let environment = try environment()
    let pipe: ProgramPipe
    do {
      pipe = try ProgramPipe()
    } catch {
      throw PasswordFailure("--libsecret: \(error.text)")
    }
    defer { close(pipe.reads) }
    // What it prints fits into the pipe, so it need not be read meanwhile.
    let status = UserProgram.run(
      [Self.program, "lookup"] + attributes, asUser: owner, environment: environment,
      output: pipe.writes, seconds: Self.patience)
    close(pipe.writes)
    guard status == 0 else { throw PasswordFailure(Self.words(status)) }
    let secret = try Self.answer(in: pipe.reads)
    guard !secret.isEmpty else { throw PasswordFailure("the user's keyring has an empty password") }
    return secret
  }

  /// The line in a pipe whose program has ended, so that all it printed is there. Whose program it was may have
  /// got hold of the other end and keep it open: that is not waited for.
  static func answer(in pipe: Int32) throws(PasswordFailure) -> Secret {
    _ = fcntl(pipe, F_SETFL, O_NONBLOCK)
    return try PasswordSource.firstLine(of: pipe)
  }

  private static func words(_ status: Int32) -> String {
    switch status {
    case 1:
      "the user's keyring has no password for this account, or is locked: log in to the desktop, or save "
        + "the password in the mail client"
    case -ETIMEDOUT:
      "the user's keyring did not answer within \(Int(patience)) seconds: it is locked, most likely, and asks "
        + "its user"
    case ..<0: "secret-tool cannot be run as the user: \(Errno(rawValue: -status).text)"
    default: "secret-tool ended with status \(status)"
    }
  }

  /// Our own session's where the keyring is the caller's own; else that of the user's login session.
  private func environment() throws(PasswordFailure) -> [[UInt8]] {
    let runtime = "/run/user/\(owner)"
    var bus = "unix:path=\(runtime)/bus"
    if owner == geteuid(), let own = getenv("DBUS_SESSION_BUS_ADDRESS") {
      bus = String(cString: own)
    } else {
      guard access(runtime + "/bus", F_OK) == 0 else {
        throw PasswordFailure(
          "user \(owner) is not logged in to a desktop session, so there is no keyring to ask")
      }
    }
    return [
      Array("DBUS_SESSION_BUS_ADDRESS=\(bus)".utf8), Array("XDG_RUNTIME_DIR=\(runtime)".utf8),
      Array("HOME=".utf8) + home, Array("LC_ALL=C.UTF-8".utf8), Array("PATH=/usr/bin:/bin".utf8),
    ]
  }
}
