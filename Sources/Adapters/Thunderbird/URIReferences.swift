import ConfigFormats
import ProfileRewriter

/// Looks for folder URIs in the files of a profile that hold some.
struct URIReferences {
  private let profile: LoadedProfile

  init(_ profile: LoadedProfile) { self.profile = profile }

  /// Files beside prefs.js and the filters in which Thunderbird 153 keeps folder URIs.
  private static let files = [
    "virtualFolders.dat", "session.json", "folderTree.json", "folderCache.json", "xulstore.json",
  ]

  /// Whether anything in the profile names a folder of `server` once `wishes` are fulfilled.
  func name(_ server: ServerURI, except wishes: PrefsWishes) throws(Refusal) -> Bool {
    for key in profile.prefs.keys(withPrefix: "") where !wishes.contains(key) {
      if let value = profile.prefs[key]?.stringBytes, Self.text(value, names: server) {
        return true
      }
    }
    for path in Self.files.compactMap({ RelativePath($0) }) + filterFiles {
      if let bytes = try profile.directory.read(path), Self.text(bytes, names: server) {
        return true
      }
    }
    return false
  }

  /// Whether a URI of `server` stands in `bytes`, however escaped.
  private static func text(_ bytes: [UInt8], names server: ServerURI) -> Bool {
    let lead = Array("\(server.scheme.rawValue)://".utf8)
    var rest = bytes[...]
    while let start = ByteText.firstRange(of: lead, in: rest)?.lowerBound {
      let uri = rest[start...].prefix { $0 > 0x20 && !"\"|,\\".utf8.contains($0) }
      if server.rest(of: Array(uri)) != nil { return true }
      rest = rest[(start + lead.count)...]
    }
    return false
  }

  /// The filters of every server of the profile.
  private var filterFiles: [RelativePath] {
    var seen = Set<RelativePath>()
    return profile.prefs.keys(withPrefix: "mail.server.").compactMap { key in
      guard key.hasSuffix(".directory-rel") || key.hasSuffix(".directory") else { return nil }
      let server = profile.server(String(key.split(separator: ".")[2]))
      let place = try? MailDirectory(of: server, in: profile)
      guard let path = place?.pathHere, seen.insert(path).inserted else { return nil }
      return path.appending(.filterRules)
    }
  }
}
