import Foundation
import Synchronization

@testable import ProfileRewriter

/// A way in which a program like this one can be wrong about a hostile home. The laws must catch each
/// (HostileMutationLaws).
enum Breakage: String, CaseIterable, Sendable, CustomStringConvertible {
  /// Opens by name, as open(2) does: neither RESOLVE_NO_SYMLINKS nor RESOLVE_BENEATH.
  case followsEveryLink
  /// Checks the way to a name, and follows the name itself.
  case followsTheLastLink
  /// Does all of it as root, with nothing else wrong.
  case actsAsRoot
  /// As root, and takes a file with several names and of any owner for the user's own.
  case takesAnothersFileForTheirs
  /// As root, and gives what it has put in its place to the user by its path (chown(2)).
  case givesAwayByPath
  /// Takes whatever a name leads to for a regular file.
  case takesAnythingForAFile
  /// Does not look how many names a file has.
  case countsNoNames

  var description: String { rawValue }

  var isRoot: Bool {
    switch self {
    case .actsAsRoot, .takesAnothersFileForTheirs, .givesAwayByPath: true
    default: false
    }
  }

  func apply(to sandbox: Sandbox) {
    sandbox.calls = BrokenSystemCalls(self, sandbox.home)
    if isRoot { sandbox.users = Owners(isRoot: false) }
  }
}

/// The real system calls, made in a wrong way.
final class BrokenSystemCalls: ForwardingSystemCalls, @unchecked Sendable {
  private let breakage: Breakage
  private let home: String
  /// The paths by which directories were opened.
  private let paths = Mutex<[Int32: String]>([:])

  init(_ breakage: Breakage, _ home: URL) {
    self.breakage = breakage
    self.home = home.path
    super.init()
  }

  override func openBeneath(
    _ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32
  ) throws(Errno) -> Int32 {
    let descriptor: Int32
    switch breakage {
    case .followsEveryLink:
      descriptor = try base.open(
        directory, path, flags: flags.subtracting(.noFollow), mode: mode)
    case .followsTheLastLink:
      descriptor = try openFollowingTheLast(directory, path, flags, mode)
    default:
      descriptor = try base.openBeneath(directory, path, flags: flags, mode: mode)
    }
    paths.withLock { $0[descriptor] = home + "/" + String(decoding: path, as: UTF8.self) }
    return descriptor
  }

  override func close(_ descriptor: Int32) throws(Errno) {
    paths.withLock { $0[descriptor] = nil }
    try base.close(descriptor)
  }

  private func openFollowingTheLast(
    _ directory: Int32, _ path: [UInt8], _ flags: OpenFlags, _ mode: UInt32
  ) throws(Errno) -> Int32 {
    guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else {
      return try base.open(directory, path, flags: flags.subtracting(.noFollow), mode: mode)
    }
    let parent = try base.openBeneath(
      directory, Array(path[..<slash]), flags: [.handle, .directory], mode: 0)
    defer { try? base.close(parent) }
    return try base.open(
      parent, Array(path[(slash + 1)...]), flags: flags.subtracting(.noFollow), mode: mode)
  }

  override func status(_ descriptor: Int32) throws(Errno) -> FileStatus {
    var status = try base.status(descriptor)
    // The state directory is looked at as ever.
    let place = try? FileManager.default.destinationOfSymbolicLink(
      atPath: "/proc/self/fd/\(descriptor)")
    guard place?.hasPrefix(home) == true else { return status }
    switch breakage {
    case .takesAnothersFileForTheirs where status.kind == .file:
      status.uid = HostileHomeLaws.user
      status.gid = HostileHomeLaws.user
      status.links = 1
    case .countsNoNames: status.links = 1
    case .takesAnythingForAFile where status.kind == .other:
      status.mode = status.mode & 0o7777 | S_IFREG
    default: break
    }
    return status
  }

  override func rename(
    _ directory: Int32, _ from: [UInt8], to: [UInt8], replacing: Bool
  ) throws(Errno) {
    try base.rename(directory, from, to: to, replacing: replacing)
    guard breakage == .givesAwayByPath, let path = paths.withLock({ $0[directory] }) else { return }
    // As on a busy machine.
    usleep(2000)
    chown(
      path + "/" + String(decoding: to, as: UTF8.self), HostileHomeLaws.user, HostileHomeLaws.user)
  }
}
