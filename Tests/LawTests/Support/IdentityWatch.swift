import Foundation
import Synchronization

@testable import ProfileRewriter

/// The real system calls, and who the thread was to the file system at each, below which directory.
final class IdentityWatch: ForwardingSystemCalls, @unchecked Sendable {
  struct Call: Hashable {
    var name: String
    /// The directory, or the file, that the call's descriptor has open.
    var place: String
    var uid: UInt32
    var gid: UInt32
    var groups: [UInt32]
  }

  private let isOld: Bool
  private let seen = Mutex<[Call]>([])

  /// - Parameter isOld: a kernel before Linux 5.6, without openat2.
  init(isOld: Bool = false, _ base: any SystemCalls = LinuxSystemCalls()) {
    self.isOld = isOld
    super.init(base)
  }

  var calls: [Call] { seen.withLock { $0 } }

  /// Calls at or below a directory.
  func calls(below directory: URL) -> [Call] {
    calls.filter { $0.place == directory.path || $0.place.hasPrefix(directory.path + "/") }
  }

  private func look(_ name: String, _ descriptor: Int32) {
    let place = try? FileManager.default.destinationOfSymbolicLink(
      atPath: "/proc/self/fd/\(descriptor)")
    let (uid, gid) = ThreadIdentity.current
    let call = Call(
      name: name, place: place ?? "", uid: uid, gid: gid, groups: Self.groups)
    seen.withLock { $0.append(call) }
  }

  /// Of this thread alone.
  private static var groups: [UInt32] {
    let status = (try? String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("Groups:") } ?? ""
    return line.dropFirst(7).split(whereSeparator: \.isWhitespace).compactMap { UInt32($0) }
  }

  override func openBeneath(
    _ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32
  ) throws(Errno) -> Int32 {
    if isOld { throw .noSystemCall }
    look("openBeneath", directory)
    return try super.openBeneath(directory, path, flags: flags, mode: mode)
  }

  override func openInRoot(_ directory: Int32, _ path: [UInt8], flags: OpenFlags) throws(Errno)
    -> Int32
  {
    if isOld { throw .noSystemCall }
    look("openInRoot", directory)
    return try super.openInRoot(directory, path, flags: flags)
  }

  override func open(
    _ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32
  ) throws(Errno) -> Int32 {
    look("open", directory)
    return try super.open(directory, path, flags: flags, mode: mode)
  }

  override func readLink(_ directory: Int32, _ path: [UInt8]) throws(Errno) -> [UInt8] {
    look("readLink", directory)
    return try super.readLink(directory, path)
  }

  override func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(Errno)
    -> Int
  {
    look("read", descriptor)
    return try super.read(descriptor, into: buffer)
  }

  override func write(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
    look("write", descriptor)
    return try super.write(descriptor, buffer)
  }

  override func sync(_ descriptor: Int32) throws(Errno) {
    look("sync", descriptor)
    try super.sync(descriptor)
  }

  override func status(_ descriptor: Int32) throws(Errno) -> FileStatus {
    look("fstat", descriptor)
    return try super.status(descriptor)
  }

  override func status(_ directory: Int32, _ path: [UInt8]) throws(Errno) -> FileStatus {
    look("fstatat", directory)
    return try super.status(directory, path)
  }

  override func fileSystemMagic(_ descriptor: Int32) throws(Errno) -> UInt32 {
    look("statfs", descriptor)
    return try super.fileSystemMagic(descriptor)
  }

  override func rename(
    _ directory: Int32, _ from: [UInt8], to: [UInt8], replacing: Bool
  ) throws(Errno) {
    look("rename", directory)
    try super.rename(directory, from, to: to, replacing: replacing)
  }

  override func move(
    _ from: Int32, _ name: [UInt8], to directory: Int32, _ newName: [UInt8], replacing: Bool
  ) throws(Errno) {
    look("moveFrom", from)
    look("move", directory)
    try super.move(from, name, to: directory, newName, replacing: replacing)
  }

  override func link(_ directory: Int32, _ from: [UInt8], to: [UInt8]) throws(Errno) {
    look("link", directory)
    try super.link(directory, from, to: to)
  }

  override func link(unnamed descriptor: Int32, _ directory: Int32, to: [UInt8]) throws(Errno) {
    look("linkUnnamed", directory)
    try super.link(unnamed: descriptor, directory, to: to)
  }

  override func unlink(_ directory: Int32, _ name: [UInt8]) throws(Errno) {
    look("unlink", directory)
    try super.unlink(directory, name)
  }

  override func removeDirectory(_ directory: Int32, _ name: [UInt8]) throws(Errno) {
    look("removeDirectory", directory)
    try super.removeDirectory(directory, name)
  }

  override func makeDirectory(_ directory: Int32, _ name: [UInt8], mode: UInt32) throws(Errno) {
    look("makeDirectory", directory)
    try super.makeDirectory(directory, name, mode: mode)
  }

  override func changeOwner(_ descriptor: Int32, uid: UInt32, gid: UInt32) throws(Errno) {
    look("changeOwner", descriptor)
    try super.changeOwner(descriptor, uid: uid, gid: gid)
  }

  override func changeMode(_ descriptor: Int32, _ mode: UInt32) throws(Errno) {
    look("changeMode", descriptor)
    try super.changeMode(descriptor, mode)
  }

  override func requireWritable(_ directory: Int32) throws(Errno) {
    look("requireWritable", directory)
    try super.requireWritable(directory)
  }

  override func entries(_ descriptor: Int32) throws(Errno) -> [DirectoryEntry] {
    look("entries", descriptor)
    return try super.entries(descriptor)
  }

  override func extendedAttributeNames(_ descriptor: Int32) throws(Errno) -> [[UInt8]] {
    look("attributes", descriptor)
    return try super.extendedAttributeNames(descriptor)
  }

  override func extendedAttribute(_ descriptor: Int32, _ name: [UInt8]) throws(Errno) -> [UInt8]? {
    look("attribute", descriptor)
    return try super.extendedAttribute(descriptor, name)
  }

  override func setExtendedAttribute(
    _ descriptor: Int32, _ name: [UInt8], _ value: [UInt8]
  ) throws(Errno) {
    look("setAttribute", descriptor)
    try super.setExtendedAttribute(descriptor, name, value)
  }

  override func removeExtendedAttribute(_ descriptor: Int32, _ name: [UInt8]) throws(Errno) {
    look("removeAttribute", descriptor)
    try super.removeExtendedAttribute(descriptor, name)
  }

  override func lock(_ descriptor: Int32) throws(Errno) {
    look("lock", descriptor)
    try super.lock(descriptor)
  }

  override func lockHolder(_ descriptor: Int32) throws(Errno) -> LockHolder? {
    look("lockHolder", descriptor)
    return try super.lockHolder(descriptor)
  }
}
