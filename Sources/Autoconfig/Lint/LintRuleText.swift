extension LintRule {
  typealias Entry = (severity: LintSeverity, meaning: String, remedy: String)

  /// What docs/autoconfig.md says of each rule.
  var entry: Entry {
    switch self {
    case .unreadable, .notWellFormed, .doctype, .encoding, .byteOrderMark, .root, .schema, .version:
      fileEntry
    case .providerMissing, .providerSeveral, .idMissing, .idInvalid, .idDuplicate, .domainMissing,
      .domainInvalid, .domainDuplicate, .fileName, .nameTooLong, .nameLong:
      providerEntry
    case .incomingMissing, .outgoingMissing, .imapMissing, .pop3First, .lastEntryWins,
      .typeMissing, .typeUnknown, .typeUnsupported, .serverAttribute:
      serverEntry
    case .valueMissing, .valueEmpty, .valueBlanks, .valueDivided, .valueAttribute, .valueRepeated,
      .hostInvalid, .hostUpperCase, .portInvalid, .portProtocol, .portSecurity, .port25,
      .portUnusual, .socketTypeUnknown, .plainSocket, .plainSocketPOP3:
      valueEntry
    case .authenticationUnknown, .authenticationOld, .authenticationUnusable,
      .clientCertificateOnly, .oauth2Only, .oauth2HostUnknown, .placeholderUnclosed,
      .placeholderUnknown, .placeholderDomain, .usernameLiteral, .password:
      loginEntry
    case .elementMisspelt, .elementUnknown, .elementEmpty, .elementUnread, .oauth2Ignored,
      .oauth2Incomplete, .httpURL:
      elementEntry
    case .autodiscoverSPA, .autodiscoverSwitch, .autodiscoverEncryption, .autodiscoverType,
      .autodiscoverMissing, .autodiscoverUnknown, .outputsDisagree:
      outputEntry
    }
  }

  private var fileEntry: Entry {
    switch self {
    case .unreadable:
      (
        .error, "The file cannot be read, is no regular file, or is too large.",
        "Say which file you mean, or make it readable."
      )
    case .notWellFormed:
      (
        .error,
        "The file is no XML, or larger or deeper than any autoconfig file: every client refuses it.",
        "Correct the place named."
      )
    case .doctype:
      (
        .error,
        "A document type declaration: its entities could read files or grow without bound, so it is not read any further.",
        "Take it out."
      )
    case .encoding:
      (
        .error,
        "Not UTF-8: Evolution refuses the file, Thunderbird for Android takes any file for UTF-8.",
        "Save it as UTF-8."
      )
    case .byteOrderMark:
      (.error, "A byte order mark: Evolution refuses the file.", "Save it as UTF-8 without one.")
    case .root:
      (
        .error, "Neither an autoconfig file (`clientConfig`) nor an Autodiscover answer.",
        "The root element must be `clientConfig`."
      )
    case .schema:
      (
        .warning,
        "An element stands where the format has no place for it, or lacks something, and no other rule says so.",
        "See the format."
      )
    default:
      (.note, "The version is missing or not one of those that are known.", "`version=\"1.1\"`.")
    }
  }

  private var providerEntry: Entry {
    switch self {
    case .providerMissing:
      (
        .error, "No `emailProvider`: both Thunderbirds refuse the file.",
        "Put the domains and servers into one."
      )
    case .providerSeveral:
      (
        .warning,
        "Several `emailProvider`s: Thunderbird takes the first, Thunderbird for Android the last, Evolution mixes them.",
        "One file for each provider."
      )
    case .idMissing:
      (
        .error, "The provider has no `id`: both Thunderbirds refuse the file.",
        "The main domain will do."
      )
    case .idInvalid:
      (
        .error,
        "The `id` is no host name: Thunderbird for Android refuses the file, Thunderbird too unless it has the form of a placeholder.",
        "The main domain will do."
      )
    case .idDuplicate:
      (.warning, "Another file has a provider of the same `id`.", "Ids are to be unique.")
    case .domainMissing:
      (
        .error, "No usable `domain`: both Thunderbirds refuse the file.",
        "Name the domains of the addresses."
      )
    case .domainInvalid:
      (
        .error,
        "Not a domain's name: clients pass it over. International names are written in their ASCII form.",
        "Correct it."
      )
    case .domainDuplicate:
      (.warning, "The same domain twice, in one file or in two.", "Take one out.")
    case .fileName:
      (
        .warning, "The file is not named by one of its domains, by which clients look for it.",
        "Name it by a domain, or add that domain."
      )
    case .nameTooLong:
      (
        .warning,
        "The name is longer than the format allows: 60 characters, 20 for the short name.",
        "Shorten it."
      )
    default:
      (
        .note, "The name is longer than advised: 30 characters, 12 for the short name.",
        "Shorten it."
      )
    }
  }

  private var serverEntry: Entry {
    switch self {
    case .incomingMissing:
      (.error, "No incoming server that Thunderbird can use: it refuses the file.", "Add one.")
    case .outgoingMissing:
      (.error, "No outgoing server that Thunderbird can use: it refuses the file.", "Add one.")
    case .imapMissing:
      (
        .error, "No IMAP server: Thunderbird for Android refuses the file.",
        "Add it, where there is one."
      )
    case .pop3First:
      (
        .warning, "POP3 stands before IMAP: clients prefer what comes first.",
        "Move the IMAP server up."
      )
    case .lastEntryWins:
      (
        .note,
        "Several servers of one type: Evolution takes the last value of each kind, the others the first server.",
        "Few alternatives, the last one as good as the first."
      )
    case .typeMissing:
      (
        .error,
        "A server without `type`: Evolution refuses the file, the others leave the server out.",
        "`type=\"imap\"`, `\"pop3\"` or `\"smtp\"`."
      )
    case .typeUnknown:
      (.error, "A `type` that no client knows: the server is left out.", "`imap`, `pop3`, `smtp`.")
    case .typeUnsupported:
      (
        .note, "A `type` of the format that none of the three clients sets up by itself.",
        "Keep an IMAP server beside it."
      )
    default:
      (
        .error, "Another attribute than `type` on a server: Evolution refuses the file.",
        "Take it out."
      )
    }
  }

  private var valueEntry: Entry {
    switch self {
    case .valueMissing:
      (
        .error,
        "The server lacks an element: a client leaves it out, refuses the file, or takes a wrong value.",
        "Add it."
      )
    case .valueEmpty:
      (
        .error, "An empty element: Thunderbird reads it as the word “true”.",
        "Fill it in or take it out."
      )
    case .valueBlanks:
      (
        .error,
        "Blanks or line ends around a value: Thunderbird does not know it, or Thunderbird for Android refuses the file, or Evolution takes them along.",
        "Take them out."
      )
    case .valueDivided:
      (
        .error,
        "A comment, CDATA section or element within a value: Evolution takes only a part of it, and Thunderbird none where it is an element.",
        "Plain text only."
      )
    case .valueAttribute:
      (.error, "An attribute on a value: Thunderbird does not read the value.", "Take it out.")
    case .valueRepeated:
      (
        .warning, "A value given twice: Thunderbird takes the first, the others the last.",
        "One of each; two servers for two ways."
      )
    case .hostInvalid:
      (
        .error, "Not a host name: both Thunderbirds leave the server out or refuse the file.",
        "Name and nothing else: no protocol, no port."
      )
    case .hostUpperCase:
      (.note, "Upper case in a host name.", "Lower case.")
    case .portInvalid:
      (.error, "Not a port: a number from 1 to 65535.", "Correct it.")
    case .portProtocol:
      (
        .error, "The port belongs to another mail protocol.",
        "IMAP 993 or 143, POP3 995 or 110, SMTP 465 or 587."
      )
    case .portSecurity:
      (
        .error, "The port belongs to another way of TLS.",
        "SSL with 993, 995, 465; STARTTLS with 143, 110, 587."
      )
    case .port25:
      (
        .warning, "Port 25 is for mail between servers; many networks block it for people.",
        "465 with SSL, or 587 with STARTTLS."
      )
    case .portUnusual:
      (
        .warning, "A port that is assigned to no mail protocol.",
        "The usual one, where the server offers it."
      )
    case .socketTypeUnknown:
      (
        .error,
        "A `socketType` that no client knows: Thunderbird leaves the server out, Thunderbird for Android refuses the file, Evolution connects without TLS.",
        "`SSL` or `STARTTLS`."
      )
    case .plainSocket:
      (
        .error,
        "A server without TLS: Thunderbird for Android refuses the whole file; passwords and mail can be read on the way.",
        "`SSL` or `STARTTLS`, or take the server out."
      )
    default:
      (
        .warning, "A POP3 server without TLS: passwords and mail can be read on the way.",
        "`SSL`, or take the server out."
      )
    }
  }

  private var loginEntry: Entry {
    switch self {
    case .authenticationUnknown:
      (
        .warning, "An authentication method that no client knows: it is passed over.",
        "`password-cleartext`, `OAuth2`, …"
      )
    case .authenticationOld:
      (
        .warning, "A name from before version 1.1, which Thunderbird for Android passes over.",
        "`password-cleartext` or `password-encrypted`."
      )
    case .authenticationUnusable:
      (
        .error,
        "No authentication method that Thunderbird, or Thunderbird for Android, can use here: the server is left out, or the file refused.",
        "Add `password-cleartext`."
      )
    case .clientCertificateOnly:
      (
        .error,
        "Only a TLS client certificate: no client takes that from a file; the server is left out, or the file refused.",
        "Add a method with a password."
      )
    case .oauth2Only:
      (
        .warning, "OAuth2 only: clients that do not have this host built in cannot log in.",
        "Offer an app password, where that can be."
      )
    case .oauth2HostUnknown:
      (
        .note, "Thunderbird has OAuth2 built in for certain hosts and passes it over for this one.",
        "Keep a method with a password beside it."
      )
    case .placeholderUnclosed:
      (
        .error, "A `%` without its partner: the placeholder is not filled in.",
        "`%EMAILADDRESS%`, `%EMAILLOCALPART%` or `%EMAILDOMAIN%`."
      )
    case .placeholderUnknown:
      (
        .error, "A placeholder that not every client knows: it is not filled in.",
        "`%EMAILADDRESS%`, `%EMAILLOCALPART%` or `%EMAILDOMAIN%`."
      )
    case .placeholderDomain:
      (
        .warning, "`%EMAILDOMAIN%` in a host or user name: Evolution puts nothing in its place.",
        "One file for each domain, with the names written out; `%EMAILADDRESS%` for the user."
      )
    case .usernameLiteral:
      (.warning, "One user name for everybody.", "`%EMAILADDRESS%` or `%EMAILLOCALPART%`.")
    default:
      (.warning, "A password that anybody can read.", "Take it out, and change it.")
    }
  }

  private var elementEntry: Entry {
    switch self {
    case .elementMisspelt:
      (
        .warning, "An element whose name is nearly one of the format's: no client reads it.",
        "The name that was meant."
      )
    case .elementUnknown:
      (
        .note, "An element that is not of the format: no client reads it.",
        "Take it out, unless something of your own needs it."
      )
    case .elementEmpty:
      (.note, "An element that says nothing.", "Fill it in or take it out.")
    case .elementUnread:
      (.note, "An element of the format that none of the three clients reads.", "It may go.")
    case .oauth2Ignored:
      (
        .note,
        "No client reads OAuth2 endpoints here: Thunderbird has its own table, Thunderbird for Android looks only within `emailProvider`.",
        "It may stay for other clients."
      )
    case .oauth2Incomplete:
      (
        .error,
        "`oAuth2` within the provider without `authURL` or `tokenURL`: Thunderbird for Android refuses the file.",
        "Add them, or move it up into `clientConfig`."
      )
    default:
      (.warning, "A page for people without TLS.", "`https://`.")
    }
  }

  private var outputEntry: Entry {
    switch self {
    case .autodiscoverSPA:
      (
        .warning,
        "No `SPA`: Outlook takes that as on, and wants an authentication that few servers have.",
        "`<SPA>off</SPA>`."
      )
    case .autodiscoverSwitch:
      (.error, "A switch that is neither `on` nor `off`.", "`on` or `off`.")
    case .autodiscoverEncryption:
      (
        .error,
        "An `Encryption` that does not go with the port (`SSL` is TLS from the start, `TLS` is STARTTLS), or none that is known.",
        "`SSL` with 993, 995, 465; `TLS` with 143, 110, 587."
      )
    case .autodiscoverType:
      (.error, "A protocol that Outlook does not know.", "`IMAP`, `POP3`, `SMTP`.")
    case .autodiscoverMissing:
      (.error, "A mail protocol without `Server` or `Port`, or an answer without any.", "Add it.")
    case .autodiscoverUnknown:
      (.note, "An element that is not of Autodiscover's schema.", "Take it out.")
    default:
      (
        .error, "Two files name different servers, ports or security for the same domain.",
        "Write all of them in one run of `autoconfig generate`."
      )
    }
  }
}
