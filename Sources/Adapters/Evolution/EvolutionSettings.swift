import ConfigFormats
import ProfileRewriter

/// The user's settings for all mail accounts (GSettings `org.gnome.evolution.mail`), as far as they
/// would delete on a server. They are the user's, kept by a service of the desktop, and are never
/// changed: an account is set up so that they do not reach the server's folders.
struct EvolutionSettings {
  /// What is switched on, in words.
  private var dangers: [String] = []
  private var unreadable: [String] = []

  private static let known = [
    // Trash 3 → 0 on the server at the first exit, with any number of days.
    ("trash-empty-on-exit", "empties trash folders on exit"),
    // Junk 3 → 0 once the folder has been looked at.
    ("junk-empty-on-exit", "empties junk folders on exit"),
  ]

  /// Whether the account must not be told of the server's trash and junk folders. With
  /// `NeedsInitialSetup` the client finds them by itself, whatever the account says.
  var mustBeHeldOff: Bool { !dangers.isEmpty }

  /// The user's own value counts before the administrator's. What is there and cannot be read counts
  /// as switched on: what it would delete does not come back.
  init(_ loaded: LoadedSources) {
    let own = loaded.layout.settings.map { Store(reading: $0, in: loaded.home) }
    let systems = Self.systemStores(loaded.installation)
    for (name, effect) in Self.known {
      let value = own.lazy.compactMap { $0.value(name) }.first
      if value ?? systems.contains(where: { $0.value(name) == true }) {
        dangers.append("\(name) (\(effect))")
      }
    }
    unreadable = (own + systems).compactMap(\.problem)
    if !unreadable.isEmpty, dangers.isEmpty {
      dangers = Self.known.map { "\($0.0) (\($0.1)), as far as can be told" }
    }
  }

  /// Databases of the administrator (dconf's, and defaults that replace a schema's).
  static let systemDirectories = [
    "/etc/dconf/db", "/usr/share/glib-2.0/schemas", "/usr/local/share/glib-2.0/schemas",
  ]

  private static func systemStores(_ installation: any DirectoryView) -> [Store] {
    systemDirectories.flatMap { directory -> [Store] in
      guard let place = RelativePath(String(directory.dropFirst())),
        let names = (try? installation.list(place)) ?? nil
      else { return [] }
      return names.compactMap { name in
        let isOverride = ByteText.hasSuffix(name, Array(".gschema.override".utf8))
        guard let leaf = RelativePath(name), isOverride || directory.hasSuffix("/db"),
          ((try? installation.kind(place.appending(leaf))) ?? nil) == .file
        else { return nil }
        return Store(reading: place.appending(leaf), in: installation)
      }
    }
  }

  var warnings: [Warning] {
    guard !dangers.isEmpty else { return [] }
    return [
      Warning(
        .serverSideDeletion,
        dangers.joined(separator: ", ")
          + ", set for all accounts, would do so on the server: so the account is not told of the "
          + "server's trash and junk folders, nor of those for sent mail and drafts, and what other "
          + "programs have marked as deleted in the inbox is expunged; switch it off in Evolution's "
          + "mail preferences, then choose the folders in the account's settings"
          + unreadable.map { " (\($0))" }.joined())
    ]
  }
}

/// One place where settings are kept: a dconf database, a keyfile, or a file of replaced defaults.
private struct Store {
  private var values: (String) -> Bool? = { _ in nil }
  /// Why it cannot be read, where it is there and cannot.
  private(set) var problem: String?

  init(reading path: RelativePath, in directory: any DirectoryView) {
    do throws(Refusal) {
      guard let bytes = try directory.read(path) else { return }
      if ByteText.hasSuffix(path.name, Array(".gschema.override".utf8)) {
        keyfile(bytes, group: "org.gnome.evolution.mail", path)
      } else if path.name.elementsEqual("keyfile".utf8) {
        keyfile(bytes, group: "org/gnome/evolution/mail", path)
      } else if let database = DconfDatabase(parsing: bytes) {
        values = { name in
          database["/org/gnome/evolution/mail/\(name)"].map { $0 == .bool(true) }
        }
      } else {
        problem = "\(path.shown) is no dconf database"
      }
    } catch {
      problem = error.text
    }
  }

  private mutating func keyfile(_ bytes: [UInt8], group: String, _ path: RelativePath) {
    guard let document = try? KeyFileDocument(parsing: bytes) else {
      problem = "\(path.shown) is no keyfile"
      return
    }
    values = { name in try? document.bool(at: KeyFileAddress(group: group, key: name)) }
  }

  /// nil where it says nothing of it.
  func value(_ name: String) -> Bool? { values(name) }
}
