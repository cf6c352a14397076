import ArgumentParser
import Autoconfig
import ConfigFormats
import ProfileRewriter

/// A domain's servers on the command line; each option has its ``SettingName``.
struct DomainOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The IMAP server's name.", valueName: "host"))
  var imapHost: String?

  @Option(help: ArgumentHelp("Its port (default: 993 with tls, else 143).", valueName: "port"))
  var imapPort: String?

  @Option(
    help: ArgumentHelp("Its transport security, tls or starttls (default: tls).", valueName: "kind")
  )
  var security: String?

  @Option(help: ArgumentHelp("The server for sending.", valueName: "host"))
  var smtpHost: String?

  @Option(help: ArgumentHelp("Its port (default: 465 with tls, else 587).", valueName: "port"))
  var smtpPort: String?

  @Option(
    help: ArgumentHelp("Its transport security, tls or starttls (default: tls).", valueName: "kind")
  )
  var smtpSecurity: String?

  @Option(help: ArgumentHelp("The POP server, if POP is offered beside IMAP.", valueName: "host"))
  var popHost: String?

  @Option(help: ArgumentHelp("Its port (default: 995 with tls, else 110).", valueName: "port"))
  var popPort: String?

  @Option(
    help: ArgumentHelp("Its transport security, tls or starttls (default: tls).", valueName: "kind")
  )
  var popSecurity: String?

  @Flag(name: .customLong("no-pop"), help: "Say in DNS that there is no POP.")
  var noPOP = false

  @Flag(
    name: .customLong("also-starttls"),
    help: "Offer servers with tls also with STARTTLS on its usual port, as second choice.")
  var alsoSTARTTLS = false

  @Option(
    help: ArgumentHelp(
      """
      User name of everybody: %EMAILADDRESS%, %EMAILLOCALPART% and %EMAILDOMAIN% stand for the \
      parts of the address (default: %EMAILADDRESS%).
      """, valueName: "pattern"))
  var username: String?

  @Option(
    help: ArgumentHelp("The same for sending, where it differs.", valueName: "pattern"))
  var smtpUsername: String?

  @Option(
    help: ArgumentHelp(
      """
      How to sign in (default: password-cleartext, which TLS protects); several with commas, the \
      preferred one first.
      """, valueName: "methods"))
  var auth: String?

  @Option(
    name: .customLong("oauth2-issuer"),
    help: ArgumentHelp("Who signs users in where OAuth2 is taken.", valueName: "url"))
  var oauth2Issuer: String?

  @Option(
    help: ArgumentHelp("The provider for people (default: the domain).", valueName: "name"))
  var displayName: String?

  @Option(
    help: ArgumentHelp(
      "The same in at most 20 characters (default: its beginning).", valueName: "name"))
  var shortName: String?

  @Option(help: ArgumentHelp("A page that helps to set up a client.", valueName: "url"))
  var documentation: String?

  @Option(
    help: ArgumentHelp(
      "The web server that will serve the files (default: the domain).", valueName: "host"))
  var webHost: String?

  @Option(
    help: ArgumentHelp(
      "Where the files will lie on it (default: /var/www/autoconfig).", valueName: "directory"))
  var webRoot: String?

  @Option(
    name: .customLong("tls-certificate"),
    help: ArgumentHelp(
      "The web server's certificate for its configuration, with --tls-key.", valueName: "file"))
  var tlsCertificate: String?

  @Option(
    name: .customLong("tls-key"),
    help: ArgumentHelp("The certificate's key.", valueName: "file"))
  var tlsKey: String?

  @Option(
    help: ArgumentHelp(
      "How long DNS records may be kept (default: 3600).", valueName: "seconds"))
  var ttl: String?

  /// What was given, by name.
  var values: [SettingName: String] {
    let given: [(SettingName, String?)] = [
      (.imapHost, imapHost), (.imapPort, imapPort), (.security, security), (.smtpHost, smtpHost),
      (.smtpPort, smtpPort), (.smtpSecurity, smtpSecurity), (.popHost, popHost),
      (.popPort, popPort), (.popSecurity, popSecurity), (.noPOP, noPOP ? "yes" : nil),
      (.alsoSTARTTLS, alsoSTARTTLS ? "yes" : nil), (.username, username),
      (.smtpUsername, smtpUsername), (.auth, auth), (.oauth2Issuer, oauth2Issuer),
      (.displayName, displayName), (.shortName, shortName), (.documentation, documentation),
      (.webHost, webHost), (.webRoot, webRoot), (.tlsCertificate, tlsCertificate),
      (.tlsKey, tlsKey), (.ttl, ttl),
    ]
    return given.reduce(into: [:]) { result, item in result[item.0] = item.1 }
  }
}
