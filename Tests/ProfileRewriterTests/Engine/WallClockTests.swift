import Foundation
import Testing

@testable import ProfileRewriter

@Suite struct WallClockTests {
  @Test func aSignalDoesNotShortenAWait() {
    // Delivered, and heeded by nobody.
    let before = signal(SIGWINCH) { _ in }
    defer { signal(SIGWINCH, before) }
    let sleeper = pthread_self()
    let disturber = Thread {
      for _ in 0..<5 {
        usleep(40_000)
        pthread_kill(sleeper, SIGWINCH)
      }
    }
    disturber.start()
    let start = DispatchTime.now()
    WallClock.wait(0.3)
    let waited = Double(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds) / 1e9
    #expect(waited >= 0.3)
  }

  @Test func nowIsToday() {
    let (milliseconds, today) = WallClock.now()
    #expect(abs(Double(milliseconds) / 1000 - Date().timeIntervalSince1970) < 60)
    let parts = Calendar(identifier: .gregorian).dateComponents(
      [.year], from: Date(timeIntervalSince1970: Double(milliseconds) / 1000))
    #expect(parts.year == today.year)
  }
}
