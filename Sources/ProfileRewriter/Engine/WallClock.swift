import Glibc

/// The machine's time, as the user's calendar shows it.
public enum WallClock {
  public static func now() -> (milliseconds: Int, today: CalendarDay) {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    var parts = tm()
    var seconds = time.tv_sec
    localtime_r(&seconds, &parts)
    let today = CalendarDay(
      year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday))
    return (time.tv_sec * 1000 + time.tv_nsec / 1_000_000, today)
  }
}

extension WallClock {
  /// Sleeps, through signals.
  @Sendable public static func wait(_ seconds: Double) {
    var left = timespec()
    left.tv_sec = Int(seconds)
    left.tv_nsec = Int((seconds - seconds.rounded(.down)) * 1_000_000_000)
    var rest = timespec()
    while clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &rest) == EINTR { left = rest }
  }
}
