/// What can be generated for a domain. The raw values are those of `--format`.
public enum AutoconfigFormat: String, Sendable, Hashable, CaseIterable {
  /// `clientConfig` 1.1: Thunderbird, Evolution, K-9, Delta Chat and others.
  case autoconfig
  /// Outlook's Autodiscover, the plain old XML.
  case autodiscover
  /// Apple's configuration profile.
  case mobileconfig
  /// draft-ietf-mailmaint-pacc.
  case pacc
  /// DNS records.
  case zone
  /// The same bytes as `autoconfig`, for the `isp` directory of a Thunderbird installation.
  case isp
  /// A profile for classic Outlook.
  case prf
  /// A server of nginx for the names that clients ask.
  case nginx
  /// Locations for a server of nginx that is there already.
  case nginxInclude = "nginx-include"
  case apache
  case apacheInclude = "apache-include"
}

/// Why a format cannot say what the settings say.
public struct FormatLeftOut: Sendable, Hashable {
  public var format: AutoconfigFormat
  /// A clause for people.
  public var reason: String
  /// Where it would be, relative to the output directory: a file there is of an earlier run and no
  /// longer says what the settings say.
  public var paths: [String]
}

/// A file that was generated.
public struct GeneratedFile: Sendable, Hashable {
  public var format: AutoconfigFormat
  public var domain: DomainName
  /// Relative to the output directory, in ASCII.
  public var path: String
  public var bytes: [UInt8]
  /// Where clients ask for it, for what a web server serves.
  public var urls: [String]
  /// For what a web server serves under a name that is the same for every domain: the web root, "" or
  /// with its slash, relative to the output directory.
  var webRoot: String?
}
