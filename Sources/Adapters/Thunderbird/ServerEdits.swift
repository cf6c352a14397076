import ConfigFormats
import ProfileRewriter

extension SwitchJob {
  /// The keys of the server itself. POP-only ones stay: an IMAP server passes them over, and undo
  /// is exact (seen with Thunderbird 153).
  func setServerKeys(_ directory: RelativePath, _ wishes: inout PrefsWishes) {
    func decide(_ leaf: String, _ value: PrefValue?) {
      wishes.set(server.name(leaf), value, deciding: true, user: user)
    }
    decide("type", .string("imap"))
    decide("hostname", .string(target.host))
    decide("userName", .string(target.username))
    // Both always: without `socketType` an old `isSecure` would decide.
    decide("port", .int(Int32(clamping: target.port)))
    decide("socketType", .int(SocketTypePref.number(target.security)))
    decide("authMethod", authMethod)
    // Left at the old directory, Thunderbird deletes every mbox file that is no folder on the
    // server (seen).
    // Where nobody can say what it is, none: the relative one wins anyway.
    decide("directory", oldDirectory.absoluteForm(of: directory).map(PrefValue.string))
    decide("directory-rel", .string(Array("[ProfD]".utf8) + directory.bytes))
    if let prefix = options.pathPrefix {
      decide("server_sub_directory", .string(prefix))
    }
    if let keep = options.offlineMail {
      wishes.set(server.name("offline_download"), .bool(keep), user: user)
    }
  }

  /// Absent stays absent where that means the wanted method.
  private var authMethod: PrefValue? {
    let number = AuthPref.number(target.auth)
    let isImplied =
      server.own("authMethod") == nil
      && (server.int("authMethod") ?? AuthPref.standard) == number
    return isImplied ? nil : .int(number)
  }

  /// Junk goes to a folder of the account; once the keys are gone the client derives the server's
  /// own. Set to a folder that is not there they stay wrong (seen with Thunderbird 153).
  func setJunkTargets(_ wishes: inout PrefsWishes) {
    let rewrite = ClientRewrite(
      "Thunderbird 153 writes the junk target of an IMAP account by itself at its first connection",
      .beginning(imapURI.spelledBeginning))
    for leaf in ["spamActionTargetAccount", "spamActionTargetFolder"] {
      let present = server.bytes(leaf)
      if let present, popURI.rest(of: present) != nil {
        wishes.set(server.name(leaf), nil, clientRewrites: rewrite, user: user)
      } else if present == nil {
        wishes.set(server.name(leaf), server.own(leaf), clientRewrites: rewrite, user: user)
      }
    }
  }
}
