import ConfigFormats
import ProfileRewriter

/// A profile's preferences, read once.
struct LoadedProfile {
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
  var origin: ProfileOrigin { knownOrigin ?? ProfileOrigin(of: directory) }

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
    ServerPrefs(prefs: prefs, key: key, values: values)
  }

  /// The values of `key`, the one that holds at the client's next start first.
  func values(_ key: String) -> [PrefValue] {
    [
      installation.value(of: key, .always), userJS?[key], prefs[key],
      installation.value(of: key, .asDefault),
    ].compactMap { $0 }
  }

  func bool(_ key: String) -> Bool { values(key).first == .bool(true) }

  func int(_ key: String) -> Int32? {
    if case .int(let number)? = values(key).first { number } else { nil }
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
  /// All values of a preference by precedence, where more than prefs.js is known.
  private var allValues: ((String) -> [PrefValue])?

  init(prefs: PrefsDocument, key: String, values: ((String) -> [PrefValue])? = nil) {
    self.prefs = prefs
    self.key = key
    allValues = values
  }

  func name(_ leaf: String) -> String { "mail.server.\(key).\(leaf)" }

  /// What stands for this server itself.
  func own(_ leaf: String) -> PrefValue? { prefs[name(leaf)] }

  /// The value that holds at the client's next start: the server's own, else that for all servers,
  /// whether user or administrator set it. One of another type than the client asks for counts as
  /// absent (seen with Thunderbird 153: `leave_on_server` given as an integer was taken as false).
  func bool(_ leaf: String, standard: Bool = false) -> Bool {
    for case .bool(let flag) in values(leaf) { return flag }
    return standard
  }

  func int(_ leaf: String) -> Int32? {
    for case .int(let number) in values(leaf) { return number }
    return nil
  }

  /// In order of precedence. A lock on a value for all servers does not touch a server that has one
  /// of its own (seen).
  private func values(_ leaf: String) -> [PrefValue] {
    [name(leaf), "mail.server.default.\(leaf)"].flatMap { key in
      allValues?(key) ?? [prefs[key]].compactMap { $0 }
    }
  }

  func bytes(_ leaf: String) -> [UInt8]? { own(leaf)?.stringBytes }

  func text(_ leaf: String) -> String? { own(leaf)?.text }
}
