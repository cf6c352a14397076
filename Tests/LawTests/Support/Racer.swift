import Foundation
import Synchronization

@testable import ProfileRewriter

/// The owner of a home, who puts links, second names, FIFOs, devices and directories in the place of
/// its entries and takes them away again, as fast as the system lets them.
final class Racer: Sendable {
  private let home: String
  private let places: [String]
  private let outside: String
  private let user: UserIdentity
  private let state = Mutex((operations: 0, isOver: false))
  private let done = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - places: what is swapped, below the home.
  ///   - outside: where the links lead: `shadow`, `profile`, `open`, which anybody may read,
  ///     and `empty`, which anybody may write.
  init(home: URL, places: [String], outside: URL, user: UInt32) {
    self.home = home.path
    self.places = places
    self.outside = outside.path
    self.user = UserIdentity(uid: user, gid: user, groups: [])
  }

  var operations: Int { state.withLock { $0.operations } }

  private var attic: String { home + "/attic" }

  private static let kinds = [
    "file link", "tree link", "open link", "read link", "name", "fifo", "device", "directory",
  ]

  /// What only root can make, made for them.
  func prepare() {
    mkdir(attic, 0o700)
    chown(attic, user.uid, user.gid)
    Glibc.link(outside + "/other", attic + "/name")
    mknod(attic + "/device", S_IFCHR | 0o666, 1 << 8 | 5)
    ThreadIdentity.run(as: user) { make() }
  }

  private func make() {
    symlink(outside + "/shadow", attic + "/file link")
    symlink(outside + "/profile", attic + "/tree link")
    symlink(outside + "/empty", attic + "/open link")
    symlink(outside + "/open", attic + "/read link")
    mkfifo(attic + "/fifo", 0o666)
    mkdir(attic + "/directory", 0o777)
  }

  func start() {
    let thread = Thread { [self] in
      DedicatedThread.runAlone { ThreadIdentity.run(as: user) { race() } }
      done.signal()
    }
    thread.start()
  }

  /// The swap in hand is taken back first.
  func stop() {
    state.withLock { $0.isOver = true }
    done.wait()
  }

  private func race() {
    var generator = SystemRandomNumberGenerator()
    while true {
      var count = 0
      // In bursts of any length, and with rests in which a run can get through, or half way.
      for _ in 0..<(1 << Int.random(in: 0...7, using: &generator)) {
        let place = home + "/" + places[Int.random(in: 0..<places.count, using: &generator)]
        let kind = Self.kinds[Int.random(in: 0..<Self.kinds.count, using: &generator)]
        count += swap(place, kind, lingering: UInt8.random(in: 0...63, using: &generator))
      }
      make()
      let isOver = state.withLock { state in
        state.operations += count
        return state.isOver
      }
      if isOver { return }
      usleep(UInt32.random(in: 0...20_000, using: &generator))
    }
  }

  /// Renames made.
  private func swap(_ place: String, _ kind: String, lingering: UInt8) -> Int {
    let hold = attic + "/hold"
    guard rename(place, hold) == 0 else { return 1 }
    let isThere = rename(attic + "/" + kind, place) == 0
    for _ in 0..<lingering { sched_yield() }
    if isThere { rename(place, attic + "/" + kind) }
    rename(hold, place)
    return 4
  }
}
