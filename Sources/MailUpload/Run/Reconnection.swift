import Glibc

/// How often a run connects again, and how long it waits before.
struct Reconnection {
  /// However much gets through in between: a server that breaks this often is not at work.
  private static let most = 50

  private let delays: [Double]
  private var fruitless = 0
  private var made = 0

  init(delays: [Double]) { self.delays = delays }

  /// Something got through: the next break is another one.
  mutating func noteSuccess() { fruitless = 0 }

  /// Waits until it is time for another attempt.
  /// - Returns: false where there is to be none.
  mutating func wait(_ shouldStop: () -> Bool) -> Bool {
    guard fruitless < delays.count, made < Self.most else { return false }
    var left = delays[fruitless]
    fruitless += 1
    made += 1
    while left > 0, !shouldStop() {
      let step = min(left, 0.1)
      usleep(UInt32(step * 1e6))
      left -= step
    }
    return !shouldStop()
  }
}
