import ConfigFormats
import ProfileRewriter

/// Looks for folder URIs in the files of a profile that hold some. Each is looked through once, for all accounts.
final class URIReferences {
  private let profile: LoadedProfile
  /// Whose URIs are looked for.
  private let servers: Set<ServerURI>
  /// The keys of prefs.js that name one of them.
  private lazy var keys = keysByServer()
  /// Those that the other files name, as far as they were read.
  private var named = Set<ServerURI>()
  private lazy var unread = (Self.files.compactMap { RelativePath($0) } + filterFiles)[...]

  init(_ profile: LoadedProfile, of servers: Set<ServerURI>) {
    self.profile = profile
    self.servers = servers
  }

  /// Files beside prefs.js and the filters in which Thunderbird 153 keeps folder URIs.
  private static let files = [
    "virtualFolders.dat", "session.json", "folderTree.json", "folderCache.json", "xulstore.json",
  ]

  /// Whether anything in the profile names a folder of `server` once `wishes` are fulfilled.
  /// - Parameter server: one of those looked for.
  func name(_ server: ServerURI, except wishes: PrefsWishes) throws(Refusal) -> Bool {
    if keys[server]?.contains(where: { !wishes.contains($0) }) ?? false { return true }
    while !named.contains(server) {
      guard let path = unread.first else { return false }
      if let bytes = try profile.directory.read(path) { note(bytes) { named.insert($0) } }
      unread.removeFirst()
    }
    return true
  }

  private func keysByServer() -> [ServerURI: [String]] {
    var keys: [ServerURI: [String]] = [:]
    for key in profile.prefs.keys(withPrefix: "") {
      guard let value = profile.prefs[key]?.stringBytes else { continue }
      note(value) { server in
        if keys[server]?.last != key { keys[server, default: []].append(key) }
      }
    }
    return keys
  }

  private static let lead = ServerURI.Scheme.mailbox.lead

  /// Calls `found` for every URI of a server looked for, however escaped.
  private func note(_ bytes: [UInt8], _ found: (ServerURI) -> Void) {
    var rest = bytes[...]
    while let range = ByteText.firstRange(of: Self.lead, in: rest) {
      rest = bytes[range.upperBound...]
      // No further than to the slash: the next URI may begin behind it.
      let authority = rest.prefix { $0 > 0x20 && !"\"|,\\/".utf8.contains($0) }
      guard let server = ServerURI(.mailbox, authority: authority), servers.contains(server) else {
        continue
      }
      found(server)
    }
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
