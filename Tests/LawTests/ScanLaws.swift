import Adapters
import Foundation
import Synchronization
import Testing

@testable import ProfileRewriter

/// What a scan asks of the disk: no more than there is to know, and the same answers where a directory tells
/// less.
@Suite struct ScanLaws {
  /// The system calls below a home, in order: what is more than these costs every home of a fleet.
  @Test func eachThingIsAskedOnce() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    let lock = sandbox.profile.appendingPathComponent(".parentlock")
    #expect(FileManager.default.createFile(atPath: lock.path, contents: nil))
    let calls = LoggedSystemCalls()
    sandbox.calls = calls
    let rows = Self.scan(sandbox)
    #expect(rows.map(\.account?.state) == [.ready])
    #expect(
      calls.log == [
        "list .", "entries", "close",
        "list .thunderbird", "entries", "close",
        "read .thunderbird/profiles.ini", "status", "bytes", "close",
        // Of the two profiles of a fresh start one has no preferences.
        "handle .thunderbird/lab00000.default", "read prefs.js",
        "handle .thunderbird/lab00001.default-default", "read prefs.js", "status",
        "read .thunderbird/installs.ini", "status", "bytes", "close",
        // A directory that is no known profile may be one that the lists have lost.
        "read prefs.js", "close",
        // Which profile it is, and what is in it.
        "status", "bytes", "close", "read user.js", "read compatibility.ini",
        "read .parentlock", "status", "lock", "close", "file system", "close",
      ], "\(calls.log)")
  }

  /// Many file systems tell no kinds in their listings, and what is found is the same.
  @Test(arguments: Fixture.all) func kindsNeedNotBeListed(_ fixture: Fixture) throws {
    let sandbox = try Sandbox(fixture)
    let rows = Self.scan(sandbox).map(Row.init)
    #expect(!rows.isEmpty)
    sandbox.calls = SilentListings()
    #expect(Self.scan(sandbox).map(Row.init) == rows)
  }

  /// A directory that lists its names and lets nobody through is one problem, however many names it has.
  @Test func namesWithoutAWayToThemAreNoProfiles() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    let calls = NoWayThrough()
    sandbox.calls = calls
    let rows = Self.scan(sandbox)
    sandbox.calls = SilentListings(calls)
    #expect(rows.map(Row.init) == Self.scan(sandbox).map(Row.init))
    #expect(rows.allSatisfy { $0.problem?.reason == .io })
  }

  /// Adapters that are not asked would find nothing.
  @Test func whoIsNotAskedFindsNothing() throws {
    let home = try FullHome(jobs: 1)
    let root = try OpenRoot(path: Array(home.sandbox.home.path.utf8))
    let names = try #require(try root.list(nil))
    for adapter in builtInAdapters where adapter.livesInHomes {
      let places = try #require(adapter.homePlaces, "\(adapter.client)")
      let tops = Set(places.map { $0.bytes.split(separator: UInt8(ascii: "/"))[0] })
      #expect(!adapter.profiles(in: root).isEmpty, "\(adapter.client) is not in the home")
      for name in names where tops.contains(name[...]) {
        try FileManager.default.moveItem(
          at: home.sandbox.home.appendingPathComponent(name.printable),
          to: home.sandbox.directory.appendingPathComponent("moved-\(name.printable)"))
      }
      #expect(adapter.profiles(in: root).isEmpty, "\(adapter.client)")
      for name in names where tops.contains(name[...]) {
        try FileManager.default.moveItem(
          at: home.sandbox.directory.appendingPathComponent("moved-\(name.printable)"),
          to: home.sandbox.home.appendingPathComponent(name.printable))
      }
    }
  }

  private static func scan(_ sandbox: Sandbox) -> [ScanRow] {
    var rows: [ScanRow] = []
    sandbox.engine.scan(sandbox.selection()) { rows.append($0) }
    return rows
  }

  private struct Row: Equatable {
    var name: ProfileName
    var account: Account?
    var problem: Refusal?

    init(_ row: ScanRow) { (name, account, problem) = (row.name, row.account, row.problem) }
  }
}

/// The calls made below roots, in short words.
private final class LoggedSystemCalls: ForwardingSystemCalls, @unchecked Sendable {
  private let state = Mutex<(log: [String], open: Set<Int32>)>(([], []))

  var log: [String] { state.withLock { $0.log } }

  /// - Parameter descriptor: nil for one that is being opened.
  private func note(_ word: String, of descriptor: Int32? = nil) {
    state.withLock { state in
      guard descriptor.map(state.open.contains) ?? true else { return }
      state.log.append(word)
    }
  }

  override func openBeneath(
    _ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32
  ) throws(Errno) -> Int32 {
    let word = flags.contains(.handle) ? "handle" : flags.contains(.directory) ? "list" : "read"
    note("\(word) \(path.printable)")
    let opened = try super.openBeneath(directory, path, flags: flags, mode: mode)
    state.withLock { _ = $0.open.insert(opened) }
    return opened
  }

  override func close(_ descriptor: Int32) throws(Errno) {
    note("close", of: descriptor)
    state.withLock { _ = $0.open.remove(descriptor) }
    try super.close(descriptor)
  }

  override func entries(_ descriptor: Int32) throws(Errno) -> [DirectoryEntry] {
    note("entries", of: descriptor)
    return try super.entries(descriptor)
  }

  override func status(_ descriptor: Int32) throws(Errno) -> FileStatus {
    note("status", of: descriptor)
    return try super.status(descriptor)
  }

  override func read(
    _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer
  ) throws(Errno) -> Int {
    note("bytes", of: descriptor)
    return try super.read(descriptor, into: buffer)
  }

  override func fileSystemMagic(_ descriptor: Int32) throws(Errno) -> UInt32 {
    note("file system", of: descriptor)
    return try super.fileSystemMagic(descriptor)
  }

  override func lockHolder(_ descriptor: Int32) throws(Errno) -> LockHolder? {
    note("lock", of: descriptor)
    return try super.lockHolder(descriptor)
  }
}

/// A file system whose listings tell no kinds (DT_UNKNOWN).
private final class SilentListings: ForwardingSystemCalls, @unchecked Sendable {
  override func entries(_ descriptor: Int32) throws(Errno) -> [DirectoryEntry] {
    try super.entries(descriptor).map { DirectoryEntry(name: $0.name, kind: nil) }
  }
}

/// A home in which no directory below the top may be searched, as mode 0444 makes it for all but root.
private final class NoWayThrough: ForwardingSystemCalls, @unchecked Sendable {
  override func openBeneath(
    _ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32
  ) throws(Errno) -> Int32 {
    if path.dropFirst(2).contains(UInt8(ascii: "/")) { throw .accessDenied }
    return try super.openBeneath(directory, path, flags: flags, mode: mode)
  }
}
