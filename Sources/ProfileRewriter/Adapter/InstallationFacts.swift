import Synchronization

/// What an adapter has made of its client's installation. It is the same for every profile, so that
/// one run finds it out once.
///
/// The files may be readable to some users and not to others. Only what could be read whole may be
/// kept: then nobody's client sees more than that.
public final class InstallationFacts: Sendable {
  private let fact = Mutex<(any Sendable)?>(nil)

  public init() {}

  /// What was kept, if it was of this type.
  public func kept<Fact: Sendable>(_ type: Fact.Type = Fact.self) -> Fact? {
    fact.withLock { $0 } as? Fact
  }

  public func keep(_ value: some Sendable) { fact.withLock { $0 = value } }
}
