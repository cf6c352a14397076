internal import CNetwork

/// Is told when each stage of reaching a server begins, and so knows how long they took, and in which one
/// a failure came. For one connection.
public final class StageWatch {
  private var begun: [(stage: ConnectionFailure.Stage, at: Int64)] = []

  public init() {}

  func begin(_ stage: ConnectionFailure.Stage) { begun.append((stage, cnetwork_now())) }

  /// The one that goes on; nil before the first.
  public var current: ConnectionFailure.Stage? { begun.last?.stage }

  /// Milliseconds of every stage so far, in their order.
  public var times: [(stage: ConnectionFailure.Stage, milliseconds: Int)] {
    let ends = begun.dropFirst().map(\.at) + [cnetwork_now()]
    return zip(begun, ends).map { ($0.stage, Int($1 - $0.at)) }
  }
}
