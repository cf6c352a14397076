/// What `autoconfig lint` looks for. Ids are stable, and documented in docs/autoconfig.md.
public enum LintRule: String, Sendable, Hashable, CaseIterable {
  // The file itself.
  case unreadable
  case notWellFormed = "not-well-formed"
  case doctype
  case encoding
  case byteOrderMark = "byte-order-mark"
  case root
  case schema
  case version
  // The provider.
  case providerMissing = "provider-missing"
  case providerSeveral = "provider-several"
  case idMissing = "id-missing"
  case idInvalid = "id-invalid"
  case idDuplicate = "id-duplicate"
  case domainMissing = "domain-missing"
  case domainInvalid = "domain-invalid"
  case domainDuplicate = "domain-duplicate"
  case fileName = "file-name"
  case nameTooLong = "name-too-long"
  case nameLong = "name-long"
  // Which servers there are.
  case incomingMissing = "incoming-missing"
  case outgoingMissing = "outgoing-missing"
  case imapMissing = "imap-missing"
  case pop3First = "pop3-first"
  case lastEntryWins = "last-entry-wins"
  // One server.
  case typeMissing = "type-missing"
  case typeUnknown = "type-unknown"
  case typeUnsupported = "type-unsupported"
  case serverAttribute = "server-attribute"
  case valueMissing = "value-missing"
  case valueEmpty = "value-empty"
  case valueBlanks = "value-blanks"
  case valueDivided = "value-divided"
  case valueAttribute = "value-attribute"
  case valueRepeated = "value-repeated"
  case hostInvalid = "host-invalid"
  case hostUpperCase = "host-upper-case"
  case portInvalid = "port-invalid"
  case portProtocol = "port-protocol"
  case portSecurity = "port-security"
  case port25 = "port-25"
  case portUnusual = "port-unusual"
  case socketTypeUnknown = "socket-type-unknown"
  case plainSocket = "plain-socket"
  case plainSocketPOP3 = "plain-socket-pop3"
  case authenticationUnknown = "authentication-unknown"
  case authenticationOld = "authentication-old"
  case authenticationUnusable = "authentication-unusable"
  case clientCertificateOnly = "client-certificate-only"
  case oauth2Only = "oauth2-only"
  case oauth2HostUnknown = "oauth2-host-unknown"
  case placeholderUnclosed = "placeholder-unclosed"
  case placeholderUnknown = "placeholder-unknown"
  case placeholderDomain = "placeholder-domain"
  case usernameLiteral = "username-literal"
  case password
  // Other elements.
  case elementMisspelt = "element-misspelt"
  case elementUnknown = "element-unknown"
  case elementEmpty = "element-empty"
  case elementUnread = "element-unread"
  case oauth2Ignored = "oauth2-ignored"
  case oauth2Incomplete = "oauth2-incomplete"
  case httpURL = "http-url"
  // Outlook's Autodiscover.
  case autodiscoverSPA = "autodiscover-spa"
  case autodiscoverSwitch = "autodiscover-switch"
  case autodiscoverEncryption = "autodiscover-encryption"
  case autodiscoverType = "autodiscover-type"
  case autodiscoverMissing = "autodiscover-missing"
  case autodiscoverUnknown = "autodiscover-unknown"
  // Several files.
  case outputsDisagree = "outputs-disagree"

  public var severity: LintSeverity { entry.severity }

  /// What is wrong, in a sentence.
  public var meaning: String { entry.meaning }

  /// What to do about it.
  public var remedy: String { entry.remedy }
}
