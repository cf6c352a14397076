import ProfileRewriter

/// Where one installation of Evolution keeps its three trees below a home.
///
/// Seen with Evolution 3.46.4: accounts and rules below the configuration directory, local mail and
/// POP state below the data directory, IMAP state below the cache directory.
struct EvolutionLayout: Sendable {
  var config: RelativePath
  var data: RelativePath
  var cache: RelativePath
  /// Where the user's settings for all accounts are.
  var settings: [RelativePath]

  static let usual = EvolutionLayout(
    config: RelativePath(known: ".config/evolution"),
    data: RelativePath(known: ".local/share/evolution"),
    cache: RelativePath(known: ".cache/evolution"),
    settings: [
      RelativePath(known: ".config/dconf/user"),
      RelativePath(known: ".config/glib-2.0/settings/keyfile"),
    ])

  static let flatpak: EvolutionLayout = {
    let base = RelativePath(known: ".var/app/org.gnome.Evolution")
    return EvolutionLayout(
      config: base.appending(RelativePath(known: "config/evolution")),
      data: base.appending(RelativePath(known: "data/evolution")),
      cache: base.appending(RelativePath(known: "cache/evolution")),
      settings: [
        RelativePath(known: ".config/dconf/user"),
        base.appending(RelativePath(known: "config/glib-2.0/settings/keyfile")),
      ])
  }()

  static let all = [usual, flatpak]

  /// A profile is named by its configuration directory.
  init?(profile: RelativePath?) {
    guard let layout = Self.all.first(where: { $0.config == profile }) else { return nil }
    self = layout
  }

  private init(
    config: RelativePath, data: RelativePath, cache: RelativePath, settings: [RelativePath]
  ) {
    self.config = config
    self.data = data
    self.cache = cache
    self.settings = settings
  }

  var trees: [RelativePath] { [config, data, cache] + settings }

  var sources: RelativePath { config.appending(RelativePath(known: "sources")) }

  var rules: RelativePath { config.appending(RelativePath(known: "mail/filters.xml")) }

  var trustedCertificates: RelativePath { data.appending(RelativePath(known: "camel-cert.db")) }

  /// An account's own directory below the data or the cache directory; nil for a name that is none.
  func mail(of account: String, in tree: RelativePath) -> RelativePath? {
    RelativePath(account).map { tree.appending(RelativePath(known: "mail")).appending($0) }
  }
}
