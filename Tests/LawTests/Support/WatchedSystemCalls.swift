@testable import ProfileRewriter

/// The real system calls, with a look taken before each that changes anything on disk. The look may
/// throw, and then the call is not made.
final class WatchedSystemCalls: SystemCalls, @unchecked Sendable {
  private let real = LinuxSystemCalls()
  private let look: (String) throws(Errno) -> Void

  init(_ look: @escaping (String) throws(Errno) -> Void) { self.look = look }

  func openBeneath(
    _ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32
  ) throws(Errno) -> Int32 {
    if flags.contains(.create) { try look("create") }
    return try real.openBeneath(directory, path, flags: flags, mode: mode)
  }

  func openInRoot(_ directory: Int32, _ path: [UInt8], flags: OpenFlags) throws(Errno) -> Int32 {
    try real.openInRoot(directory, path, flags: flags)
  }

  func open(
    _ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32
  ) throws(Errno) -> Int32 {
    if flags.contains(.create) { try look("create") }
    return try real.open(directory, path, flags: flags, mode: mode)
  }

  func close(_ descriptor: Int32) throws(Errno) { try real.close(descriptor) }

  func read(
    _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer
  ) throws(Errno) -> Int {
    try real.read(descriptor, into: buffer)
  }

  func write(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
    try look("write")
    return try real.write(descriptor, buffer)
  }

  func sync(_ descriptor: Int32) throws(Errno) {
    try look("sync")
    try real.sync(descriptor)
  }

  func status(_ descriptor: Int32) throws(Errno) -> FileStatus { try real.status(descriptor) }

  func status(_ directory: Int32, _ path: [UInt8]) throws(Errno) -> FileStatus {
    try real.status(directory, path)
  }

  func fileSystemMagic(_ descriptor: Int32) throws(Errno) -> UInt32 {
    try real.fileSystemMagic(descriptor)
  }

  func rename(
    _ directory: Int32, _ from: [UInt8], to: [UInt8], replacing: Bool
  ) throws(Errno) {
    try look("rename")
    try real.rename(directory, from, to: to, replacing: replacing)
  }

  func link(_ directory: Int32, _ from: [UInt8], to: [UInt8]) throws(Errno) {
    try look("link")
    try real.link(directory, from, to: to)
  }

  func link(unnamed descriptor: Int32, _ directory: Int32, to: [UInt8]) throws(Errno) {
    try look("link")
    try real.link(unnamed: descriptor, directory, to: to)
  }

  func unlink(_ directory: Int32, _ name: [UInt8]) throws(Errno) {
    try look("unlink")
    try real.unlink(directory, name)
  }

  func removeDirectory(_ directory: Int32, _ name: [UInt8]) throws(Errno) {
    try look("removeDirectory")
    try real.removeDirectory(directory, name)
  }

  func makeDirectory(_ directory: Int32, _ name: [UInt8], mode: UInt32) throws(Errno) {
    try look("makeDirectory")
    try real.makeDirectory(directory, name, mode: mode)
  }

  func changeOwner(_ descriptor: Int32, uid: UInt32, gid: UInt32) throws(Errno) {
    try look("changeOwner")
    try real.changeOwner(descriptor, uid: uid, gid: gid)
  }

  func changeMode(_ descriptor: Int32, _ mode: UInt32) throws(Errno) {
    try look("changeMode")
    try real.changeMode(descriptor, mode)
  }

  func entries(_ descriptor: Int32) throws(Errno) -> [[UInt8]] { try real.entries(descriptor) }

  func extendedAttributeNames(_ descriptor: Int32) throws(Errno) -> [[UInt8]] {
    try real.extendedAttributeNames(descriptor)
  }

  func extendedAttribute(_ descriptor: Int32, _ name: [UInt8]) throws(Errno) -> [UInt8]? {
    try real.extendedAttribute(descriptor, name)
  }

  func setExtendedAttribute(
    _ descriptor: Int32, _ name: [UInt8], _ value: [UInt8]
  ) throws(Errno) {
    try look("setExtendedAttribute")
    try real.setExtendedAttribute(descriptor, name, value)
  }

  func removeExtendedAttribute(_ descriptor: Int32, _ name: [UInt8]) throws(Errno) {
    try look("removeExtendedAttribute")
    try real.removeExtendedAttribute(descriptor, name)
  }

  func lock(_ descriptor: Int32) throws(Errno) { try real.lock(descriptor) }

  func requireWritable(_ directory: Int32) throws(Errno) { try real.requireWritable(directory) }

  func unlock(_ descriptor: Int32) throws(Errno) { try real.unlock(descriptor) }

  func lockHolder(_ descriptor: Int32) throws(Errno) -> LockHolder? {
    try real.lockHolder(descriptor)
  }
}
