@testable import ProfileRewriter

/// The real system calls, with a look taken before each that changes anything on disk. The look may
/// throw, and then the call is not made.
final class WatchedSystemCalls: ForwardingSystemCalls, @unchecked Sendable {
  private let look: (String) throws(Errno) -> Void

  init(
    _ base: any SystemCalls = LinuxSystemCalls(), _ look: @escaping (String) throws(Errno) -> Void
  ) {
    self.look = look
    super.init(base)
  }

  override func openBeneath(
    _ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32
  ) throws(Errno) -> Int32 {
    if flags.contains(.create) { try look("create") }
    return try super.openBeneath(directory, path, flags: flags, mode: mode)
  }

  override func open(
    _ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32
  ) throws(Errno) -> Int32 {
    if flags.contains(.create) { try look("create") }
    return try super.open(directory, path, flags: flags, mode: mode)
  }

  override func write(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
    try look("write")
    return try super.write(descriptor, buffer)
  }

  override func sync(_ descriptor: Int32) throws(Errno) {
    try look("sync")
    try super.sync(descriptor)
  }

  override func rename(
    _ directory: Int32, _ from: [UInt8], to: [UInt8], replacing: Bool
  ) throws(Errno) {
    try look("rename")
    try super.rename(directory, from, to: to, replacing: replacing)
  }

  override func move(
    _ from: Int32, _ name: [UInt8], to directory: Int32, _ newName: [UInt8],
    replacing: Bool
  ) throws(Errno) {
    try look("move")
    try super.move(from, name, to: directory, newName, replacing: replacing)
  }

  override func link(_ directory: Int32, _ from: [UInt8], to: [UInt8]) throws(Errno) {
    try look("link")
    try super.link(directory, from, to: to)
  }

  override func link(unnamed descriptor: Int32, _ directory: Int32, to: [UInt8]) throws(Errno) {
    try look("link")
    try super.link(unnamed: descriptor, directory, to: to)
  }

  override func unlink(_ directory: Int32, _ name: [UInt8]) throws(Errno) {
    try look("unlink")
    try super.unlink(directory, name)
  }

  override func removeDirectory(_ directory: Int32, _ name: [UInt8]) throws(Errno) {
    try look("removeDirectory")
    try super.removeDirectory(directory, name)
  }

  override func makeDirectory(_ directory: Int32, _ name: [UInt8], mode: UInt32) throws(Errno) {
    try look("makeDirectory")
    try super.makeDirectory(directory, name, mode: mode)
  }

  override func changeOwner(_ descriptor: Int32, uid: UInt32, gid: UInt32) throws(Errno) {
    try look("changeOwner")
    try super.changeOwner(descriptor, uid: uid, gid: gid)
  }

  override func changeMode(_ descriptor: Int32, _ mode: UInt32) throws(Errno) {
    try look("changeMode")
    try super.changeMode(descriptor, mode)
  }

  override func setExtendedAttribute(
    _ descriptor: Int32, _ name: [UInt8], _ value: [UInt8]
  ) throws(Errno) {
    try look("setExtendedAttribute")
    try super.setExtendedAttribute(descriptor, name, value)
  }

  override func removeExtendedAttribute(_ descriptor: Int32, _ name: [UInt8]) throws(Errno) {
    try look("removeExtendedAttribute")
    try super.removeExtendedAttribute(descriptor, name)
  }
}
