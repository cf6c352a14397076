import ProfileRewriter

/// Apple's configuration profile with a mail account: payload `com.apple.mail.managed`
/// (apple/device-management, `mdm/profiles/com.apple.mail.managed.yaml`).
///
/// It names no user, so the device asks for address, name and password when it is installed. Its
/// identifiers are made of the domain's name: a newer profile replaces an older one.
enum MobileConfigText {
  static func text(_ settings: DomainSettings) -> Result<String, CannotSay> {
    guard let incoming = settings.preferred(.imap), let outgoing = settings.preferred(.smtp) else {
      return .failure(CannotSay("it needs an IMAP and an SMTP server"))
    }
    guard let incomingAuth = method(incoming), let outgoingAuth = method(outgoing) else {
      return .failure(
        CannotSay("its mail payload knows only passwords, CRAM-MD5 and NTLM"))
    }
    let names = Names(settings.domain.ascii)
    var xml = XMLText()
    xml.line(
      #"<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">"#
    )
    xml.element("plist", [("version", "1.0")]) { xml in
      xml.element("dict") { xml in
        xml.key("PayloadContent")
        xml.element("array") { xml in
          xml.element("dict") { xml in
            xml.string("EmailAccountDescription", settings.displayName)
            xml.string("EmailAccountType", "EmailTypeIMAP")
            add(incoming, incomingAuth, as: "Incoming", to: &xml)
            add(outgoing, outgoingAuth, as: "Outgoing", to: &xml)
            xml.flag("OutgoingPasswordSameAsIncomingPassword", true)
            xml.payload("com.apple.mail.managed", names.account, settings.displayName)
          }
        }
        xml.string("PayloadOrganization", settings.displayName)
        xml.payload("Configuration", names.profile, settings.displayName)
      }
    }
    return .success(xml.text)
  }

  private static func add(
    _ server: ServerOffer, _ auth: String, as direction: String, to xml: inout XMLText
  ) {
    xml.string("\(direction)MailServerAuthentication", auth)
    xml.string("\(direction)MailServerHostName", server.host)
    xml.integer("\(direction)MailServerPortNumber", server.port)
    // One flag for implicit TLS and STARTTLS; missing it would be false.
    xml.flag("\(direction)MailServerUseSSL", true)
  }

  private static func method(_ server: ServerOffer) -> String? {
    server.auth.lazy.compactMap { method in
      switch method {
      case .passwordCleartext: "EmailAuthPassword"
      case .passwordEncrypted: "EmailAuthCRAMMD5"
      case .ntlm: "EmailAuthNTLM"
      case .gssapi, .tlsClientCertificate, .oauth2, .none: nil
      }
    }.first
  }

  private struct Names {
    var profile: (identifier: String, uuid: NameBasedUUID)
    var account: (identifier: String, uuid: NameBasedUUID)

    init(_ domain: String) {
      let reversed = domain.split(separator: ".").reversed().joined(separator: ".")
      let space = NameBasedUUID(namespace: .dns, name: domain)
      profile = (
        reversed + ".mail-settings", NameBasedUUID(namespace: space, name: "Configuration")
      )
      account = (
        reversed + ".mail-settings.account",
        NameBasedUUID(namespace: space, name: "com.apple.mail.managed")
      )
    }
  }
}

extension XMLText {
  fileprivate mutating func key(_ name: String) { element("key", name) }

  fileprivate mutating func string(_ name: String, _ value: String) {
    key(name)
    element("string", value)
  }

  fileprivate mutating func integer(_ name: String, _ value: Int) {
    key(name)
    element("integer", String(value))
  }

  fileprivate mutating func flag(_ name: String, _ value: Bool) {
    key(name)
    empty(value ? "true" : "false")
  }

  fileprivate mutating func payload(
    _ type: String, _ names: (identifier: String, uuid: NameBasedUUID), _ displayName: String
  ) {
    string("PayloadDisplayName", displayName)
    string("PayloadIdentifier", names.identifier)
    string("PayloadType", type)
    string("PayloadUUID", names.uuid.description)
    integer("PayloadVersion", 1)
  }
}
