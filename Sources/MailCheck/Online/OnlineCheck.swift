import Autoconfig
import Foundation

/// Asks the network about subjects, several at a time, and answers in their order.
///
/// Nothing is sent but questions: no credential ever, and no address unless its own domain's
/// autoconfig host wants it (see ``OnlineInquiry/askForFiles()``).
public struct OnlineCheck: Sendable {
  private let lookup: ProviderLookup
  private let network: Network

  public init(lookup: ProviderLookup = ProviderLookup(), settings: OnlineSettings) {
    self.lookup = lookup
    network = Network(settings)
  }

  public func check(_ subject: CheckSubject) -> CheckAnswer {
    OnlineInquiry(subject, lookup, network).answer()
  }

  /// Each answer is emitted as soon as it and all before it are there, on the caller's thread.
  public func check(_ subjects: [CheckSubject], _ emit: (Int, CheckAnswer) -> Void) {
    let queue = AnswerQueue(count: subjects.count)
    for _ in 0..<min(max(network.settings.parallel, 1), subjects.count) {
      Thread.detachNewThread {
        while let index = queue.next() { queue.put(check(subjects[index]), at: index) }
      }
    }
    for index in subjects.indices { emit(index, queue.take(at: index)) }
  }
}

/// Hands out numbers to many threads, and their answers to one.
private final class AnswerQueue: @unchecked Sendable {
  /// Guards all below.
  private let condition = NSCondition()
  private let count: Int
  private var begun = 0
  private var answers: [Int: CheckAnswer] = [:]

  init(count: Int) { self.count = count }

  func next() -> Int? {
    condition.withLock {
      guard begun < count else { return nil }
      begun += 1
      return begun - 1
    }
  }

  func put(_ answer: CheckAnswer, at index: Int) {
    condition.withLock {
      answers[index] = answer
      condition.broadcast()
    }
  }

  func take(at index: Int) -> CheckAnswer {
    condition.withLock {
      while true {
        if let answer = answers.removeValue(forKey: index) { return answer }
        condition.wait()
      }
    }
  }
}
