import ProfileRewriter
import Synchronization

/// The mail clients that this program knows. Said once, before the arguments are read: what reads them is
/// made by the argument parser, which hands nothing on.
enum KnownClients {
  private static let said = Mutex<[any ClientAdapter]>([])

  static var adapters: [any ClientAdapter] { said.withLock { $0 } }

  static var names: [String] { adapters.map(\.client) }

  static func set(_ adapters: [any ClientAdapter]) {
    let names = adapters.map(\.client)
    // The journal knows a client by its name.
    precondition(Set(names).count == names.count, "two clients of one name: \(names)")
    said.withLock { $0 = adapters }
  }
}
