extension DomainName {
  public var labels: [Substring] { ascii.split(separator: ".") }

  /// Whether this is `other` or a name below it.
  public func isWithin(_ other: DomainName) -> Bool {
    ascii == other.ascii || ascii.hasSuffix("." + other.ascii)
  }

  /// The part that somebody registered, as far as its form tells: two labels, three below such as
  /// "co.uk" and "ne.jp"; nil for one label.
  public var organization: DomainName? {
    HostName.organization(ascii).flatMap { try? DomainName($0) }
  }
}
