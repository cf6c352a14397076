import ConfigFormats
import ProfileRewriter

/// KMail and Kontact: Akonadi has a resource for each incoming account, and each has a file of its own,
/// directly in the configuration directory. POP accounts are listed, and not switched: which folders
/// belong to which account stands in Akonadi's database, and docs/other-clients.md says what to do by
/// hand.
///
/// Files, groups and keys after resources/pop3/settings.kcfg and resources/imap/imapresource.kcfg of
/// kdepim-runtime.
public struct KMailAdapter: ReadOnlyAdapter {
  public init() {}

  public var client: String { "kmail" }

  public var profileFileNames: [String] { [] }

  public var reason: String {
    "this program does not switch accounts of KMail; docs/other-clients.md says how to do it by hand"
  }

  /// The last two are where Flatpak has the configuration of applications of these names.
  private static let locations = [
    RelativePath(known: ".config"), RelativePath(known: ".var/app/org.kde.kmail2/config"),
    RelativePath(known: ".var/app/org.kde.kontact/config"),
  ]

  public func trees(of profile: RelativePath) -> [RelativePath]? { [profile] }

  public var homePlaces: [RelativePath]? { Self.locations }

  public func profiles(in home: any DirectoryView) -> [ProfileListing] {
    Self.locations.compactMap { location in
      guard let names = try? home.list(location),
        names.contains(where: { Resource(fileName: $0) != nil })
      else { return nil }
      return ProfileListing(path: location, shownPath: location.text)
    }
  }

  public func accounts(in profile: ProfileContext) throws(Refusal) -> [Account] {
    guard let location = profile.profile else { return [] }
    var accounts: [Account] = []
    let names = try profile.directory.list(location) ?? []
    let resources = names.compactMap { name in
      Resource(fileName: name).flatMap { resource in RelativePath(name).map { (resource, $0) } }
    }
    try Account.requireFew(resources.count)
    for (resource, leaf) in resources {
      if let account = account(resource, location.appending(leaf), profile.directory) {
        accounts.append(account)
      }
    }
    return accounts
  }

  /// One file that cannot be read is in no other's way.
  private func account(
    _ resource: Resource, _ path: RelativePath, _ directory: any DirectoryView
  ) -> Account? {
    do throws(Refusal) {
      guard let document = try ReadOnlyKeyFile.read(path, in: directory) else { return nil }
      guard let settings = resource.settings(document) else { return nil }
      return .listed(resource.identifier, resource.kind, settings, reason)
    } catch {
      return Account(
        key: resource.identifier, kind: resource.kind,
        settings: ServerSettings(
          host: "", port: 0, security: .none, auth: .passwordCleartext, username: ""),
        state: .blocked, reason: error.reason, explanation: error.text)
    }
  }
}

/// One of Akonadi's resources that fetch mail.
private struct Resource {
  /// As Akonadi calls it ("akonadi_pop3_resource_0").
  let identifier: String
  let kind: IncomingProtocol

  /// nil for files of anything else.
  init?(fileName: [UInt8]) {
    guard let name = String(validating: fileName, as: UTF8.self), name.hasSuffix("rc") else {
      return nil
    }
    let kinds: [(String, IncomingProtocol)] = [
      ("akonadi_pop3_resource_", .pop3), ("akonadi_imap_resource_", .imap),
    ]
    guard let (prefix, kind) = kinds.first(where: { name.hasPrefix($0.0) }) else { return nil }
    identifier = String(name.dropLast(2))
    let number = identifier.dropFirst(prefix.count)
    guard !number.isEmpty, number.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    self.kind = kind
  }

  /// nil where no server is named.
  func settings(_ document: KeyFileDocument) -> ServerSettings? {
    kind == .pop3
      ? pop(ReadOnlyGroup(name: "General", document: document))
      : imap(ReadOnlyGroup(name: "network", document: document))
  }

  private func pop(_ group: ReadOnlyGroup) -> ServerSettings? {
    guard let host = group.text("host") else { return nil }
    let security: TransportSecurity =
      group.text("useSSL") == "true" ? .tls : group.text("useTLS") == "true" ? .starttls : .none
    return ServerSettings(
      host: host.lowercased(), port: group.number("port") ?? 110, security: security,
      auth: .passwordCleartext, username: group.text("login") ?? "")
  }

  private func imap(_ group: ReadOnlyGroup) -> ServerSettings? {
    guard let server = group.text("ImapServer") else { return nil }
    let security: TransportSecurity =
      switch group.text("Safety")?.uppercased() {
      case "NONE": .none
      case "STARTTLS": .starttls
      default: .tls
      }
    let place = HostAndPort(
      server, port: group.number("ImapPort") ?? IncomingProtocol.imap.defaultPort(security))
    return ServerSettings(
      host: place.host.lowercased(), port: place.port, security: security,
      auth: .passwordCleartext, username: group.text("UserName") ?? "")
  }
}
