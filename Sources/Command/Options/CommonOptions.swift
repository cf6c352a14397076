import ArgumentParser
import Glibc
import ProfileRewriter

struct CommonOptions: ParsableArguments {
  @Flag(help: "Print one JSON object per line instead of tables.")
  var json = false

  @Option(
    help: ArgumentHelp(
      """
      Directory of the journal (default: /var/lib/profile-rewriter as root, else \
      $XDG_STATE_HOME/profile-rewriter or ~/.local/state/profile-rewriter).
      """,
      valueName: "directory"))
  var state: BytePath?

  func stateDirectory() throws(Fatal) -> [UInt8] {
    if let state { return try AbsolutePath.from(state.bytes) }
    if geteuid() == 0 { return Array("/var/lib/profile-rewriter".utf8) }
    // A relative XDG_STATE_HOME counts as unset (XDG Base Directory Specification).
    if let value = getenv("XDG_STATE_HOME"), value.pointee == CChar(UInt8(ascii: "/")) {
      return AbsolutePath.normalised(AbsolutePath.bytes(value) + Array("/profile-rewriter".utf8))
    }
    return try Homes.own() + Array("/.local/state/profile-rewriter".utf8)
  }

  /// `--state DIR` again, for a command that is suggested.
  var stateArgument: String {
    state.map { " --state " + Shell.quoted(String(decoding: $0.bytes, as: UTF8.self)) } ?? ""
  }
}

/// For every command that opens homes.
struct LinkOption: ParsableArguments {
  @Flag(
    help: """
      Take a home or profile that is a symbolic link, if it leads to a directory of the same user, \
      as if that directory had been named.
      """)
  var allowLinks = false
}

/// For every command that asks whether a client runs.
struct ClosedClientOption: ParsableArguments {
  @Flag(
    help: """
      Your word, for this run, that the mail client is closed on every machine, where locks prove \
      nothing (network file systems, profiles of Windows or macOS). Locks that show here count all \
      the same.
      """)
  var clientIsClosed = false
}

/// For every command that changes profiles.
struct LockOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Wait this long for another run that works on the same profile.", valueName: "seconds"))
  var lockTimeout: Double = 0

  @Flag(
    help: """
      Ask a running client to close, as its user, where it has a command for that (Evolution). One \
      that asks its user something stays, and is refused.
      """)
  var stopClients = false

  @OptionGroup var closed: ClosedClientOption
  @OptionGroup var links: LinkOption

  /// What was said of the homes, again, for a command that is suggested: without it that would be
  /// refused.
  var wordsGiven: String {
    (closed.clientIsClosed ? " --client-is-closed" : "")
      + (links.allowLinks ? " --allow-links" : "")
  }

  func validate() throws {
    guard lockTimeout >= 0, lockTimeout.isFinite else {
      throw ValidationError("--lock-timeout takes seconds, 0 or more")
    }
  }
}
