import ProfileRewriter

/// Whether the two Thunderbirds can use one of the authentication methods that a file names for a
/// server.
struct UsableAuthentication {
  /// If not, it leaves the server out.
  let isForThunderbird: Bool
  /// If not, it refuses the file.
  let isForAndroid: Bool
  /// Whether Thunderbird has OAuth2 built in for the host.
  let knowsHost: Bool

  /// Names from before version 1.1, and what they are called now.
  static let old = ["plain": "password-cleartext", "secure": "password-encrypted"]
  static let withoutLogin = ["none", "client-IP-address", "smtp-after-pop"]
  private static let android = ["OAuth2", "password-cleartext", "password-encrypted"]

  /// - Parameter host: nil where the file names none.
  init(_ names: [String], kind: ServerKind?, host: String?) {
    let knowsHost =
      if let kind, let host {
        ThunderbirdOAuth2.knows(host.lowercased(), type: kind.rawValue)
      } else {
        false
      }
    self.knowsHost = knowsHost
    isForThunderbird = names.contains { name in
      name == "OAuth2"
        ? knowsHost
        : Self.old[name] != nil || ["GSSAPI", "NTLM"].contains(name) || Self.android.contains(name)
          || kind == .smtp && Self.withoutLogin.contains(name)
    }
    isForAndroid = kind == .pop3 || names.contains(where: Self.android.contains)
  }

  /// What to say where one of them can use none; nil otherwise.
  /// - Parameter server: its name for people.
  func problem(of server: String) -> String? {
    let who = [
      isForThunderbird ? nil : "Thunderbird leaves \(server) out",
      isForAndroid ? nil : "Thunderbird for Android refuses the file",
    ].compactMap { $0 }
    guard !who.isEmpty else { return nil }
    return "no authentication that every client can use: " + who.joined(separator: ", ")
  }
}
