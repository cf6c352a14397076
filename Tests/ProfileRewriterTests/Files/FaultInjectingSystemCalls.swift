import Synchronization

@testable import ProfileRewriter

/// The system calls of a process that meets a fault at its n-th call.
///
/// Calls are counted from 0, closes and reads included. After a kill every call fails and none has
/// an effect, as if the process were gone: what the code under test does to clean up is not done.
final class FaultInjectingSystemCalls: SystemCalls {
  enum Fault: Sendable {
    /// The call fails and does nothing.
    case fail(Errno)
    /// A write takes only half of what it was offered; other calls are as ever.
    case short
    /// The process ends before the call is made.
    case kill
    /// The process ends in the middle: a write is half done, anything else done.
    case killAfter
  }

  static let killed = Errno(rawValue: 9999)

  struct Call: Sendable {
    var name: String
    var subject: String
  }

  private struct State {
    var calls: [Call] = []
    var dead = false
    var faulted = false
    var open: Set<Int32> = []
  }

  private let real = LinuxSystemCalls.shared
  private let position: Int
  private let fault: Fault?
  private let only: String?
  private let afterOpening: @Sendable ([UInt8]) -> Void
  private let state = Mutex(State())

  /// - Parameters:
  ///   - only: count only calls of this name.
  ///   - afterOpening: told the path of what was opened.
  init(
    at position: Int = .max, _ fault: Fault? = nil, only: String? = nil,
    afterOpening: @escaping @Sendable ([UInt8]) -> Void = { _ in }
  ) {
    self.afterOpening = afterOpening
    self.position = position
    self.fault = fault
    self.only = only
  }

  deinit {
    // The descriptors of a killed process are closed by the system.
    for descriptor in state.withLock({ $0.open }) { try? real.close(descriptor) }
  }

  /// Every call so far.
  var calls: [Call] { state.withLock { $0.calls } }
  var count: Int { calls.count }
  /// Whether the fault came about.
  var faulted: Bool { state.withLock { $0.faulted } }
  var openDescriptors: Int { state.withLock { $0.open.count } }

  private enum Turn { case normal, short, killAfter }

  private func turn(_ name: String, _ subject: [UInt8] = []) throws(Errno) -> Turn {
    let number: Int? = try state.withLock { state in
      Result { () throws(Errno) -> Int? in
        if state.dead { throw Self.killed }
        guard only == nil || only == name else { return nil }
        state.calls.append(Call(name: name, subject: String(decoding: subject, as: UTF8.self)))
        return state.calls.count - 1
      }
    }.get()
    guard number == position, let fault else { return .normal }
    state.withLock { $0.faulted = true }
    switch fault {
    case .fail(let error): throw error
    case .short: return .short
    case .kill:
      state.withLock { $0.dead = true }
      throw Self.killed
    case .killAfter:
      state.withLock { $0.dead = true }
      return .killAfter
    }
  }

  private func make<Value>(
    _ name: String, _ subject: [UInt8] = [], _ call: () throws(Errno) -> Value
  ) throws(Errno) -> Value {
    let turn = try turn(name, subject)
    let value = try call()
    if case .killAfter = turn { throw Self.killed }
    return value
  }

  private func opened(
    _ name: String, _ subject: [UInt8], _ call: () throws(Errno) -> Int32
  ) throws(Errno) -> Int32 {
    let turn = try turn(name, subject)
    let descriptor = try call()
    state.withLock { _ = $0.open.insert(descriptor) }
    afterOpening(subject)
    if case .killAfter = turn { throw Self.killed }
    return descriptor
  }

  func openBeneath(_ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32)
    throws(Errno) -> Int32
  {
    try opened("openBeneath", path) { () throws(Errno) in
      try real.openBeneath(directory, path, flags: flags, mode: mode)
    }
  }

  func openInRoot(_ directory: Int32, _ path: [UInt8], flags: OpenFlags) throws(Errno) -> Int32 {
    try opened("openInRoot", path) { () throws(Errno) in
      try real.openInRoot(directory, path, flags: flags)
    }
  }

  func open(_ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32) throws(Errno)
    -> Int32
  {
    try opened("open", path) { () throws(Errno) in
      try real.open(directory, path, flags: flags, mode: mode)
    }
  }

  func close(_ descriptor: Int32) throws(Errno) {
    // Even a close that fails lets go of the descriptor.
    do throws(Errno) {
      _ = try turn("close")
    } catch {
      if error != Self.killed {
        state.withLock { _ = $0.open.remove(descriptor) }
        try? real.close(descriptor)
      }
      throw error
    }
    state.withLock { _ = $0.open.remove(descriptor) }
    try real.close(descriptor)
  }

