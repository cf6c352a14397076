import Testing

@testable import ProfileRewriter

@Suite struct KeptProfilesTests {
  private static func identity(
    _ inode: UInt64, _ client: String = "thunderbird", device: UInt64 = 1
  )
    -> ProfileIdentity
  {
    ProfileIdentity(client: client, device: device, inode: inode)
  }

  @Test func aProfileIsItsClientsOnItsFileSystem() {
    let same = Self.identity(5)
    var known = KnownProfiles()
    #expect(!known.contains(same))
    let (first, second) = (known.insert(same), known.insert(same))
    #expect(first && !second)
    #expect(known.contains(same))
    for other in [Self.identity(6), Self.identity(5, "balsa"), Self.identity(5, device: 2)] {
      #expect(!known.contains(other))
      let isNew = known.insert(other)
      #expect(isNew)
    }
  }

  /// Nothing but where and what they are, and of each path its own.
  @Test func whatIsPackedComesOutAsItWas() throws {
    func profile(
      _ adapter: Int, _ path: String, _ identity: ProfileIdentity?, _ current: [String]?
    ) throws -> FirstLook.Profile {
      FirstLook.Profile(
        adapter: adapter, path: try #require(RelativePath(path)), identity: identity,
        current: current)
    }
    let seen: [FirstLook.Seen?] = [
      .nothing, nil, .profiles([]),
      .profiles([
        try profile(2, ".thunderbird/a", Self.identity(1), ["server1", "sörver2"]),
        try profile(0, ".balsa", Self.identity(.max, "balsa", device: .max), nil),
        try profile(2, ".thunderbird/b", nil, []),
      ]),
      nil, .profiles([try profile(2, ".thunderbird/c", Self.identity(3), ["server3"])]), .nothing,
    ]
    var kept = KeptProfiles()
    for path in seen { kept.add(path) }
    #expect(kept.paths == seen.count)
    for (place, path) in seen.enumerated() {
      #expect(String(describing: kept.seen(at: place)) == String(describing: path), "\(place)")
    }
  }
}
