import Foundation

/// How many are somewhere, have been at most at a time, and have come in all.
final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var present = 0
  private(set) var most = 0
  private(set) var came = 0

  func come() {
    lock.withLock {
      came += 1
      present += 1
      most = max(most, present)
    }
  }

  func go() { lock.withLock { present -= 1 } }
}
