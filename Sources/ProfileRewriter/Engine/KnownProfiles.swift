/// Tells one profile from another, by whatever paths they are reached.
struct ProfileIdentity: Hashable {
  var client: String
  var device: UInt64
  var inode: UInt64
}

/// Profiles that were come upon, each of which is to be done once. Of each there is kept only what tells
/// it from the others of its client on its file system.
struct KnownProfiles: Sendable {
  private struct Place: Hashable {
    var client: String
    var device: UInt64
  }

  private var inodes: [Place: Set<UInt64>] = [:]

  /// - Returns: whether it was not known.
  @discardableResult
  mutating func insert(_ profile: ProfileIdentity) -> Bool {
    inodes[place(profile), default: []].insert(profile.inode).inserted
  }

  func contains(_ profile: ProfileIdentity) -> Bool {
    inodes[place(profile)]?.contains(profile.inode) ?? false
  }

  private func place(_ profile: ProfileIdentity) -> Place {
    Place(client: profile.client, device: profile.device)
  }
}
