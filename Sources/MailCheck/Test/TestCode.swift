/// What a test found where no failure of a connection says it; those have codes of their own
/// (``ConnectionFailure/code``, ``IMAPFailure/code``). All stand in docs/codes.md.
public enum TestCode: String, Sendable, Hashable, CaseIterable {
  // Reaching the server.
  case wrongProtocol = "wrong-protocol"
  case selfSigned = "self-signed"
  case certificateExpiresSoon = "certificate-expires-soon"
  case noTLS = "no-tls"
  case slow

  // Logging in.
  case imapDisabled = "imap-disabled"
  case popDisabled = "pop-disabled"
  case smtpDisabled = "smtp-disabled"
  case appPassword = "app-password"
  case webLogin = "web-login"
  case oauth2Only = "oauth2-only"
  case passwordExpired = "password-expired"
  case accountBlocked = "account-blocked"
  case tryLater = "try-later"
  case noPassword = "no-password"
  case methodNotTested = "method-not-tested"
  case otherPassword = "other-password"
  case noAuthentication = "no-authentication"

  // What is there.
  case prefixMissing = "prefix-missing"
  case prefixWrong = "prefix-wrong"
  case noSpecialUse = "no-special-use"
  case quotaFull = "quota-full"
  case quotaNearlyFull = "quota-nearly-full"
  case quotaUnknown = "quota-unknown"
  case noUniqueIDs = "no-unique-ids"

  // What was tried.
  case notSeen = "not-seen"
  case readBackDiffers = "read-back-differs"
  case noNewMail = "no-new-mail"
  case notRemoved = "not-removed"
  case notOwnAddress = "not-own-address"
  case notArrived = "not-arrived"
  case stopped
}
