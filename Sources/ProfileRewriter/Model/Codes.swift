/// Why something was refused, failed or is blocked. The list is closed and documented in
/// docs/codes.md; a code is never renamed once released.
public enum ReasonCode: String, Sendable, Codable, Hashable, CaseIterable, Error {
  case clientRunning = "client-running"
  case overriddenByUserJS = "overridden-by-user-js"
  case overriddenByPolicy = "overridden-by-policy"
  case noIMAPSettings = "no-imap-settings"
  case wouldWeakenSecurity = "would-weaken-security"
  case oauth2Only = "oauth2-only"
  case symlink
  case notOwner = "not-owner"
  case outsideHome = "outside-home"
  case syntax
  case unsupported
  case stale
  case busy
  case duplicateAccount = "duplicate-account"
  case deferralTarget = "deferral-target"
  case lockNotProvable = "lock-not-provable"
  case metadata
  /// The account belongs to a service that keeps its settings (GNOME Online Accounts).
  case managedAccount = "managed-account"
  /// A follow-up must wait for the client.
  case notYet = "not-yet"
  /// The account's server could not be asked.
  case serverUnreachable = "server-unreachable"
  /// The account's server let nobody in with the credential that was given.
  case loginRefused = "login-refused"
  /// An account lacks a setting without which it cannot be read (type, host name).
  case incompleteAccount = "incomplete-account"
  /// The store of saved passwords is in a form that cannot be read with certainty.
  case passwordStore = "password-store"
  /// A later change has touched the same keys: undo that one first.
  case newerChange = "newer-change"
  /// Both we and somebody else changed the same thing.
  case conflict
  /// The run was told to stop in the middle of something, which was taken back.
  case interrupted
  /// A file or directory cannot be read or written.
  case io
  case notFound = "not-found"
  /// The file is not of the kind it should be, or too large.
  case notRegular = "not-regular"
  case tooLarge = "too-large"
  /// A file that is to be made is there already, with another content.
  case exists
  /// The journal is damaged or of a version this program does not know.
  case journal
  /// The account has no room for what was to be uploaded.
  case overQuota = "over-quota"
  /// The account's server does not take a message or make a folder.
  case serverRefused = "server-refused"
  /// What lies in a store is no whole message.
  case damagedMessage = "damaged-message"
  /// The account's mail lies in folders together with mail that is not its.
  case sharedFolders = "shared-folders"
  /// Mail was uploaded, which POP would fetch again after an undo.
  case mailUploaded = "mail-uploaded"
  /// A backup was to be written below a home or profile that is read for it.
  case insideSource = "inside-source"
  /// What a backup holds is not what its manifest says, or it was never finished.
  case damagedBackup = "damaged-backup"
  /// There is no verified backup of the account's mail as it is now (`--require-backup`).
  case noBackup = "no-backup"
  /// Another program that is needed is not there, or failed.
  case program
  /// A change that was interrupted and cannot be settled without a person.
  case unsettled
}

/// What a user should know although the switch goes ahead. Closed and documented like reasons.
public enum WarningCode: String, Sendable, Codable, Hashable, CaseIterable {
  case mailOnlyLocal = "mail-only-local"
  case mailShownTwice = "mail-shown-twice"
  case usernameDiffers = "username-differs"
  case noSavedPassword = "no-saved-password"
  case primaryPassword = "primary-password"
  case certificateException = "certificate-exception"
  case filtersNameFolders = "filters-name-folders"
  case filtersSameDay = "filters-same-day"
  case serverSideDeletion = "server-side-deletion"
  case junkControls = "junk-controls"
  case oauth2
  /// A script of the installation decides on preferences in a way that cannot be told from here.
  case configurationScript = "configuration-script"
  /// The profile is opened on another machine, whose installation may override settings.
  case installationNotSeen = "installation-not-seen"
  /// The profile is of a relative of the client that the switch was tried with.
  case untriedProgram = "untried-program"
  case clientRewrote = "client-rewrote"
  case passwordChanged = "password-changed"
  case popDeletesFromServer = "pop-deletes-from-server"
  case keptInUse = "kept-in-use"
  case usedSince = "used-since"
  case weakerAllowed = "weaker-allowed"
  /// Sending counts on a POP login just before (POP before SMTP), which stops with the switch.
  case popBeforeSMTP = "pop-before-smtp"
  /// The outgoing server is none that the provider lists.
  case smtpDiffers = "smtp-differs"
  /// Mail is sent without signing in, which may count on a POP login just before.
  case smtpNoAuthentication = "smtp-no-authentication"
  /// The outgoing server is set to what the provider says (`--fix-smtp`).
  case smtpChanged = "smtp-changed"
  /// `--fix-smtp` leaves an outgoing server as it is; the text says why.
  case smtpNotChanged = "smtp-not-changed"
  /// The provider wants something done first: IMAP switched on, a password for programs, OAuth2.
  case providerAction = "provider-action"
  /// A service of the client that keeps settings was running, and has been waited for.
  case settingsService = "settings-service"
  /// A file goes on listing another IMAP server, which some clients take.
  case otherIMAPServers = "other-imap-servers"
  /// After the undo POP fetches again what was uploaded to the inbox.
  case mailFetchedAgain = "mail-fetched-again"
  /// Filter rules are off until the first synchronisation is done (`finish`).
  case filtersPaused = "filters-paused"
}

public struct Warning: Sendable, Codable, Hashable {
  public var code: WarningCode
  public var text: String

  public init(_ code: WarningCode, _ text: String) {
    self.code = code
    self.text = text
  }
}

/// A refusal or failure with its code and one sentence: what is wrong, where, and what to do.
public struct Refusal: Error, Sendable, Codable, Hashable {
  public var reason: ReasonCode
  public var text: String

  public init(_ reason: ReasonCode, _ text: String) {
    self.reason = reason
    self.text = text
  }
}
