import ConfigFormats

/// Which adapters to ask about a directory, by one look at the names in it: most homes have one client of
/// many.
struct AdaptersByName: Sendable {
  let adapters: [any ClientAdapter]
  /// What a name in a directory says, by the name in lower case.
  private var signs: [[UInt8]: Called] = [:]
  /// Whether any such name has this many bytes.
  private var lengths: [Bool] = []
  private var always = Called()

  struct Called: Sendable {
    /// Those that may have profiles below the directory.
    var inHome = Places()
    /// Those whose profile it may be.
    var asProfile = Places()
  }

  /// Adapters by their places in ``adapters``, as bits; those behind the 64th are always asked.
  struct Places: Sendable {
    private var bits: UInt64

    init(bits: UInt64 = 0) { self.bits = bits }

    static let all = Places(bits: .max)

    func contains(_ place: Int) -> Bool { place >= 64 || bits >> UInt64(place) & 1 == 1 }

    mutating func insert(_ place: Int) { if place < 64 { bits |= 1 << UInt64(place) } }

    mutating func formUnion(_ other: Places) { bits |= other.bits }
  }

  init(_ adapters: [any ClientAdapter]) {
    self.adapters = adapters
    for (index, adapter) in adapters.enumerated() {
      if let places = adapter.homePlaces {
        for place in places { note(place) { $0.inHome.insert(index) } }
      } else {
        always.inHome.insert(index)
      }
      if let names = adapter.profileSigns {
        for name in names { note(name) { $0.asProfile.insert(index) } }
      } else {
        always.asProfile.insert(index)
      }
    }
  }

  private mutating func note(_ place: RelativePath, _ change: (inout Called) -> Void) {
    let name = Self.folded(Array(place.bytes.prefix { $0 != UInt8(ascii: "/") }))
    change(&signs[name, default: Called()])
    while lengths.count <= name.count { lengths.append(false) }
    lengths[name.count] = true
  }

  /// The adapters that these names call for.
  /// - Parameter names: all there are; nil where the directory shows no list.
  func called(by names: [DirectoryEntry]?) -> Called {
    guard let names else { return Called(inHome: .all, asProfile: .all) }
    var called = always
    for entry in names where entry.name.count < lengths.count && lengths[entry.name.count] {
      guard let sign = signs[Self.folded(entry.name)] else { continue }
      called.inHome.formUnion(sign.inHome)
      called.asProfile.formUnion(sign.asProfile)
    }
    return called
  }

  /// Some file systems take a name in any case.
  private static func folded(_ name: [UInt8]) -> [UInt8] {
    name.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
  }
}
