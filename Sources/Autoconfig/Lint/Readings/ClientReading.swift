import ProfileRewriter

/// A mail client that sets accounts up by autoconfig files.
public enum AutoconfigClient: String, Sendable, Hashable, CaseIterable {
  /// Thunderbird on the desktop.
  case thunderbird
  /// Thunderbird for Android, and K-9 Mail.
  case thunderbirdAndroid = "thunderbird-android"
  case evolution
}

/// What one client reads out of a file.
public struct ClientReading: Sendable, Hashable {
  /// A server as the client would use it.
  public struct Server: Sendable, Hashable {
    /// `imap`, `pop3`, `smtp`, or another type the client knows.
    public var type: String
    /// nil where the client has none; may hold placeholders.
    public var host: String?
    /// nil where the client goes by its own default.
    public var port: Int?
    public var security: TransportSecurity
    public var auth: AuthMethod?
    /// nil where the client has none; may hold placeholders.
    public var username: String?
  }

  public var client: AutoconfigClient
  /// Whether the client takes settings from the file; nil where that was not looked into.
  public var accepted: Bool?
  /// The client's choice first.
  public var incoming: [Server] = []
  public var outgoing: [Server] = []
  /// Why the file is refused, or what of it is left out.
  public var reasons: [String] = []

  static func refused(_ client: AutoconfigClient, _ reason: String) -> ClientReading {
    ClientReading(client: client, accepted: false, reasons: [reason])
  }
}
