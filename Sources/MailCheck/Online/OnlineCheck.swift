import Autoconfig
import Foundation

/// Asks the network about subjects, several at a time, and answers in their order.
///
/// Nothing is sent but questions: no credential ever, and no address unless its own domain's
/// autoconfig host wants it (see `OnlineInquiry.askForFiles()`).
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
    let queue = AnswerQueue<CheckAnswer>(count: subjects.count)
    for _ in 0..<min(max(network.settings.parallel, 1), subjects.count) {
      Thread.detachNewThread {
        while let index = queue.next() { queue.put(check(subjects[index]), at: index) }
      }
    }
    for index in subjects.indices { emit(index, queue.take(at: index)) }
  }
}
