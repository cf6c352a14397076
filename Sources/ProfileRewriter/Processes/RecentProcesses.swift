import Glibc
import Synchronization

/// What runs, looked at no more than once a second: for questions whose answer is looked at again
/// before it counts.
final class RecentProcesses: Sendable {
  private struct Seen {
    var at: UInt64
    var processes: [RunningProcess]
  }

  private let list: any ProcessList
  private let seen = Mutex<[Set<String>: Seen]>([:])

  init(_ list: any ProcessList) { self.list = list }

  func running(_ programs: Set<String>) throws(Refusal) -> [RunningProcess] {
    // Another thread may have looked after this one asked for the time.
    if let known = seen.withLock({ $0[programs] }),
      clock_gettime_nsec() < known.at + 1_000_000_000
    {
      return known.processes
    }
    let processes = try list.running(programs)
    // However long it took: else a slow look would be stale at once.
    let now = clock_gettime_nsec()
    seen.withLock { $0[programs] = Seen(at: now, processes: processes) }
    return processes
  }

  private func clock_gettime_nsec() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
