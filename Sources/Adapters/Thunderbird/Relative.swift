import ProfileRewriter

/// The programs that keep Thunderbird's profiles. Only Thunderbird was tried; what is said of the
/// others is read from their own pages, packages and sources (docs/thunderbird.md).
enum Relative: String, CaseIterable {
  case thunderbird
  case betterbird
  case icedove
  case seamonkey

  /// For people.
  var title: String {
    switch self {
    case .thunderbird: "Thunderbird"
    case .betterbird: "Betterbird"
    case .icedove: "Icedove"
    case .seamonkey: "SeaMonkey"
    }
  }

  /// Those that may open a profile of this one. Betterbird and Icedove share Thunderbird's directory
  /// and its profiles, SeaMonkey has its own.
  var household: [Relative] {
    self == .seamonkey ? [.seamonkey] : [.thunderbird, .betterbird, .icedove]
  }

  /// Where an administrator sets preferences and policies for all installations.
  var systemDirectory: String { "/etc/\(rawValue)" }

  /// Where distributions, the makers' archives, Snap and Flatpak put the program.
  var applicationDirectories: [String] {
    let usual = ["/usr/lib", "/usr/lib64", "/opt", "/usr/local/lib"].map { "\($0)/\(rawValue)" }
    switch self {
    case .thunderbird:
      return usual + [
        "/snap/thunderbird/current", "/snap/thunderbird/current/usr/lib/thunderbird",
        Self.flatpak("org.mozilla.Thunderbird", "thunderbird"),
        Self.flatpak("org.mozilla.thunderbird", "thunderbird"),
      ]
    case .betterbird:
      return usual + [
        Self.flatpak("eu.betterbird.Betterbird", "thunderbird"),
        Self.flatpak("eu.betterbird.Betterbird", "betterbird"),
      ]
    case .icedove, .seamonkey: return usual
    }
  }

  private static func flatpak(_ application: String, _ leaf: String) -> String {
    "/var/lib/flatpak/app/\(application)/current/active/files/lib/\(leaf)"
  }

  /// The one that an application directory is of, as `compatibility.ini` names it: of Firefox's
  /// family, too, names it `…/lib/seamonkey` or `C:\Program Files\SeaMonkey`.
  init?(applicationDirectory path: [UInt8]) {
    let text = String(decoding: path, as: UTF8.self).lowercased()
    guard let found = Self.allCases.last(where: { text.contains($0.rawValue) }) else { return nil }
    self = found
  }
}
