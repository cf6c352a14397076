import ConfigFormats
import ProfileRewriter

/// One `account{…}.oeaccount`: a row of named values, each an element of the root with its type.
///
/// Names, types and defaults: "New Handling for Account Data", Microsoft's documentation of Windows
/// Mail. Only what is not the default need be there.
struct AccountFile: Sendable {
  /// Relative to the store's directory.
  let path: RelativePath
  let document: XMLDocument

  /// - Throws: `syntax` for what is no XML; `unsupported` for XML that is no account file.
  init(
    _ path: RelativePath, _ bytes: [UInt8], in profile: ProfileContext
  ) throws(Refusal) {
    let root = profile.directory.absolutePath
    do {
      document = try profile.parsed.document(at: path, bytes) { (bytes) throws(SyntaxError) in
        try XMLDocument(parsing: bytes)
      }
    } catch {
      throw Refusal(syntax: error, in: path, root: root, sensitive: true)
    }
    guard document.tree.root.name == "MessageAccount" else {
      throw Refusal(
        .unsupported, "\(root.printable)/\(path.shown) is no account file: it has no MessageAccount"
      )
    }
    self.path = path
  }

  /// By which the account is known: no two files have the same.
  var key: String { path.text }

  // MARK: Values

  /// A value of type SZ; nil where it is not there or empty, which is spelled 0 or FALSE as well.
  func text(_ name: String) -> String? {
    guard let text = document.tree.root.first(name)?.trimmedText, !text.isEmpty, text != "0",
      text != "FALSE"
    else { return nil }
    return text
  }

  /// A value of type DWORD: hexadecimal digits without a mark, or TRUE or FALSE.
  /// - Returns: `usual` where it is not there; nil where it is none.
  func number(_ name: String, default usual: UInt32 = 0) -> UInt32? {
    guard let text = document.tree.root.first(name)?.trimmedText else { return usual }
    switch text {
    case "TRUE": return 1
    case "FALSE": return 0
    // A sign is no digit.
    case _ where text.utf8.first.map({ $0 == 0x2B || $0 == 0x2D }) ?? true: return nil
    default: return UInt32(text, radix: 16)
    }
  }

  func flag(_ name: String) -> Bool { number(name) ?? 0 != 0 }

  /// As the client writes it: eight digits.
  static func spelling(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }

  // MARK: What it is

  /// Of a server for incoming mail; nil where it names none.
  var kind: IncomingProtocol? {
    if document.tree.root.first("POP3_Server") != nil { return .pop3 }
    if document.tree.root.first("IMAP_Server") != nil { return .imap }
    let others = ["HTTPMail_Server", "NNTP_Server"]
    return others.contains { document.tree.root.first($0) != nil } ? .other : nil
  }

  var address: String? { text("SMTP_Email_Address").flatMap { $0.contains("@") ? $0 : nil } }

  /// Left out when mail is fetched.
  var isSkipped: Bool { flag(Self.skip) }

  static let skip = "POP3_Skip_Account"

  /// Passwords are enciphered for the Windows user, and still nobody else's to see.
  var holdsPasswords: Bool {
    document.tree.root.elements.contains { element in
      (element.name.hasSuffix("_Password2") || element.name.hasSuffix("_Password"))
        && !element.name.hasSuffix("_Prompt_for_Password")
        && !["", "0"].contains(element.trimmedText)
    }
  }

  // MARK: Settings

  var settings: ServerSettings {
    switch kind {
    case .pop3: settings("POP3", .pop3)
    case .imap: settings("IMAP", .imap)
    case .other, nil:
      ServerSettings(
        host: text("HTTPMail_Server") ?? text("NNTP_Server") ?? "", port: 0, security: .none,
        auth: .passwordCleartext,
        username: text("HTTPMail_User_Name") ?? text("NNTP_User_Name") ?? "")
    }
  }

  private func settings(_ prefix: String, _ kind: IncomingProtocol) -> ServerSettings {
    // A connection is protected from its first byte or not at all.
    let security: TransportSecurity = flag("\(prefix)_Secure_Connection") ? .tls : .none
    let usual = UInt32(kind.defaultPort(.none))
    return ServerSettings(
      host: text("\(prefix)_Server")?.lowercased() ?? "",
      port: Int(number("\(prefix)_Port", default: usual) ?? 0), security: security,
      auth: auth(prefix), username: text("\(prefix)_User_Name") ?? "")
  }

  /// "Sicily" is what Secure Password Authentication was called: NTLM.
  private func auth(_ prefix: String) -> AuthMethod {
    if flag("\(prefix)_Use_Sicily") { return .ntlm }
    return flag("\(prefix)_Use_APOP") ? .passwordEncrypted : .passwordCleartext
  }

  /// With TLS from the first byte on any port but those on which mail is handed in in clear first.
  var outgoing: ServerSettings? {
    guard let host = text("SMTP_Server") else { return nil }
    let port = Int(number("SMTP_Port", default: 25) ?? 25)
    let security: TransportSecurity =
      !flag("SMTP_Secure_Connection") ? .none : [25, 587].contains(port) ? .starttls : .tls
    let isOwn = number("SMTP_Use_Sicily") == 3
    return ServerSettings(
      host: host.lowercased(), port: port, security: security, auth: outgoingAuth,
      username: (isOwn ? text("SMTP_User_Name") : nil) ?? settings.username)
  }

  private var outgoingAuth: AuthMethod {
    switch number("SMTP_Use_Sicily") {
    case 0, nil: .none
    case 1: .ntlm
    default: settings.auth
    }
  }
}
