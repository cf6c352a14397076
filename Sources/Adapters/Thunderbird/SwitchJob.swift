import ConfigFormats
import ProfileRewriter

/// One account on its way from POP to IMAP.
struct SwitchJob {
  let entry: AccountEntry
  /// The wanted settings, the host in lower case.
  let target: ServerSettings
  let profile: LoadedProfile
  let options: SwitchOptions
  let oldDirectory: MailDirectory
  /// Below which the old folders are named.
  let popURI: ServerURI
  let imapURI: ServerURI
  /// What the provider says of sending.
  let outgoing: OutgoingServers?

  /// The account's key, by which the patch names those who need an edit.
  var user: String { entry.key }
  var server: ServerPrefs { entry.server }
  var prefs: PrefsDocument { profile.prefs }
  var old: ServerSettings { entry.account.settings }

  init(
    entry: AccountEntry, target: ServerSettings, outgoing: OutgoingServers? = nil,
    profile: LoadedProfile, options: SwitchOptions
  ) throws(Refusal) {
    self.entry = entry
    self.outgoing = outgoing
    self.profile = profile
    self.options = options
    // In quotation marks, as the client writes `namespace.personal`, a server without NAMESPACE
    // shows nothing but the INBOX (seen with Thunderbird 153).
    if let prefix = options.pathPrefix, prefix.isEmpty || prefix.utf8.contains(where: Self.isUnfit)
    {
      throw Refusal(.noIMAPSettings, "the path prefix is empty or has a quotation mark in it")
    }
    var target = target
    // Folder URIs keep the case of the key; one spelling keeps them comparable.
    target.host = target.host.lowercased()
    // A host name with a port in it makes Thunderbird 153 crash at every start (seen).
    try TargetCheck.check(target)
    self.target = target
    oldDirectory = try MailDirectory(of: entry.server, in: profile)
    popURI = ServerURI(entry.account.settings)
    imapURI = ServerURI(.imap, user: target.username, host: target.host)
  }

  private static func isUnfit(_ byte: UInt8) -> Bool { byte < 0x20 || byte == UInt8(ascii: "\"") }
}
