@testable import ProfileRewriter

/// System calls that are another's, but for those that a subclass makes differently.
class ForwardingSystemCalls: SystemCalls, @unchecked Sendable {
  let base: any SystemCalls

  init(_ base: any SystemCalls = LinuxSystemCalls()) { self.base = base }

  func openBeneath(
    _ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32
  ) throws(Errno) -> Int32 {
    try base.openBeneath(directory, path, flags: flags, mode: mode)
  }

  func openInRoot(_ directory: Int32, _ path: [UInt8], flags: OpenFlags) throws(Errno) -> Int32 {
    try base.openInRoot(directory, path, flags: flags)
  }

  func open(
    _ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32
  ) throws(Errno) -> Int32 {
    try base.open(directory, path, flags: flags, mode: mode)
  }

  func readLink(_ directory: Int32, _ path: [UInt8]) throws(Errno) -> [UInt8] {
    try base.readLink(directory, path)
  }

  func close(_ descriptor: Int32) throws(Errno) { try base.close(descriptor) }
  func unlock(_ descriptor: Int32) throws(Errno) { try base.unlock(descriptor) }

  func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
    try base.read(descriptor, into: buffer)
  }

  func write(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
    try base.write(descriptor, buffer)
  }

  func sync(_ descriptor: Int32) throws(Errno) { try base.sync(descriptor) }

  func status(_ descriptor: Int32) throws(Errno) -> FileStatus { try base.status(descriptor) }

  func status(_ directory: Int32, _ path: [UInt8]) throws(Errno) -> FileStatus {
    try base.status(directory, path)
  }

  func fileSystemMagic(_ descriptor: Int32) throws(Errno) -> UInt32 {
    try base.fileSystemMagic(descriptor)
  }

  func rename(
    _ directory: Int32, _ from: [UInt8], to: [UInt8], replacing: Bool
  ) throws(Errno) {
    try base.rename(directory, from, to: to, replacing: replacing)
  }

  func move(
    _ from: Int32, _ name: [UInt8], to directory: Int32, _ newName: [UInt8],
    replacing: Bool
  ) throws(Errno) {
    try base.move(from, name, to: directory, newName, replacing: replacing)
  }

  func link(_ directory: Int32, _ from: [UInt8], to: [UInt8]) throws(Errno) {
    try base.link(directory, from, to: to)
  }

  func link(unnamed descriptor: Int32, _ directory: Int32, to: [UInt8]) throws(Errno) {
    try base.link(unnamed: descriptor, directory, to: to)
  }

  func unlink(_ directory: Int32, _ name: [UInt8]) throws(Errno) {
    try base.unlink(directory, name)
  }

  func removeDirectory(_ directory: Int32, _ name: [UInt8]) throws(Errno) {
    try base.removeDirectory(directory, name)
  }

  func makeDirectory(_ directory: Int32, _ name: [UInt8], mode: UInt32) throws(Errno) {
    try base.makeDirectory(directory, name, mode: mode)
  }

  func changeOwner(_ descriptor: Int32, uid: UInt32, gid: UInt32) throws(Errno) {
    try base.changeOwner(descriptor, uid: uid, gid: gid)
  }

  func changeMode(_ descriptor: Int32, _ mode: UInt32) throws(Errno) {
    try base.changeMode(descriptor, mode)
  }

  func requireWritable(_ directory: Int32) throws(Errno) { try base.requireWritable(directory) }

  func entries(_ descriptor: Int32) throws(Errno) -> [DirectoryEntry] {
    try base.entries(descriptor)
  }

  func extendedAttributeNames(_ descriptor: Int32) throws(Errno) -> [[UInt8]] {
    try base.extendedAttributeNames(descriptor)
  }

  func extendedAttribute(_ descriptor: Int32, _ name: [UInt8]) throws(Errno) -> [UInt8]? {
    try base.extendedAttribute(descriptor, name)
  }

  func setExtendedAttribute(
    _ descriptor: Int32, _ name: [UInt8], _ value: [UInt8]
  ) throws(Errno) {
    try base.setExtendedAttribute(descriptor, name, value)
  }

  func removeExtendedAttribute(_ descriptor: Int32, _ name: [UInt8]) throws(Errno) {
    try base.removeExtendedAttribute(descriptor, name)
  }

  func lock(_ descriptor: Int32) throws(Errno) { try base.lock(descriptor) }

  func lockHolder(_ descriptor: Int32) throws(Errno) -> LockHolder? {
    try base.lockHolder(descriptor)
  }
}
