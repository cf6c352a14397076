import Foundation
import Synchronization
import Testing

/// Faults that the sanitizers must find in these tests' own build and settings, each made on purpose
/// where the environment asks for it by name (scripts/sanitize) and never otherwise.
@Suite struct PlantedFaultTests {
  private static let wanted = ProcessInfo.processInfo.environment["PLANTED_FAULT"]

  @Test(.enabled(if: wanted == "use-after-free")) func useAfterFree() {
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 16)
    bytes.initialize(repeating: 7, count: 16)
    bytes.deallocate()
    #expect(bytes[3] != 8)
  }

  @Test(.enabled(if: wanted == "leak")) func leak() {
    for _ in 0..<64 { malloc(1234)?.storeBytes(of: 7, as: UInt8.self) }
  }

  @Test(.enabled(if: wanted == "race")) func race() {
    let place = Place()
    let other = Thread {
      for _ in 0..<10_000 { place.value += 1 }
      place.isDone.signal()
    }
    other.start()
    for _ in 0..<10_000 { place.value += 1 }
    place.isDone.wait()
    #expect(place.value > 0)
  }

  /// No fault, and none may be found: what waits for a mutex has its order from it.
  @Test func aMutexThatManyWaitForIsNoRace() {
    let numbers = Numbers()
    let threads = (0..<4).map { _ in
      Thread {
        for number in 0..<2_000 { numbers.add(number) }
        numbers.isDone.signal()
      }
    }
    for thread in threads { thread.start() }
    for _ in threads { numbers.isDone.wait() }
    #expect(numbers.count == 8_000)
  }

  private final class Numbers: Sendable {
    private let all = Mutex<[Int]>([])
    let isDone = DispatchSemaphore(value: 0)

    var count: Int { all.withLock { $0.count } }

    func add(_ number: Int) { all.withLock { $0.append(number) } }
  }

  private final class Place: @unchecked Sendable {
    var value = 0
    let isDone = DispatchSemaphore(value: 0)
  }
}
