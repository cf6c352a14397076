/// What was seen of many paths, packed: a few dozen bytes for a profile beside its texts.
struct KeptProfiles: Sendable {
  private enum Kind { case nothing, profiles, unknown }

  /// Where what belongs to a path ends.
  private struct Path {
    var kind: Kind
    var profiles: UInt32
    var texts: UInt32
  }

  private struct Profile {
    var device: UInt64
    var inode: UInt64
    var adapter: UInt16
    var isIdentified: Bool
    var isCurrent: Bool
    var accounts: UInt32
  }

  private var places: [Path] = []
  private var profiles: [Profile] = []
  /// Of each profile its path, and then the keys of its current accounts.
  private var texts = ByteStrings()
  /// By the adapter.
  private var clients: [UInt16: String] = [:]

  var paths: Int { places.count }

  /// What was seen of the next path.
  mutating func add(_ seen: FirstLook.Seen?) {
    var kind = Kind.unknown
    switch seen {
    case nil: break
    case .nothing: kind = .nothing
    case .profiles(let profiles):
      kind = .profiles
      for profile in profiles { add(profile) }
    }
    places.append(
      Path(kind: kind, profiles: UInt32(profiles.count), texts: UInt32(texts.count)))
  }

  private mutating func add(_ profile: FirstLook.Profile) {
    let adapter = UInt16(profile.adapter)
    if let identity = profile.identity { clients[adapter] = identity.client }
    profiles.append(
      Profile(
        device: profile.identity?.device ?? 0, inode: profile.identity?.inode ?? 0,
        adapter: adapter, isIdentified: profile.identity != nil,
        isCurrent: profile.current != nil, accounts: UInt32(profile.current?.count ?? 0)))
    texts.append(profile.path.bytes)
    for key in profile.current ?? [] { texts.append(key.utf8) }
  }

  func seen(at place: Int) -> FirstLook.Seen? {
    switch places[place].kind {
    case .unknown: return nil
    case .nothing: return .nothing
    case .profiles: break
    }
    let start = place == 0 ? nil : places[place - 1]
    var text = Int(start?.texts ?? 0)
    var found: [FirstLook.Profile] = []
    for profile in profiles[Int(start?.profiles ?? 0)..<Int(places[place].profiles)] {
      let next = text + 1 + Int(profile.accounts)
      guard let path = RelativePath(texts[text]) else { return nil }
      found.append(
        FirstLook.Profile(
          adapter: Int(profile.adapter), path: path, identity: identity(of: profile),
          current: profile.isCurrent
            ? texts[text + 1..<next].map { String(decoding: $0, as: UTF8.self) } : nil))
      text = next
    }
    return .profiles(found)
  }

  private func identity(of profile: Profile) -> ProfileIdentity? {
    guard profile.isIdentified, let client = clients[profile.adapter] else { return nil }
    return ProfileIdentity(client: client, device: profile.device, inode: profile.inode)
  }
}
