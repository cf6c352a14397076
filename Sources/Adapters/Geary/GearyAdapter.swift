import ConfigFormats
import ProfileRewriter

/// Geary: one directory with a `geary.ini` for each account. It speaks IMAP only.
///
/// Groups and keys after accounts-manager.vala of Geary 43.
public struct GearyAdapter: ReadOnlyAdapter {
  public init() {}

  public var client: String { "geary" }

  public var profileFileNames: [String] { ["geary.ini"] }

  public var reason: String { "Geary has no POP accounts" }

  private static let locations = [
    RelativePath(known: ".config/geary"),
    RelativePath(known: ".var/app/org.gnome.Geary/config/geary"),
  ]

  public func trees(of profile: RelativePath) -> [RelativePath]? { [profile] }

  public var homePlaces: [RelativePath]? { Self.locations }

  public func profiles(in home: any DirectoryView) -> [ProfileListing] {
    Self.locations.compactMap { location in
      guard let kind = try? home.kind(location), kind == .directory else { return nil }
      return ProfileListing(path: location, shownPath: location.text)
    }
  }

  public func accounts(in profile: ProfileContext) throws(Refusal) -> [Account] {
    guard let location = profile.profile else { return [] }
    var accounts: [Account] = []
    let names = (try profile.directory.list(location) ?? []).filter {
      $0.starts(with: Array("account_".utf8))
    }
    try Account.requireFew(names.count)
    for name in names {
      guard let key = String(validating: name, as: UTF8.self), let leaf = RelativePath(name) else {
        continue
      }
      let file = location.appending(leaf).appending(RelativePath(known: "geary.ini"))
      guard let document = try ReadOnlyKeyFile.read(file, in: profile.directory) else { continue }
      if let account = account(key, document) { accounts.append(account) }
    }
    return accounts
  }

  /// nil for an account of GNOME Online Accounts, which keeps the server's settings itself.
  private func account(_ key: String, _ document: KeyFileDocument) -> Account? {
    guard let host = try? document.string(forKey: "Incoming/host"), !host.isEmpty else {
      return nil
    }
    let security: TransportSecurity =
      switch try? document.string(forKey: "Incoming/transport_security") {
      case "none": .none
      case "start-tls": .starttls
      default: .tls
      }
    let port = (try? document.int(forKey: "Incoming/port")).map(Int.init)
    return Account(
      key: key, kind: .imap,
      settings: ServerSettings(
        host: host, port: port ?? IncomingProtocol.imap.defaultPort(security), security: security,
        auth: .passwordCleartext, username: (try? document.string(forKey: "Incoming/login")) ?? ""),
      state: .current)
  }
}
