import Foundation
import Testing

@testable import ProfileRewriter

@Suite struct OrderedWorkTests {
  private struct Failure: Error {}

  /// The first items take longest.
  @Test(arguments: [1, 2, 7, 40], [1, 3]) func resultsComeInOrder(_ threads: Int, _ atOnce: Int) {
    var results: [Int] = []
    OrderedWork.run(Array(0..<50), threads: threads, atOnce: atOnce) { item -> Int in
      if item < 5 { usleep(UInt32(5 - item) * 1000) }
      return item * 2
    } consume: { value in
      results.append(value)
      return true
    }
    #expect(results == (0..<50).map { $0 * 2 })
  }

  @Test func nobodyRunsFarAhead() {
    let begun = Count()
    var furthest = 0
    OrderedWork.run(Array(0..<400), threads: 4) { item in
      begun.withLock { $0 = max($0, item + 1) }
      return item
    } consume: { value in
      if value % 20 == 0 { usleep(500) }
      furthest = max(furthest, begun.withLock { $0 } - value)
      return true
    }
    #expect(furthest <= 4 * 4 + 4 + 1, "\(furthest)")
  }

  /// Every thread is gone when it returns, and has begun nothing more.
  @Test(arguments: [1, 4]) func endsWhenTold(_ threads: Int) throws {
    let begun = Count()
    @Sendable func work(_ item: Int) -> Int {
      begun.withLock { $0 += 1 }
      return item
    }
    var seen = 0
    OrderedWork.run(Array(0..<10_000), threads: threads) { work($0) } consume: { _ in
      seen += 1
      return seen < 10
    }
    #expect(seen == 10)
    let count = begun.withLock { $0 }
    #expect(count < 60)
    #expect(throws: Failure.self) {
      try OrderedWork.run(Array(0..<10_000), threads: threads) { work($0) } consume: { _ in
        throw Failure()
      }
    }
    #expect(begun.withLock { $0 } < count + 60)
  }

  /// Only such threads may act as somebody else.
  @Test func threadsAreDedicated() {
    let isDedicated = OrderedWork.map(Array(0..<20), threads: 3) { _ in DedicatedThread.isCurrent }
    #expect(isDedicated == Array(repeating: true, count: 20))
  }
}

/// A number under a lock that ThreadSanitizer sees: it takes no notice of Synchronization's.
private final class Count: @unchecked Sendable {
  private let lock = NSLock()
  private var value = 0

  func withLock<Result>(_ body: (inout Int) -> Result) -> Result {
    lock.lock()
    defer { lock.unlock() }
    return body(&value)
  }
}
