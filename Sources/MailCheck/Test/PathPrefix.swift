/// The folder that a client may be told to take for the root of all others (`--path-prefix`).
enum PathPrefix {
  /// Without the delimiter at its end; nil where none is needed.
  static func advised(_ prefix: String, _ delimiter: String?) -> String? {
    let bare = bare(prefix, delimiter)
    return bare.isEmpty ? nil : bare
  }

  /// Whether folders are there, or below. Clients take it with or without the delimiter.
  static func leads(_ prefix: String, to folders: [IMAPFolder], _ delimiter: String?) -> Bool {
    let bare = bare(prefix, delimiter)
    guard let delimiter else { return folders.contains { $0.name == bare } }
    return folders.contains { folder in
      let name = folder.name.uppercased() == "INBOX" ? "INBOX" : folder.name
      return name == bare || name.hasPrefix(bare + delimiter)
    }
  }

  private static func bare(_ prefix: String, _ delimiter: String?) -> String {
    guard let delimiter, prefix.hasSuffix(delimiter) else { return prefix }
    return String(prefix.dropLast(delimiter.count))
  }
}
