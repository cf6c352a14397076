import ConfigFormats
import ProfileRewriter

/// GNOME Online Accounts: mail accounts that Evolution and Geary take over from the desktop. There
/// is no POP among them.
///
/// Groups and keys after goaimapsmtpprovider.c and goagoogleprovider.c of gnome-online-accounts 3.46.
public struct GnomeOnlineAccountsAdapter: ReadOnlyAdapter {
  public init() {}

  public var client: String { "gnome-online-accounts" }

  public var profileFileNames: [String] { ["accounts.conf"] }

  public var reason: String { "GNOME Online Accounts has no POP accounts" }

  private static let directory = RelativePath(known: ".config/goa-1.0")
  private static let file = RelativePath(known: ".config/goa-1.0/accounts.conf")

  public func trees(of profile: RelativePath) -> [RelativePath]? { [Self.directory] }

  public var homePlaces: [RelativePath]? { [Self.file] }

  public func profiles(in home: any DirectoryView) -> [ProfileListing] {
    guard let kind = try? home.kind(Self.file), kind != .directory else { return [] }
    return [ProfileListing(path: Self.directory, shownPath: Self.directory.text)]
  }

  public func accounts(in profile: ProfileContext) throws(Refusal) -> [Account] {
    guard let document = try ReadOnlyKeyFile.read(Self.file, in: profile.directory) else {
      return []
    }
    return document.groupNames.compactMap { account($0, document) }
  }

  private func account(_ group: String, _ document: KeyFileDocument) -> Account? {
    guard group.hasPrefix("Account ") else { return nil }
    func text(_ key: String) -> String? {
      try? document.string(at: KeyFileAddress(group: group, key: key))
    }
    func flag(_ key: String) -> Bool {
      (try? document.bool(at: KeyFileAddress(group: group, key: key))) ?? false
    }
    let settings: ServerSettings
    switch text("Provider") {
    case "imap_smtp":
      guard let host = text("ImapHost") else { return nil }
      let security: TransportSecurity =
        flag("ImapUseSsl") ? .tls : flag("ImapUseTls") ? .starttls : .none
      let place = HostAndPort(host, port: IncomingProtocol.imap.defaultPort(security))
      settings = ServerSettings(
        host: place.host, port: place.port, security: security, auth: .passwordCleartext,
        username: text("ImapUserName") ?? text("Identity") ?? "")
    case "google":
      settings = ServerSettings(
        host: "imap.gmail.com", port: 993, security: .tls, auth: .oauth2,
        username: text("Identity") ?? "")
    default: return nil
    }
    return Account(
      key: String(group.dropFirst("Account ".count)), kind: .imap, settings: settings,
      state: .current, addresses: text("EmailAddress").map { [$0] } ?? [])
  }
}

/// A host that may carry its port ("mail.example.net:1143", "[2001:db8::1]:1143").
struct HostAndPort {
  var host: String
  var port: Int

  init(_ text: String, port standard: Int) {
    host = text
    port = standard
    // By bytes: going back by characters looks far ahead again and again in text that is made for it.
    let bytes = text.utf8
    let mark = UInt8(ascii: ":")
    guard let colon = bytes.lastIndex(of: mark),
      let number = Int(text[bytes.index(after: colon)...]), (1...65535).contains(number)
    else { return }
    let rest = bytes[..<colon]
    // More colons without brackets are an IPv6 address.
    guard !rest.contains(mark) || rest.last == UInt8(ascii: "]") else { return }
    host = String(Substring(rest))
    port = number
  }
}
