import ConfigFormats
import ProfileRewriter

/// A profile's preferences, read once. What all accounts want to know of it is found out once, too.
final class LoadedProfile {
  let context: ProfileContext
  let prefs: PrefsDocument
  /// user.js as the client reads it: what is broken in it is passed over, for nothing of ours is
  /// ever written there.
  let userJS: PrefsDocument?
  /// Read only for a plan: a scan shows what the profile says.
  let installation: InstallationSettings
  /// Where it was asked for before.
  private let knownOrigin: ProfileOrigin?

  /// Which program opens the profile, and on which system.
  private(set) lazy var origin = knownOrigin ?? ProfileOrigin(of: directory)
  private(set) lazy var outgoingServers = OutgoingServerNames(self)
  /// Where the profile lies by its own account.
  private(set) lazy var roots = ForeignPath.profileRoots(in: prefs)
  private(set) lazy var spellings = CaseBlind(directory)
  private(set) lazy var deferrals = Deferral.Index(prefs)
  private(set) lazy var localServers = LocalServer.all(in: self)
  private(set) lazy var identityFolders = IdentityFolder.owners(in: prefs)
  /// By the directory of popstate.dat.
  let lastDownloads = Memo<RelativePath, Int?>()
  let filters = Memo<RelativePath, FilterFacts?>()
  let mailTrees = Memo<RelativePath, Bool>()
  let primaryPassword = Memo<RelativePath, Bool>()

  var directory: any DirectoryView { context.directory }

  /// - Throws: `not-found` without a prefs.js, `syntax` for a broken one, else what reading throws.
  init(
    _ context: ProfileContext, installation: InstallationSettings = InstallationSettings(),
    origin: ProfileOrigin? = nil
  ) throws(Refusal) {
    self.context = context
    knownOrigin = origin
    self.installation = installation
    guard let bytes = try context.directory.read(.prefsJS) else {
      throw Refusal(
        .notFound, "\(context.directory.absolutePath.shown)/prefs.js: there is no such file")
    }
    do {
      prefs = try context.parsed.document(at: .prefsJS, bytes) { (bytes) throws(SyntaxError) in
        try PrefsDocument(parsing: bytes)
      }
    } catch {
      throw Refusal(syntax: error, in: .prefsJS, root: context.directory.absolutePath)
    }
    userJS = try context.directory.read(.userJS).map { PrefsDocument.parseRecovering($0).document }
  }

  func server(_ key: String) -> ServerPrefs {
    ServerPrefs(prefs: prefs, key: key, profile: self)
  }

  /// The first of the values of `key` that fits, beginning with the one that holds at the client's next
  /// start.
  func first<Value>(_ key: String, fitting value: (PrefValue) -> Value?) -> Value? {
    if let found = installation.value(of: key, .always).flatMap(value) { return found }
    if let found = userJS?[key].flatMap(value) { return found }
    if let found = prefs[key].flatMap(value) { return found }
    return installation.value(of: key, .asDefault).flatMap(value)
  }

  /// The value of `key` that holds at the client's next start.
  func value(_ key: String) -> PrefValue? { first(key) { $0 } }

  func bool(_ key: String) -> Bool { value(key) == .bool(true) }

  func int(_ key: String) -> Int32? {
    if case .int(let number)? = value(key) { number } else { nil }
  }

  /// Whether the client takes `value` for what `key` has anyway, and drops it from prefs.js.
  func isDefault(_ value: PrefValue, of key: String) -> Bool {
    let defaults = [
      installation.value(of: key, .asDefault), userJS?.defaultValue(forKey: key),
      prefs.defaultValue(forKey: key),
    ]
    return defaults.contains(value)
  }

  /// The first of `keys` that user.js sets at every start of the client.
  func keySetByUserJS(among keys: some Sequence<String>) -> String? {
    guard let userJS, !userJS.statements.isEmpty else { return nil }
    return keys.first { userJS[$0] != nil }
  }
}

/// The preferences of one incoming server, with the fallbacks that the client takes.
struct ServerPrefs {
  let prefs: PrefsDocument
  /// `server1` and the like; any text is possible.
  let key: String
  /// Where more than prefs.js is known.
  private let profile: LoadedProfile?
  /// What all its keys begin with.
  private let branch: String

  init(prefs: PrefsDocument, key: String, profile: LoadedProfile? = nil) {
    self.prefs = prefs
    self.key = key
    self.profile = profile
    branch = "mail.server.\(key)."
  }

  func name(_ leaf: String) -> String { branch + leaf }

  /// What stands for this server itself.
  func own(_ leaf: String) -> PrefValue? { prefs[name(leaf)] }

  /// The value that holds at the client's next start: the server's own, else that for all servers,
  /// whether user or administrator set it. One of another type than the client asks for counts as
  /// absent (seen with Thunderbird 153: `leave_on_server` given as an integer was taken as false).
  func bool(_ leaf: String, standard: Bool = false) -> Bool {
    first(leaf) { if case .bool(let flag) = $0 { flag } else { nil } } ?? standard
  }

  func int(_ leaf: String) -> Int32? {
    first(leaf) { if case .int(let number) = $0 { number } else { nil } }
  }

  /// In order of precedence. A lock on a value for all servers does not touch a server that has one
  /// of its own (seen).
  private func first<Value>(_ leaf: String, fitting value: (PrefValue) -> Value?) -> Value? {
    first(key: name(leaf), fitting: value)
      ?? first(key: "mail.server.default." + leaf, fitting: value)
  }

  private func first<Value>(key: String, fitting value: (PrefValue) -> Value?) -> Value? {
    if let profile { return profile.first(key, fitting: value) }
    return prefs[key].flatMap(value)
  }

  func bytes(_ leaf: String) -> [UInt8]? { own(leaf)?.stringBytes }

  func text(_ leaf: String) -> String? { own(leaf)?.text }
}
