import Foundation

/// Makes each value once for all who ask, however many ask at the same time: a thousand accounts of
/// one domain are one question.
final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: @unchecked Sendable {
  private enum Entry {
    case inTheMaking
    case made(Value)
  }

  /// Guards `entries`.
  private let condition = NSCondition()
  private var entries: [Key: Entry] = [:]

  /// - Parameters:
  ///   - isFinal: whether the value is one for others, too; what failed for want of time is not.
  func value(for key: Key, isFinal: () -> Bool, _ make: () -> Value) -> Value {
    condition.lock()
    while case .inTheMaking? = entries[key] { condition.wait() }
    if case .made(let value)? = entries[key] {
      condition.unlock()
      return value
    }
    entries[key] = .inTheMaking
    condition.unlock()
    let value = make()
    condition.lock()
    entries[key] = isFinal() ? .made(value) : nil
    condition.broadcast()
    condition.unlock()
    return value
  }
}

/// Lets a few at a time do something for the same key.
final class Gate<Key: Hashable & Sendable>: @unchecked Sendable {
  /// Guards `counts`.
  private let condition = NSCondition()
  private var counts: [Key: Int] = [:]
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  func pass<Result>(_ key: Key, _ body: () -> Result) -> Result {
    condition.lock()
    while counts[key, default: 0] >= limit { condition.wait() }
    counts[key, default: 0] += 1
    condition.unlock()
    defer {
      condition.lock()
      counts[key] = counts[key, default: 1] - 1
      condition.broadcast()
      condition.unlock()
    }
    return body()
  }
}
