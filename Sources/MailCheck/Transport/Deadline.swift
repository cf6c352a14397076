internal import CNetwork

/// A moment on the monotonic clock, past which nothing waits.
public struct Deadline: Sendable, Hashable, Comparable {
  /// Milliseconds on the clock of `cnetwork_now`.
  var milliseconds: Int64

  /// So many seconds from now.
  public static func after(_ seconds: Double) -> Deadline {
    Deadline(milliseconds: cnetwork_now() + Int64((min(max(seconds, 0), 1e9) * 1000).rounded()))
  }

  /// 0 once it has passed.
  public var secondsLeft: Double { Double(max(milliseconds - cnetwork_now(), 0)) / 1000 }

  public var hasPassed: Bool { secondsLeft == 0 }

  public static func < (left: Deadline, right: Deadline) -> Bool {
    left.milliseconds < right.milliseconds
  }
}
