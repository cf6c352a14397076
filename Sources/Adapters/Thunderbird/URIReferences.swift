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
    let uri = server.bytes
    for key in profile.prefs.keys(withPrefix: "") where !wishes.contains(key) {
      if let value = profile.prefs[key]?.stringBytes, ByteText.contains(value, uri) { return true }
    }
    for path in Self.files.compactMap({ RelativePath($0) }) + filterFiles {
      if let bytes = try profile.directory.read(path), ByteText.contains(bytes, uri) { return true }
    }
    return false
  }

  /// The filters of every server of the profile.
  private var filterFiles: [RelativePath] {
    var seen = Set<RelativePath>()
    return profile.prefs.keys(withPrefix: "mail.server.").compactMap { key in
      guard key.hasSuffix(".directory-rel") || key.hasSuffix(".directory") else { return nil }
      let server = profile.server(String(key.split(separator: ".")[2]))
      let place = try? MailDirectory(of: server, profilePath: profile.directory.absolutePath)
      guard let path = place?.path, seen.insert(path).inserted else { return nil }
      return path.appending(.filterRules)
    }
  }
}
