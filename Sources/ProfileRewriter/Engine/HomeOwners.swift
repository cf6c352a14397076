/// Who should own each of many homes, as the user database says.
public struct HomeOwners: Sendable {
  private var homes = ByteStrings()
  /// By the place of the home.
  private var owners: [UInt32] = []
  private var order: [Int] = []

  /// Nobody says of any.
  public init() {}

  /// - Parameters:
  ///   - homes: absolute paths; one that several users have stands there as often.
  ///   - owners: of each of them.
  public init(_ homes: ByteStrings, _ owners: [UInt32]) {
    self.homes = homes
    self.owners = owners
    order = homes.sortedPlaces()
  }

  /// nil: it may be anybody's.
  public subscript(home: [UInt8]) -> Set<UInt32>? {
    let places = homes.places(of: home, in: order)
    return places.isEmpty ? nil : Set(places.map { owners[$0] })
  }
}

extension HomeOwners: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: ([UInt8], Set<UInt32>)...) {
    let pairs = elements.flatMap { home, owners in owners.map { (home, $0) } }
    self.init(ByteStrings(pairs.map(\.0)), pairs.map(\.1))
  }
}
