import ConfigFormats
import ProfileRewriter

/// The user's settings for all mail accounts (GSettings `org.gnome.evolution.mail`), as far as they
/// would delete on a server. They are the user's, kept by a service of the desktop, and are never
/// changed: an account is set up so that they do not reach the server's folders.
struct EvolutionSettings {
  /// What is switched on, in words.
  private var dangers: [String] = []

  private static let known = [
    // Trash 3 → 0 on the server at the first exit, with any number of days.
    ("trash-empty-on-exit", "empties trash folders on exit"),
    // Junk 3 → 0 once the folder has been looked at.
    ("junk-empty-on-exit", "empties junk folders on exit"),
  ]

  /// Whether the account must not be told of the server's trash and junk folders. With
  /// `NeedsInitialSetup` the client finds them by itself, whatever the account says.
  var mustBeHeldOff: Bool { !dangers.isEmpty }

  /// What cannot be read counts as the default, which is off.
  init(_ loaded: LoadedSources) {
    let stores = loaded.layout.settings.compactMap { path in
      (try? loaded.home.read(path)).flatMap { $0 }.map { bytes in
        path.name.elementsEqual("keyfile".utf8) ? Self.keyfile(bytes) : Self.dconf(bytes)
      }
    }
    for (name, effect) in Self.known where stores.contains(where: { $0(name) }) {
      dangers.append("\(name) (\(effect))")
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
          + "mail preferences, then choose the folders in the account's settings")
    ]
  }

  private static func dconf(_ bytes: [UInt8]) -> (String) -> Bool {
    let database = DconfDatabase(parsing: bytes)
    return { database?["/org/gnome/evolution/mail/\($0)"] == .bool(true) }
  }

  private static func keyfile(_ bytes: [UInt8]) -> (String) -> Bool {
    let document = try? KeyFileDocument(parsing: bytes)
    return { name in
      let place = KeyFileAddress(group: "org/gnome/evolution/mail", key: name)
      return (try? document?.bool(at: place)) == true
    }
  }
}
