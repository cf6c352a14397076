/// System calls made as one user, whoever the calling thread is just now.
///
/// This is what keeps the law that nothing in a home is done as somebody else: whoever holds such a
/// home has no other calls. A thread that acts as that user already goes straight through, so work
/// of many calls is done within ``OpenRoot/asOwner(_:)``.
struct ActingSystemCalls: SystemCalls {
  let base: any SystemCalls
  /// nil: the process itself.
  let identity: UserIdentity?

  init(_ base: any SystemCalls, as identity: UserIdentity?) {
    self.base = (base as? ActingSystemCalls)?.base ?? base
    self.identity = identity
  }

  private func acting<Value>(_ call: () throws(Errno) -> Value) throws(Errno) -> Value {
    try ThreadIdentity.run(as: identity, call)
  }

  func openBeneath(_ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32)
    throws(Errno) -> Int32
  {
    try acting { () throws(Errno) in
      try base.openBeneath(directory, path, flags: flags, mode: mode)
    }
  }

  func openInRoot(_ directory: Int32, _ path: [UInt8], flags: OpenFlags) throws(Errno) -> Int32 {
    try acting { () throws(Errno) in try base.openInRoot(directory, path, flags: flags) }
  }

  func open(_ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32) throws(Errno)
    -> Int32
  {
    try acting { () throws(Errno) in try base.open(directory, path, flags: flags, mode: mode) }
  }

  func readLink(_ directory: Int32, _ path: [UInt8]) throws(Errno) -> [UInt8] {
    try acting { () throws(Errno) in try base.readLink(directory, path) }
  }

  // Letting go needs no rights: whoever is last to hold something does it.
  func close(_ descriptor: Int32) throws(Errno) { try base.close(descriptor) }
  func unlock(_ descriptor: Int32) throws(Errno) { try base.unlock(descriptor) }

  func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
    try acting { () throws(Errno) in try base.read(descriptor, into: buffer) }
  }

  func read(
    _ descriptor: Int32, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(Errno) -> Int {
    try acting { () throws(Errno) in try base.read(descriptor, at: offset, into: buffer) }
  }

  func write(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
    try acting { () throws(Errno) in try base.write(descriptor, buffer) }
  }

  func sync(_ descriptor: Int32) throws(Errno) {
    try acting { () throws(Errno) in try base.sync(descriptor) }
  }

  func status(_ descriptor: Int32) throws(Errno) -> FileStatus {
    try acting { () throws(Errno) in try base.status(descriptor) }
  }

  func status(_ directory: Int32, _ path: [UInt8]) throws(Errno) -> FileStatus {
    try acting { () throws(Errno) in try base.status(directory, path) }
  }

  func fileSystemMagic(_ descriptor: Int32) throws(Errno) -> UInt32 {
    try acting { () throws(Errno) in try base.fileSystemMagic(descriptor) }
  }

  func rename(_ directory: Int32, _ from: [UInt8], to: [UInt8], replacing: Bool) throws(Errno) {
    try acting { () throws(Errno) in
      try base.rename(directory, from, to: to, replacing: replacing)
    }
  }

  func move(
    _ from: Int32, _ name: [UInt8], to directory: Int32, _ newName: [UInt8],
    replacing: Bool
  ) throws(Errno) {
    try acting { () throws(Errno) in
      try base.move(from, name, to: directory, newName, replacing: replacing)
    }
  }

  func link(_ directory: Int32, _ from: [UInt8], to: [UInt8]) throws(Errno) {
    try acting { () throws(Errno) in try base.link(directory, from, to: to) }
  }

  func link(unnamed descriptor: Int32, _ directory: Int32, to: [UInt8]) throws(Errno) {
    try acting { () throws(Errno) in try base.link(unnamed: descriptor, directory, to: to) }
  }

  func unlink(_ directory: Int32, _ name: [UInt8]) throws(Errno) {
    try acting { () throws(Errno) in try base.unlink(directory, name) }
  }

  func removeDirectory(_ directory: Int32, _ name: [UInt8]) throws(Errno) {
    try acting { () throws(Errno) in try base.removeDirectory(directory, name) }
  }

  func makeDirectory(_ directory: Int32, _ name: [UInt8], mode: UInt32) throws(Errno) {
    try acting { () throws(Errno) in try base.makeDirectory(directory, name, mode: mode) }
  }

  func changeOwner(_ descriptor: Int32, uid: UInt32, gid: UInt32) throws(Errno) {
    try acting { () throws(Errno) in try base.changeOwner(descriptor, uid: uid, gid: gid) }
  }

  func changeMode(_ descriptor: Int32, _ mode: UInt32) throws(Errno) {
    try acting { () throws(Errno) in try base.changeMode(descriptor, mode) }
  }

  func requireWritable(_ directory: Int32) throws(Errno) {
    try acting { () throws(Errno) in try base.requireWritable(directory) }
  }

  func entries(_ descriptor: Int32) throws(Errno) -> [DirectoryEntry] {
    try acting { () throws(Errno) in try base.entries(descriptor) }
  }

  func haveExtendedAttributes(_ one: Int32, _ other: Int32) throws(Errno) -> Bool {
    try acting { () throws(Errno) in try base.haveExtendedAttributes(one, other) }
  }

  func extendedAttributeNames(_ descriptor: Int32) throws(Errno) -> [[UInt8]] {
    try acting { () throws(Errno) in try base.extendedAttributeNames(descriptor) }
  }

  func extendedAttribute(_ descriptor: Int32, _ name: [UInt8]) throws(Errno) -> [UInt8]? {
    try acting { () throws(Errno) in try base.extendedAttribute(descriptor, name) }
  }

  func setExtendedAttribute(_ descriptor: Int32, _ name: [UInt8], _ value: [UInt8])
    throws(Errno)
  {
    try acting { () throws(Errno) in try base.setExtendedAttribute(descriptor, name, value) }
  }

  func removeExtendedAttribute(_ descriptor: Int32, _ name: [UInt8]) throws(Errno) {
    try acting { () throws(Errno) in try base.removeExtendedAttribute(descriptor, name) }
  }

  func lock(_ descriptor: Int32) throws(Errno) {
    try acting { () throws(Errno) in try base.lock(descriptor) }
  }

  func lock(_ descriptor: Int32, at offset: Int) throws(Errno) {
    try acting { () throws(Errno) in try base.lock(descriptor, at: offset) }
  }

  func unlock(_ descriptor: Int32, at offset: Int) throws(Errno) {
    try base.unlock(descriptor, at: offset)
  }

  func lockHolder(_ descriptor: Int32) throws(Errno) -> LockHolder? {
    try acting { () throws(Errno) in try base.lockHolder(descriptor) }
  }
}
