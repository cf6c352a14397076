import Foundation
import Glibc
import Testing

/// Does what must not take long, counted in seconds of this thread's processor: a busy machine makes no difference. The
/// sanitizers make it ten times slower.
@discardableResult
func inTime<Value>(
  _ seconds: Double, _ place: SourceLocation = #_sourceLocation, _ work: () throws -> Value
) rethrows -> Value {
  let before = processorTime
  let value = try work()
  let spent = processorTime - before
  let isSanitized = ProcessInfo.processInfo.environment["SANITIZED"] != nil
  #expect(
    spent < .seconds(isSanitized ? seconds * 10 : seconds), "took \(spent)", sourceLocation: place)
  return value
}

private var processorTime: Duration {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