  func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
    try make("read") { () throws(Errno) in try real.read(descriptor, into: buffer) }
  }

  func write(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
    let turn = try turn("write")
    guard case .normal = turn else {
      let half = UnsafeRawBufferPointer(rebasing: buffer[..<max(1, buffer.count / 2)])
      let count = try real.write(descriptor, half)
      if case .killAfter = turn { throw Self.killed }
      return count
    }
    return try real.write(descriptor, buffer)
  }

  func sync(_ descriptor: Int32) throws(Errno) {
    try make("sync") { () throws(Errno) in try real.sync(descriptor) }
  }

  func status(_ descriptor: Int32) throws(Errno) -> FileStatus {
    try make("status") { () throws(Errno) in try real.status(descriptor) }
  }

  func status(_ directory: Int32, _ path: [UInt8]) throws(Errno) -> FileStatus {
    try make("statusAt", path) { () throws(Errno) in try real.status(directory, path) }
  }

  func fileSystemMagic(_ descriptor: Int32) throws(Errno) -> UInt32 {
    try make("fileSystemMagic") { () throws(Errno) in try real.fileSystemMagic(descriptor) }
  }

  func rename(_ directory: Int32, _ from: [UInt8], to: [UInt8], replacing: Bool) throws(Errno) {
    try make("rename", to) { () throws(Errno) in
      try real.rename(directory, from, to: to, replacing: replacing)
    }
  }

  func move(
    _ from: Int32, _ name: [UInt8], to directory: Int32, _ newName: [UInt8],
    replacing: Bool
  ) throws(Errno) {
    try make("move", newName) { () throws(Errno) in
      try real.move(from, name, to: directory, newName, replacing: replacing)
    }
  }

  func link(_ directory: Int32, _ from: [UInt8], to: [UInt8]) throws(Errno) {
    try make("link", to) { () throws(Errno) in try real.link(directory, from, to: to) }
  }

  func link(unnamed descriptor: Int32, _ directory: Int32, to: [UInt8]) throws(Errno) {
    try make("link", to) { () throws(Errno) in
      try real.link(unnamed: descriptor, directory, to: to)
    }
  }

  func unlink(_ directory: Int32, _ name: [UInt8]) throws(Errno) {
    try make("unlink", name) { () throws(Errno) in try real.unlink(directory, name) }
  }

  func removeDirectory(_ directory: Int32, _ name: [UInt8]) throws(Errno) {
    try make("removeDirectory", name) { () throws(Errno) in
      try real.removeDirectory(directory, name)
    }
  }

  func makeDirectory(_ directory: Int32, _ name: [UInt8], mode: UInt32) throws(Errno) {
    try make("makeDirectory", name) { () throws(Errno) in
      try real.makeDirectory(directory, name, mode: mode)
    }
  }

  func changeOwner(_ descriptor: Int32, uid: UInt32, gid: UInt32) throws(Errno) {
    try make("changeOwner") { () throws(Errno) in
      try real.changeOwner(descriptor, uid: uid, gid: gid)
    }
  }

  func changeMode(_ descriptor: Int32, _ mode: UInt32) throws(Errno) {
    try make("changeMode") { () throws(Errno) in try real.changeMode(descriptor, mode) }
  }

  func entries(_ descriptor: Int32) throws(Errno) -> [DirectoryEntry] {
    try make("entries") { () throws(Errno) in try real.entries(descriptor) }
  }

  func extendedAttributeNames(_ descriptor: Int32) throws(Errno) -> [[UInt8]] {
    try make("extendedAttributeNames") { () throws(Errno) in
      try real.extendedAttributeNames(descriptor)
    }
  }

  func extendedAttribute(_ descriptor: Int32, _ name: [UInt8]) throws(Errno) -> [UInt8]? {
    try make("extendedAttribute", name) { () throws(Errno) in
      try real.extendedAttribute(descriptor, name)
    }
  }

  func setExtendedAttribute(_ descriptor: Int32, _ name: [UInt8], _ value: [UInt8])
    throws(Errno)
  {
    try make("setExtendedAttribute", name) { () throws(Errno) in
      try real.setExtendedAttribute(descriptor, name, value)
    }
  }

  func removeExtendedAttribute(_ descriptor: Int32, _ name: [UInt8]) throws(Errno) {
    try make("removeExtendedAttribute", name) { () throws(Errno) in
      try real.removeExtendedAttribute(descriptor, name)
    }
  }

  func lock(_ descriptor: Int32) throws(Errno) {
    try make("lock") { () throws(Errno) in try real.lock(descriptor) }
  }

  func requireWritable(_ directory: Int32) throws(Errno) { try real.requireWritable(directory) }

  func unlock(_ descriptor: Int32) throws(Errno) { try real.unlock(descriptor) }

  func lockHolder(_ descriptor: Int32) throws(Errno) -> LockHolder? {
    try make("lockHolder") { () throws(Errno) in try real.lockHolder(descriptor) }
  }
}

/// A kernel that lacks some calls, or answers them in a way of its own.
struct PoorSystemCalls: SystemCalls {
  var openAnswer: Errno?
  var renameAnswer: Errno?
  var magic: UInt32?
  var writesNothing = false
  var beforeRename: (@Sendable () -> Void)?
  var beforeLock: (@Sendable () -> Void)?
  private let real = LinuxSystemCalls.shared

