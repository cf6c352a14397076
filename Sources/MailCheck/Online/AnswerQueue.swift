import Foundation

/// Hands out numbers to many threads, and their answers to one.
final class AnswerQueue<Answer: Sendable>: @unchecked Sendable {
  /// Guards all below.
  private let condition = NSCondition()
  private let count: Int
  private var begun = 0
  private var answers: [Int: Answer] = [:]

  init(count: Int) { self.count = count }

  func next() -> Int? {
    condition.withLock {
      guard begun < count else { return nil }
      begun += 1
      return begun - 1
    }
  }

  func put(_ answer: Answer, at index: Int) {
    condition.withLock {
      answers[index] = answer
      condition.broadcast()
    }
  }

  func take(at index: Int) -> Answer {
    condition.withLock {
      while true {
        if let answer = answers.removeValue(forKey: index) { return answer }
        condition.wait()
      }
    }
  }
}
