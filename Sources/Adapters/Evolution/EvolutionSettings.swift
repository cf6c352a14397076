import ConfigFormats
import ProfileRewriter

/// The user's settings for all mail accounts (GSettings `org.gnome.evolution.mail`), as far as they
/// would delete on a server. They are the user's, kept by a service of the desktop, and are named,
/// never changed.
struct EvolutionSettings {
  /// What is switched on, in words.
  private var dangers: [String] = []

  private static let known = [
    ("trash-empty-on-exit", "empties trash folders on exit"),
    ("junk-empty-on-exit", "empties junk folders on exit"),
  ]

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
        "set for all accounts, and reaches the server's folders once the account is IMAP: "
          + dangers.joined(separator: ", ")
          + "; switch it off in Evolution's mail preferences if you do not want that")
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