  init(
    openAnswer: Errno? = nil, renameAnswer: Errno? = nil, magic: UInt32? = nil,
    writesNothing: Bool = false,
    beforeRename: (@Sendable () -> Void)? = nil, beforeLock: (@Sendable () -> Void)? = nil
  ) {
    self.openAnswer = openAnswer
    self.renameAnswer = renameAnswer
    self.magic = magic
    self.writesNothing = writesNothing
    self.beforeRename = beforeRename
    self.beforeLock = beforeLock
  }

  func openBeneath(_ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32)
    throws(Errno) -> Int32
  {
    if let openAnswer { throw openAnswer }
    return try real.openBeneath(directory, path, flags: flags, mode: mode)
  }
  func openInRoot(_ directory: Int32, _ path: [UInt8], flags: OpenFlags) throws(Errno) -> Int32 {
    if let openAnswer { throw openAnswer }
    return try real.openInRoot(directory, path, flags: flags)
  }
  func rename(_ directory: Int32, _ from: [UInt8], to: [UInt8], replacing: Bool) throws(Errno) {
    beforeRename?()
    if !replacing, let renameAnswer { throw renameAnswer }
    try real.rename(directory, from, to: to, replacing: replacing)
  }
  func move(
    _ from: Int32, _ name: [UInt8], to directory: Int32, _ newName: [UInt8], replacing: Bool
  ) throws(Errno) {
    if !replacing, let renameAnswer { throw renameAnswer }
    try real.move(from, name, to: directory, newName, replacing: replacing)
  }
  func fileSystemMagic(_ descriptor: Int32) throws(Errno) -> UInt32 {
    if let magic { return magic }
    return try real.fileSystemMagic(descriptor)
  }
  func open(_ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32) throws(Errno)
    -> Int32
  { try real.open(directory, path, flags: flags, mode: mode) }
  func close(_ descriptor: Int32) throws(Errno) { try real.close(descriptor) }
  func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
    try real.read(descriptor, into: buffer)
  }
  func write(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
    if writesNothing { return 0 }
    return try real.write(descriptor, buffer)
  }
  func sync(_ descriptor: Int32) throws(Errno) { try real.sync(descriptor) }
  func status(_ descriptor: Int32) throws(Errno) -> FileStatus { try real.status(descriptor) }
  func status(_ directory: Int32, _ path: [UInt8]) throws(Errno) -> FileStatus {
    try real.status(directory, path)
  }
  func link(_ directory: Int32, _ from: [UInt8], to: [UInt8]) throws(Errno) {
    try real.link(directory, from, to: to)
  }
  /// Such a file system has no unnamed files either.
  func link(unnamed descriptor: Int32, _ directory: Int32, to: [UInt8]) throws(Errno) {
    throw .notSupported
  }
  func unlink(_ directory: Int32, _ name: [UInt8]) throws(Errno) {
    try real.unlink(directory, name)
  }
  func removeDirectory(_ directory: Int32, _ name: [UInt8]) throws(Errno) {
    try real.removeDirectory(directory, name)
  }
  func makeDirectory(_ directory: Int32, _ name: [UInt8], mode: UInt32) throws(Errno) {
    try real.makeDirectory(directory, name, mode: mode)
  }
  func changeOwner(_ descriptor: Int32, uid: UInt32, gid: UInt32) throws(Errno) {
    try real.changeOwner(descriptor, uid: uid, gid: gid)
  }
  func changeMode(_ descriptor: Int32, _ mode: UInt32) throws(Errno) {
    try real.changeMode(descriptor, mode)
  }
  func entries(_ descriptor: Int32) throws(Errno) -> [DirectoryEntry] {
    try real.entries(descriptor)
  }
  func extendedAttributeNames(_ descriptor: Int32) throws(Errno) -> [[UInt8]] {
    try real.extendedAttributeNames(descriptor)
  }
  func extendedAttribute(_ descriptor: Int32, _ name: [UInt8]) throws(Errno) -> [UInt8]? {
    try real.extendedAttribute(descriptor, name)
  }
  func setExtendedAttribute(_ descriptor: Int32, _ name: [UInt8], _ value: [UInt8])
    throws(Errno)
  { try real.setExtendedAttribute(descriptor, name, value) }
  func removeExtendedAttribute(_ descriptor: Int32, _ name: [UInt8]) throws(Errno) {
    try real.removeExtendedAttribute(descriptor, name)
  }
  func lock(_ descriptor: Int32) throws(Errno) {
    beforeLock?()
    try real.lock(descriptor)
  }
  func requireWritable(_ directory: Int32) throws(Errno) { try real.requireWritable(directory) }

  func unlock(_ descriptor: Int32) throws(Errno) { try real.unlock(descriptor) }
  func lockHolder(_ descriptor: Int32) throws(Errno) -> LockHolder? {
    try real.lockHolder(descriptor)
  }
}
