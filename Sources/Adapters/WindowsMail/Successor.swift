import ConfigFormats
import ProfileRewriter

/// The file that makes an IMAP account in the place of a POP account: put into the store's own
/// directory, it is taken up at the client's next start and moved to a directory of its own (Microsoft's
/// documentation of Windows Mail, for administrators).
struct Successor {
  let account: AccountFile
  let target: ServerSettings
  let pathPrefix: String?

  /// What goes over from the POP account: who the user is, how the account connects and how it sends.
  /// Nothing binary: in a file that makes an account, a password or certificate is not read.
  private static let carried: Set<String> = [
    "Connection_Type", "Connectoid", "Connection_Flags", "Backup_Connectoid", "SMTP_Server",
    "SMTP_User_Name", "SMTP_Use_Sicily", "SMTP_Port", "SMTP_Secure_Connection", "SMTP_Timeout",
    "SMTP_Display_Name", "SMTP_Organization_Name", "SMTP_Email_Address",
    "SMTP_Reply_To_Email_Address", "SMTP_Signature", "SMTP_Prompt_for_Password",
  ]

  /// Elements of a POP account that have a twin, which is meant alike.
  private static let twins = ["Timeout", "Prompt_for_Password"]

  /// The longest name that an account may have.
  private static let longestName = 256

  /// UTF-16 with a mark and CR LF, as the client writes.
  /// - Throws: `unsupported` for text that XML has no spelling for.
  func content() throws(Refusal) -> [UInt8] {
    var root = XMLElement("MessageAccount")
    for element in elements { root.children += [.text("\n  "), .element(element)] }
    root.children.append(.text("\n"))
    guard let markup = root.canonicalSpelling else {
      throw Refusal(.unsupported, "\(account.path.shown) holds what XML has no spelling for")
    }
    let text =
      "<?xml version=\"1.0\" encoding=\"utf-16\" ?>\n" + String(decoding: markup, as: UTF8.self)
      + "\n"
    return [0xFF, 0xFE]
      + text.replacing("\n", with: "\r\n").utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
  }

  private var elements: [XMLElement] {
    let general = account.document.tree.root.elements.filter { element in
      Self.carried.contains(element.name) && element.elements.isEmpty
    }
    let (own, sending) = (
      general.filter { !$0.name.hasPrefix("SMTP_") }, general.filter { $0.name.hasPrefix("SMTP_") }
    )
    return [Self.text("Account_Name", name)] + own + incoming + sending
  }

  private var incoming: [XMLElement] {
    var elements = [
      Self.text("IMAP_Server", target.host), Self.text("IMAP_User_Name", target.username),
      Self.number("IMAP_Use_Sicily", target.auth == .ntlm ? 1 : 0),
      Self.number("IMAP_Port", target.port),
      Self.number("IMAP_Secure_Connection", target.security == .tls ? 1 : 0),
    ]
    for name in Self.twins {
      guard let number = account.number("POP3_\(name)", default: 0), number != 0 else { continue }
      elements.append(Self.number("IMAP_\(name)", Int(number)))
    }
    if let pathPrefix { elements.append(Self.text("IMAP_Root_Folder", folder(pathPrefix))) }
    return elements
  }

  /// Another than the POP account's, which stays.
  private var name: String {
    let ending = " (IMAP)"
    let old = account.text("Account_Name") ?? account.address ?? account.settings.host
    return String(old.prefix(Self.longestName - ending.count)) + ending
  }

  /// The folder's name, without the separator behind it.
  private func folder(_ prefix: String) -> String {
    var name = prefix[...]
    while name.count > 1, let last = name.last, last == "." || last == "/" {
      name = name.dropLast()
    }
    return String(name)
  }

  private static func text(_ name: String, _ value: String) -> XMLElement {
    XMLElement(name, attributes: [XMLAttribute("type", "SZ")], children: [.text(value)])
  }

  static func number(_ name: String, _ value: Int) -> XMLElement {
    XMLElement(
      name, attributes: [XMLAttribute("type", "DWORD")],
      children: [.text(AccountFile.spelling(value))])
  }
}
