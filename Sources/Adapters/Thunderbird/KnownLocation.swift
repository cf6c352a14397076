import ProfileRewriter

/// A directory below a home in which programs of the family keep profiles.
struct KnownLocation {
  var path: RelativePath
  var program: Relative
  var system: ProfileOrigin.System
  /// The first component in lower case.
  let top: [UInt8]
  /// The path between slashes, of another system in lower case.
  private let middle: [UInt8]

  private init(
    _ path: StaticString, _ program: Relative = .thunderbird,
    _ system: ProfileOrigin.System = .linux
  ) {
    self.path = RelativePath(known: path)
    self.program = program
    self.system = system
    let bytes = self.path.bytes
    top = ByteText.lowercased(Array(bytes.prefix { $0 != UInt8(ascii: "/") }))
    let middle = [UInt8(ascii: "/")] + bytes + [UInt8(ascii: "/")]
    self.middle = system == .linux ? middle : ByteText.lowercased(middle)
  }

  /// In the order in which profiles are listed. Debian's and Snap's were seen with the clients or in
  /// their packages; both Flatpak names are in use since the rename of 2026. Betterbird has
  /// Thunderbird's directory on every system. Where each of the others is known from stands in
  /// docs/thunderbird.md.
  static let all: [KnownLocation] = [
    KnownLocation(".thunderbird"),
    KnownLocation("snap/thunderbird/common/.thunderbird"),
    KnownLocation(".var/app/org.mozilla.Thunderbird/.thunderbird"),
    KnownLocation(".var/app/org.mozilla.thunderbird/.thunderbird"),
    KnownLocation(".var/app/eu.betterbird.Betterbird/.thunderbird", .betterbird),
    KnownLocation(".icedove", .icedove),
    KnownLocation(".mozilla-thunderbird"),
    KnownLocation(".mozilla/seamonkey", .seamonkey),
    KnownLocation("AppData/Roaming/Thunderbird", .thunderbird, .windows),
    KnownLocation(
      "AppData/Local/Packages/MozillaThunderbird.MZLA_h5892qc0xkpca/LocalCache/Roaming/Thunderbird",
      .thunderbird, .windows),
    KnownLocation("AppData/Roaming/Mozilla/SeaMonkey", .seamonkey, .windows),
    KnownLocation("Application Data/Thunderbird", .thunderbird, .windows),
    KnownLocation("Application Data/Mozilla/SeaMonkey", .seamonkey, .windows),
    KnownLocation("Library/Thunderbird", .thunderbird, .macos),
    KnownLocation("Library/Application Support/SeaMonkey", .seamonkey, .macos),
  ]

  /// The one in which an absolute path lies; of several the innermost.
  static func around(_ path: [UInt8]) -> KnownLocation? {
    let path = path + [UInt8(ascii: "/")]
    let folded = ByteText.lowercased(path)
    var best: (location: KnownLocation, end: Int)?
    for location in all {
      guard
        let end = lastEnd(of: location.middle, in: location.system == .linux ? path : folded)
      else { continue }
      // Flatpak's end like the usual one, and are longer.
      let length = best?.location.path.bytes.count ?? 0
      guard (end, location.path.bytes.count) > (best?.end ?? 0, length) else { continue }
      best = (location, end)
    }
    return best?.location
  }

  private static func lastEnd(of needle: [UInt8], in text: [UInt8]) -> Int? {
    var end: Int?
    var rest = text[...]
    while let range = ByteText.firstRange(of: needle, in: rest) {
      end = range.upperBound
      // The slash at the end may begin the next.
      rest = text[(range.upperBound - 1)...]
    }
    return end
  }
}
