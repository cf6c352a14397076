import Foundation

/// Does one thing with each of many items on several threads of their own, and hands the results over
/// in the items' order.
///
/// The threads are dedicated ones: what they do may be done as another user. They run no further
/// ahead of the caller than a few results each, so that memory does not grow with the items.
enum OrderedWork {
  /// - Parameters:
  ///   - threads: with one everything is done by the caller, each item just before its result is
  ///     used.
  ///   - atOnce: how many items a thread takes at a time.
  ///   - consume: called by the caller, in order; false ends it.
  static func run<Items: RandomAccessCollection & Sendable, Value: Sendable>(
    _ items: Items, threads: Int, atOnce: Int = 1,
    _ work: @escaping @Sendable (Items.Element) -> Value, consume: (Value) throws -> Bool
  ) rethrows where Items.Index == Int {
    let parts = (items.count + atOnce - 1) / atOnce
    let threads = min(threads, parts)
    guard threads > 1 else {
      for item in items { guard try consume(work(item)) else { return } }
      return
    }
    let queue = ResultQueue<[Value]>(count: parts, window: threads * 2)
    let workers = (0..<threads).map { _ in
      DedicatedThread.start {
        while let part = queue.nextPart() {
          let start = items.startIndex + part * atOnce
          queue.put(items[start..<min(items.endIndex, start + atOnce)].map(work), at: part)
        }
      }
    }
    defer {
      queue.stop()
      for worker in workers { worker.join() }
    }
    for part in 0..<parts {
      for value in queue.take(part) { guard try consume(value) else { return } }
    }
  }

  /// The results of all items. The caller is woken once, when all of them are there.
  static func map<Item: Sendable, Value: Sendable>(
    _ items: [Item], threads: Int, _ work: @escaping @Sendable (Item) -> Value
  ) -> [Value] {
    let threads = min(threads, items.count)
    guard threads > 1 else { return items.map(work) }
    let queue = ResultQueue<Value>(count: items.count, window: items.count)
    let workers = (0..<threads).map { _ in
      DedicatedThread.start {
        while let place = queue.nextPart() { queue.put(work(items[place]), at: place) }
      }
    }
    for worker in workers { worker.join() }
    return items.indices.map(queue.take)
  }
}

/// Results that are made in any order and taken in theirs. Everything in it is guarded by the
/// condition.
private final class ResultQueue<Value: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private let count: Int
  private let window: Int
  private var next = 0
  private var taken = 0
  private var isStopped = false
  private var ready: [Int: Value] = [:]
  /// How many threads wait for something to change: where none does, nobody is to be woken.
  private var waiting = 0

  init(count: Int, window: Int) {
    self.count = count
    self.window = window
  }

  /// The part to do next; waits until the one who takes has come near; nil at the end.
  func nextPart() -> Int? {
    condition.lock()
    defer { condition.unlock() }
    while !isStopped, next < count, next >= taken + window { wait() }
    guard !isStopped, next < count else { return nil }
    defer { next += 1 }
    return next
  }

  func put(_ value: Value, at part: Int) {
    condition.lock()
    ready[part] = value
    if part == taken { wake() }
    condition.unlock()
  }

  func take(_ part: Int) -> Value {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let value = ready.removeValue(forKey: part) {
        taken = part + 1
        wake()
        return value
      }
      wait()
    }
  }

  private func wait() {
    waiting += 1
    condition.wait()
    waiting -= 1
  }

  private func wake() {
    if waiting > 0 { condition.broadcast() }
  }

  /// Nothing more is taken: the threads end after what they are at.
  func stop() {
    condition.lock()
    isStopped = true
    condition.broadcast()
    condition.unlock()
  }
}
