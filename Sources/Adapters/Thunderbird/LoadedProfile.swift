import ConfigFormats
import ProfileRewriter

/// A profile's preferences, read once.
struct LoadedProfile {
  let context: ProfileContext
  let prefs: PrefsDocument
  /// user.js as the client reads it: what is broken in it is passed over, for nothing of ours is
  /// ever written there.
  let userJS: PrefsDocument?

  var directory: any DirectoryView { context.directory }

  /// - Throws: `not-found` without a prefs.js, `syntax` for a broken one, else what reading throws.
  init(_ context: ProfileContext) throws(Refusal) {
    self.context = context
    guard let bytes = try context.directory.read(.prefsJS) else {
      throw Refusal(
        .notFound, "\(context.directory.absolutePath.shown)/prefs.js: there is no such file")
    }
    do {
      prefs = try PrefsDocument(parsing: bytes)
    } catch {
      throw Refusal(
        .syntax,
        "\(context.directory.absolutePath.shown)/prefs.js has an error; correct it, or start "
          + "Thunderbird once, which drops what it cannot read: \(error)")
    }
    userJS = try context.directory.read(.userJS).map { PrefsDocument.parseRecovering($0).document }
  }

  func server(_ key: String) -> ServerPrefs { ServerPrefs(prefs: prefs, userJS: userJS, key: key) }

  /// The first of `keys` that user.js sets at every start of the client.
  func keySetByUserJS(among keys: some Sequence<String>) -> String? {
    guard let userJS, !userJS.statements.isEmpty else { return nil }
    return keys.first { userJS[$0] != nil }
  }
}

/// The preferences of one incoming server, with the fallbacks that the client takes.
struct ServerPrefs {
  let prefs: PrefsDocument
  /// Wins over prefs.js at the next start, so it counts already.
  var userJS: PrefsDocument?
  /// `server1` and the like; any text is possible.
  let key: String

  func name(_ leaf: String) -> String { "mail.server.\(key).\(leaf)" }

  /// What stands for this server itself.
  func own(_ leaf: String) -> PrefValue? { prefs[name(leaf)] }

  /// The server's own value, else the user's default for all servers. A value of another type than
  /// the client asks for counts as absent (seen with Thunderbird 153: `leave_on_server` given as an
  /// integer was taken as false).
  func bool(_ leaf: String, standard: Bool = false) -> Bool {
    effective(leaf) { if case .bool(let flag) = $0 { flag } else { nil } } ?? standard
  }

  func int(_ leaf: String) -> Int32? {
    effective(leaf) { if case .int(let number) = $0 { number } else { nil } }
  }

  private func effective<Value>(_ leaf: String, _ read: (PrefValue) -> Value?) -> Value? {
    for key in [name(leaf), ServerPrefs.defaultName(leaf)] {
      if let value = (userJS?[key] ?? prefs[key]).flatMap(read) { return value }
    }
    return nil
  }

  static func defaultName(_ leaf: String) -> String { "mail.server.default.\(leaf)" }

  func bytes(_ leaf: String) -> [UInt8]? { own(leaf)?.stringBytes }

  func text(_ leaf: String) -> String? { own(leaf)?.text }
}
