import Foundation
import Synchronization

@testable import ProfileRewriter

/// The real system calls, and who the thread was to the file system at each, below which directory.
final class IdentityWatch: SystemCalls {
  struct Call: Hashable {
    var name: String
    /// The directory, or the file, that the call's descriptor has open.
    var place: String
    var uid: UInt32
    var gid: UInt32
    var groups: [UInt32]
  }

  private let real = LinuxSystemCalls()
  private let isOld: Bool
  private let seen = Mutex<[Call]>([])

  /// - Parameter isOld: a kernel before Linux 5.6, without openat2.
  init(isOld: Bool = false) { self.isOld = isOld }

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

  func close(_ descriptor: Int32) throws(Errno) { try real.close(descriptor) }
  func unlock(_ descriptor: Int32) throws(Errno) { try real.unlock(descriptor) }

  func openBeneath(
    _ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32
  ) throws(Errno) -> Int32 {
    if isOld { throw .noSystemCall }
    look("openBeneath", directory)
    return try real.openBeneath(directory, path, flags: flags, mode: mode)
  }

  func openInRoot(_ directory: Int32, _ path: [UInt8], flags: OpenFlags) throws(Errno) -> Int32 {
    if isOld { throw .noSystemCall }
    look("openInRoot", directory)
    return try real.openInRoot(directory, path, flags: flags)
  }

  func open(
    _ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32
  ) throws(Errno) -> Int32 {
    look("open", directory)
    return try real.open(directory, path, flags: flags, mode: mode)
  }

  func readLink(_ directory: Int32, _ path: [UInt8]) throws(Errno) -> [UInt8] {
    look("readLink", directory)
    return try real.readLink(directory, path)
  }

  func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
    look("read", descriptor)
    return try real.read(descriptor, into: buffer)
  }

  func write(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
    look("write", descriptor)
    return try real.write(descriptor, buffer)
  }

  func sync(_ descriptor: Int32) throws(Errno) {
    look("sync", descriptor)
    try real.sync(descriptor)
  }

  func status(_ descriptor: Int32) throws(Errno) -> FileStatus {
    look("fstat", descriptor)
    return try real.status(descriptor)
  }

  func status(_ directory: Int32, _ path: [UInt8]) throws(Errno) -> FileStatus {
    look("fstatat", directory)
    return try real.status(directory, path)
  }

  func fileSystemMagic(_ descriptor: Int32) throws(Errno) -> UInt32 {
    look("statfs", descriptor)
    return try real.fileSystemMagic(descriptor)
  }

  func rename(
    _ directory: Int32, _ from: [UInt8], to: [UInt8], replacing: Bool
  ) throws(Errno) {
    look("rename", directory)
    try real.rename(directory, from, to: to, replacing: replacing)
  }

  func link(_ directory: Int32, _ from: [UInt8], to: [UInt8]) throws(Errno) {
    look("link", directory)
    try real.link(directory, from, to: to)
  }

  func link(unnamed descriptor: Int32, _ directory: Int32, to: [UInt8]) throws(Errno) {
    look("linkUnnamed", directory)
    try real.link(unnamed: descriptor, directory, to: to)
  }

  func unlink(_ directory: Int32, _ name: [UInt8]) throws(Errno) {
    look("unlink", directory)
    try real.unlink(directory, name)
  }

  func removeDirectory(_ directory: Int32, _ name: [UInt8]) throws(Errno) {
    look("removeDirectory", directory)
    try real.removeDirectory(directory, name)
  }

  func makeDirectory(_ directory: Int32, _ name: [UInt8], mode: UInt32) throws(Errno) {
    look("makeDirectory", directory)
    try real.makeDirectory(directory, name, mode: mode)
  }

  func changeOwner(_ descriptor: Int32, uid: UInt32, gid: UInt32) throws(Errno) {
    look("changeOwner", descriptor)
    try real.changeOwner(descriptor, uid: uid, gid: gid)
  }

  func changeMode(_ descriptor: Int32, _ mode: UInt32) throws(Errno) {
    look("changeMode", descriptor)
    try real.changeMode(descriptor, mode)
  }

  func requireWritable(_ directory: Int32) throws(Errno) {
    look("requireWritable", directory)
    try real.requireWritable(directory)
  }

  func entries(_ descriptor: Int32) throws(Errno) -> [[UInt8]] {
    look("entries", descriptor)
    return try real.entries(descriptor)
  }

  func extendedAttributeNames(_ descriptor: Int32) throws(Errno) -> [[UInt8]] {
    look("attributes", descriptor)
    return try real.extendedAttributeNames(descriptor)
  }

  func extendedAttribute(_ descriptor: Int32, _ name: [UInt8]) throws(Errno) -> [UInt8]? {
    look("attribute", descriptor)
    return try real.extendedAttribute(descriptor, name)
  }

  func setExtendedAttribute(
    _ descriptor: Int32, _ name: [UInt8], _ value: [UInt8]
  ) throws(Errno) {
    look("setAttribute", descriptor)
    try real.setExtendedAttribute(descriptor, name, value)
  }

  func removeExtendedAttribute(_ descriptor: Int32, _ name: [UInt8]) throws(Errno) {
    look("removeAttribute", descriptor)
    try real.removeExtendedAttribute(descriptor, name)
  }

  func lock(_ descriptor: Int32) throws(Errno) {
    look("lock", descriptor)
    try real.lock(descriptor)
  }

  func lockHolder(_ descriptor: Int32) throws(Errno) -> LockHolder? {
    look("lockHolder", descriptor)
    return try real.lockHolder(descriptor)
  }
}
