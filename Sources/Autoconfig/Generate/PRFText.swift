import ProfileRewriter

/// A profile for classic Outlook (`outlook.exe /importprf FILE`), as the Office Customization Tool
/// writes them: what is to be made, and below it what the names of the values stand for.
///
/// Outlook fills in `%USERNAME%`, the name that the user is signed in to Windows with. Only ASCII is in
/// it, because what else Outlook would read depends on the machine.
enum PRFText {
  static func text(_ settings: DomainSettings) -> Result<String, CannotSay> {
    guard let incoming = settings.preferred(.imap), let outgoing = settings.preferred(.smtp) else {
      return .failure(CannotSay("it needs an IMAP and an SMTP server"))
    }
    guard incoming.security == .tls else {
      return .failure(CannotSay("it has no value for IMAP with STARTTLS"))
    }
    guard incoming.auth.contains(.passwordCleartext), outgoing.auth.contains(.passwordCleartext)
    else { return .failure(CannotSay("it knows only passwords")) }
    let domain = settings.domain.ascii
    guard let user = name(incoming.username, domain), let sender = name(outgoing.username, domain)
    else { return .failure(CannotSay("its user name would not be ASCII")) }
    let account = [
      ("UniqueService", "No"), ("AccountName", domain), ("DisplayName", windowsUser),
      ("EmailAddress", "\(windowsUser)@\(domain)"),
      ("IMAPServer", incoming.host), ("IMAPUserName", user), ("IMAPUseSPA", "0"),
      ("IMAPPort", String(incoming.port)), ("IMAPUseSSL", "1"),
      ("SMTPServer", outgoing.host), ("SMTPPort", String(outgoing.port)), ("SMTPUseAuth", "1"),
      ("SMTPAuthMethod", "0"), ("SMTPUserName", sender), ("SMTPUseSPA", "0"),
      // 1 is implicit TLS, 2 is STARTTLS.
      ("SMTPSecureConnection", outgoing.security == .tls ? "1" : "2"),
    ]
    return .success(
      ([
        section(
          "General",
          [
            ("Custom", "1"), ("ProfileName", domain), ("DefaultProfile", "Yes"),
            ("OverwriteProfile", "Append"), ("ModifyDefaultProfileIfPresent", "FALSE"),
          ]),
        section("Service List", []),
        section("Internet Account List", [("Account1", "IMAP_I_Mail")]),
        section("Account1", account),
      ] + mapping).joined(separator: "\r\n"))
  }

  /// The part before the @ of an address.
  private static let windowsUser = "%USERNAME%"

  private static func name(_ pattern: String, _ domain: String) -> String? {
    let name = pattern.replacing(Placeholder.address, with: "\(windowsUser)@\(domain)")
      .replacing(Placeholder.localPart, with: windowsUser)
      .replacing(Placeholder.domain, with: domain)
    return name.allSatisfy(\.isASCII) ? name : nil
  }

  private static func section(_ name: String, _ values: [(String, String)]) -> String {
    "[\(name)]\r\n" + values.map { "\($0.0)=\($0.1)\r\n" }.joined()
  }

  /// The property of Outlook's account that each value goes to; Outlook reads it from the file.
  private static let mapping = [
    section(
      "IMAP_I_Mail",
      [
        ("AccountType", "IMAP"),
        ("AccountName", "PT_UNICODE,0x0002"), ("DisplayName", "PT_UNICODE,0x000B"),
        ("EmailAddress", "PT_UNICODE,0x000C"), ("IMAPServer", "PT_UNICODE,0x0100"),
        ("IMAPUserName", "PT_UNICODE,0x0101"), ("IMAPUseSPA", "PT_LONG,0x0108"),
        ("IMAPPort", "PT_LONG,0x0104"), ("IMAPUseSSL", "PT_LONG,0x0105"),
        ("SMTPServer", "PT_UNICODE,0x0200"), ("SMTPPort", "PT_LONG,0x0201"),
        ("SMTPUseAuth", "PT_LONG,0x0203"), ("SMTPAuthMethod", "PT_LONG,0x0208"),
        ("SMTPUserName", "PT_UNICODE,0x0204"), ("SMTPUseSPA", "PT_LONG,0x0207"),
        ("SMTPSecureConnection", "PT_LONG,0x020A"),
      ])
  ]
}
