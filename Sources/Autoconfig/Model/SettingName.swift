/// What can be said about a domain: on the command line as `--name`, in a settings file as a key.
public enum SettingName: String, Sendable, Hashable, CaseIterable {
  case imapHost = "imap-host"
  case imapPort = "imap-port"
  /// The IMAP server's.
  case security
  case smtpHost = "smtp-host"
  case smtpPort = "smtp-port"
  case smtpSecurity = "smtp-security"
  case popHost = "pop-host"
  case popPort = "pop-port"
  case popSecurity = "pop-security"
  case noPOP = "no-pop"
  case alsoSTARTTLS = "also-starttls"
  case username
  case smtpUsername = "smtp-username"
  case auth
  case oauth2Issuer = "oauth2-issuer"
  case displayName = "display-name"
  case shortName = "short-name"
  case documentation
  case webHost = "web-host"
  case webRoot = "web-root"
  case tlsCertificate = "tls-certificate"
  case tlsKey = "tls-key"
  case ttl
}

/// A setting that does not hold, and why.
public struct SettingProblem: Error, Sendable, Hashable {
  /// Nil where it is the domain itself.
  public var name: SettingName?
  /// Without the setting's name; printable.
  public var text: String

  init(_ name: SettingName?, _ text: String) {
    self.name = name
    self.text = text
  }
}
