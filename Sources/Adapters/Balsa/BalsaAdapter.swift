import ConfigFormats
import ProfileRewriter

/// Balsa: `config` has a group for each mailbox, `config-private` the user names beside it. Its POP
/// accounts are listed, and not switched: docs/other-clients.md says what to do by hand.
///
/// Groups and keys after a file that Balsa 2.6.4 wrote, and libbalsa's server.c.
public struct BalsaAdapter: ReadOnlyAdapter {
  public init() {}

  public var client: String { "balsa" }

  public var profileFileNames: [String] { [] }

  public var reason: String {
    "this program does not switch accounts of Balsa; docs/other-clients.md says how to do it by hand"
  }

  private static let locations = [
    RelativePath(known: ".balsa"), RelativePath(known: ".config/balsa"),
  ]
  private static let settings = RelativePath(known: "config")
  private static let names = RelativePath(known: "config-private")

  public func trees(of profile: RelativePath) -> [RelativePath]? { [profile] }

  public var homePlaces: [RelativePath]? { Self.locations }

  public func profiles(in home: any DirectoryView) -> [ProfileListing] {
    Self.locations.compactMap { location in
      guard let kind = try? home.kind(location.appending(Self.settings)), kind != .directory else {
        return nil
      }
      return ProfileListing(path: location, shownPath: location.text)
    }
  }

  public func accounts(in profile: ProfileContext) throws(Refusal) -> [Account] {
    guard let location = profile.profile,
      let document = try ReadOnlyKeyFile.read(
        location.appending(Self.settings), in: profile.directory)
    else { return [] }
    // Without it accounts have no user names, and are listed all the same.
    let names = try? ReadOnlyKeyFile.read(location.appending(Self.names), in: profile.directory)
    return document.groupNames.compactMap { account($0, document, names) }
  }

  private func account(
    _ group: String, _ document: KeyFileDocument, _ names: KeyFileDocument?
  ) -> Account? {
    let values = ReadOnlyGroup(name: group, document: document)
    guard let kind = kind(values), let server = values.text("Server") else { return nil }
    let security = security(values)
    let place = HostAndPort(
      server, port: values.number("Port") ?? kind.defaultPort(security))
    let user = names.flatMap { ReadOnlyGroup(name: group, document: $0).text("Username") }
    let settings = ServerSettings(
      host: place.host.lowercased(), port: place.port, security: security,
      auth: .passwordCleartext, username: user ?? "")
    return .listed(group, kind, settings, reason)
  }

  private func kind(_ group: ReadOnlyGroup) -> IncomingProtocol? {
    switch group.text("Type") {
    case "LibBalsaMailboxPOP3", "LibBalsaMailboxPop3": .pop3
    case "LibBalsaMailboxImap": .imap
    // A tree of folders on a server.
    default: group.name.hasPrefix("folder-") ? .imap : nil
    }
  }

  /// `Security` since Balsa 2.6; before it, `SSL` and `TLSMode`.
  private func security(_ group: ReadOnlyGroup) -> TransportSecurity {
    switch group.number("Security") {
    case 1: return .tls
    case 2: return .starttls
    // 3: STARTTLS where the server has it, which whoever is in between can take away.
    case 3, 4: return .none
    default: break
    }
    if group.text("SSL") == "true" { return .tls }
    return [0, 1].contains(group.number("TLSMode")) ? .none : .starttls
  }
}
