/// Finds `mailbox://` URIs that lead to no server of a profile. Knows nothing of the adapter: it
/// reads prefs.js by itself, line by line.
struct ReferenceChecker {
  private let profile: MemoryView
  private var servers: Set<String> = ["nobody@smart%20mailboxes"]

  init(_ profile: MemoryView) {
    self.profile = profile
    let prefs = Self.prefs(profile["prefs.js"] ?? "")
    for account in (prefs["mail.accountmanager.accounts"] ?? "").split(separator: ",") {
      guard let server = prefs["mail.account.\(account).server"] else { continue }
      let branch = "mail.server.\(server)."
      guard let type = prefs[branch + "type"], type == "none" || type == "pop3",
        let user = prefs[branch + "userName"], let host = prefs[branch + "hostname"]
      else { continue }
      servers.insert(Self.escaped(user) + "@" + Self.escaped(host))
    }
  }

  /// "file: URI" for each that does not resolve.
  var dangling: [String] {
    var found: [String] = []
    for (path, bytes) in profile.files {
      let text = String(decoding: bytes, as: UTF8.self)
      for part in text.split(separator: "mailbox://", omittingEmptySubsequences: false).dropFirst()
      {
        let authority = part.prefix { !"/\"|, \n\r)\\'".contains($0) }
        // Without a user it is a login's origin.
        guard authority.contains("@"), !servers.contains(String(authority)) else { continue }
        found.append("\(path.text): \(authority)")
      }
    }
    return found
  }

  private static func prefs(_ text: String) -> [String: String] {
    var prefs: [String: String] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
      guard parts.count >= 5, parts[0] == "user_pref(" else { continue }
      prefs[String(parts[1])] = String(parts[3]).replacing("\\\\", with: "\\")
    }
    return prefs
  }

  private static func escaped(_ text: String) -> String {
    text.utf8.map { byte in
      let character = Character(Unicode.Scalar(byte))
      let plain =
        byte < 0x80 && (character.isLetter || character.isNumber || "-_.".contains(character))
      return plain ? String(character) : "%" + String(byte, radix: 16, uppercase: true)
    }.joined()
  }
}
