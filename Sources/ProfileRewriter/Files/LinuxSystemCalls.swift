internal import CPlatform

/// The real system calls.
public struct LinuxSystemCalls: SystemCalls {
  public static let shared = LinuxSystemCalls()

  public init() {}

  public func openBeneath(_ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32)
    throws(Errno) -> Int32
  {
    let resolve =
      CPLATFORM_RESOLVE_BENEATH | CPLATFORM_RESOLVE_NO_SYMLINKS
      | CPLATFORM_RESOLVE_NO_MAGICLINKS
    return try checked(
      withPath(path) { cplatform_openat2(directory, $0, native(flags), mode, UInt64(resolve)) })
  }

  public func openInRoot(_ directory: Int32, _ path: [UInt8], flags: OpenFlags) throws(Errno)
    -> Int32
  {
    let resolve =
      CPLATFORM_RESOLVE_IN_ROOT | CPLATFORM_RESOLVE_NO_MAGICLINKS
    return try checked(
      withPath(path) { cplatform_openat2(directory, $0, native(flags), 0, UInt64(resolve)) })
  }

  public func open(_ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32)
    throws(Errno) -> Int32
  {
    try checked(withPath(path) { cplatform_openat(directory, $0, native(flags), mode) })
  }

  public func readLink(_ directory: Int32, _ path: [UInt8]) throws(Errno) -> [UInt8] {
    // PATH_MAX: no link says more.
    var target = [UInt8](repeating: 0, count: 4096)
    let count = try checked(
      target.withUnsafeMutableBytes { buffer in
        withPath(path) {
          cplatform_readlinkat(
            directory, $0, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
        }
      })
    target.removeLast(target.count - count)
    return target
  }

  public func close(_ descriptor: Int32) throws(Errno) {
    try check(cplatform_close(descriptor))
  }

  public func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(Errno)
    -> Int
  {
    try checked(cplatform_read(descriptor, buffer.baseAddress, buffer.count))
  }

  public func read(
    _ descriptor: Int32, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(Errno) -> Int {
    try checked(cplatform_pread(descriptor, buffer.baseAddress, buffer.count, Int64(offset)))
  }

  public func write(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
    try checked(cplatform_write(descriptor, buffer.baseAddress, buffer.count))
  }

  public func sync(_ descriptor: Int32) throws(Errno) {
    try check(cplatform_fsync(descriptor))
  }

  public func status(_ descriptor: Int32) throws(Errno) -> FileStatus {
    var status = cplatform_status()
    try check(cplatform_fstat(descriptor, &status))
    return FileStatus(status)
  }

  public func status(_ directory: Int32, _ path: [UInt8]) throws(Errno) -> FileStatus {
    var status = cplatform_status()
    try check(withPath(path) { cplatform_fstatat(directory, $0, 0, &status) })
    return FileStatus(status)
  }

  public func fileSystemMagic(_ descriptor: Int32) throws(Errno) -> UInt32 {
    var magic: UInt32 = 0
    try check(cplatform_fstatfs_magic(descriptor, &magic))
    return magic
  }

  public func rename(_ directory: Int32, _ from: [UInt8], to: [UInt8], replacing: Bool)
    throws(Errno)
  {
    try check(
      withPath(from) { from in
        withPath(to) { to in
          cplatform_renameat(directory, from, directory, to, replacing ? 1 : 0)
        }
      })
  }

  public func move(
    _ from: Int32, _ name: [UInt8], to directory: Int32, _ newName: [UInt8],
    replacing: Bool
  ) throws(Errno) {
    try check(
      withPath(name) { name in
        withPath(newName) { cplatform_renameat(from, name, directory, $0, replacing ? 1 : 0) }
      })
  }

  public func link(_ directory: Int32, _ from: [UInt8], to: [UInt8]) throws(Errno) {
    try check(
      withPath(from) { from in
        withPath(to) { to in cplatform_linkat(directory, from, directory, to) }
      })
  }

  public func link(unnamed descriptor: Int32, _ directory: Int32, to: [UInt8]) throws(Errno) {
    try check(withPath(to) { cplatform_link_unnamed(descriptor, directory, $0) })
  }

  public func unlink(_ directory: Int32, _ name: [UInt8]) throws(Errno) {
    try check(withPath(name) { cplatform_unlinkat(directory, $0, 0) })
  }

  public func removeDirectory(_ directory: Int32, _ name: [UInt8]) throws(Errno) {
    try check(withPath(name) { cplatform_unlinkat(directory, $0, 1) })
  }

  public func makeDirectory(_ directory: Int32, _ name: [UInt8], mode: UInt32) throws(Errno) {
    try check(withPath(name) { cplatform_mkdirat(directory, $0, mode) })
  }

  public func changeOwner(_ descriptor: Int32, uid: UInt32, gid: UInt32) throws(Errno) {
    try check(cplatform_fchown(descriptor, uid, gid))
  }

  public func changeMode(_ descriptor: Int32, _ mode: UInt32) throws(Errno) {
    try check(cplatform_fchmod(descriptor, mode))
  }

  public func entries(_ descriptor: Int32) throws(Errno) -> [DirectoryEntry] {
    try withUnsafeTemporaryAllocation(byteCount: 32 << 10, alignment: 8) { block in
      Result { () throws(Errno) in
        var entries: [DirectoryEntry] = []
        while true {
          let filled = try checked(cplatform_getdents(descriptor, block.baseAddress, block.count))
          if filled == 0 { return entries }
          Self.appendEntries(in: UnsafeRawBufferPointer(block)[..<filled], to: &entries)
        }
      }
    }.get()
  }

  /// Reads struct linux_dirent64 records: the record's length at 16 (two bytes), the kind at 18, the
  /// name from 19 to a NUL (getdents64(2)).
  private static func appendEntries(
    in records: Slice<UnsafeRawBufferPointer>, to entries: inout [DirectoryEntry]
  ) {
    let block = UnsafeRawBufferPointer(rebasing: records)
    var start = 0
    while start + 19 < block.count {
      let length = Int(block.loadUnaligned(fromByteOffset: start + 16, as: UInt16.self))
      guard length > 19, start + length <= block.count else { return }
      let name = block[(start + 19)..<(start + length)].prefix { $0 != 0 }
      if !name.elementsEqual([0x2e]) && !name.elementsEqual([0x2e, 0x2e]) {
        entries.append(DirectoryEntry(name: Array(name), kind: kind(ofType: block[start + 18])))
      }
      start += length
    }
  }

  /// DT_UNKNOWN is 0, DT_DIR 4, DT_REG 8, DT_LNK 10 (dirent.h).
  private static func kind(ofType type: UInt8) -> EntryKind? {
    switch type {
    case 0: nil
    case 4: .directory
    case 8: .file
    case 10: .link
    default: .other
    }
  }

  public func requireWritable(_ directory: Int32) throws(Errno) {
    try check(cplatform_require_writable(directory))
  }

  public func extendedAttributeNames(_ descriptor: Int32) throws(Errno) -> [[UInt8]] {
    let list = try grown { cplatform_flistxattr(descriptor, $0, $1) }
    return list.split(separator: 0).map(Array.init)
  }

  public func haveExtendedAttributes(_ one: Int32, _ other: Int32) throws(Errno) -> Bool {
    try checked(cplatform_have_xattrs(one, other)) > 0
  }

  public func extendedAttribute(_ descriptor: Int32, _ name: [UInt8]) throws(Errno) -> [UInt8]? {
    do {
      return try grown { value, count in
        withPath(name) { cplatform_fgetxattr(descriptor, $0, value, count) }
      }
    } catch .noData {
      return nil
    }
  }

  public func setExtendedAttribute(_ descriptor: Int32, _ name: [UInt8], _ value: [UInt8])
    throws(Errno)
  {
    try check(
      withPath(name) { name in
        value.withUnsafeBytes { cplatform_fsetxattr(descriptor, name, $0.baseAddress, $0.count) }
      })
  }

  public func removeExtendedAttribute(_ descriptor: Int32, _ name: [UInt8]) throws(Errno) {
    try check(withPath(name) { cplatform_fremovexattr(descriptor, $0) })
  }

  public func lock(_ descriptor: Int32) throws(Errno) {
    try check(cplatform_lock(descriptor))
  }

  public func unlock(_ descriptor: Int32) throws(Errno) {
    try check(cplatform_unlock(descriptor))
  }

  public func lock(_ descriptor: Int32, at offset: Int) throws(Errno) {
    try check(cplatform_lock_byte(descriptor, Int64(offset), 1))
  }

  public func unlock(_ descriptor: Int32, at offset: Int) throws(Errno) {
    try check(cplatform_lock_byte(descriptor, Int64(offset), 0))
  }

  public func lockHolder(_ descriptor: Int32) throws(Errno) -> LockHolder? {
    var holder: Int32 = 0
    let held = try checked(cplatform_test_lock(descriptor, &holder))
    guard held != 0 else { return nil }
    return LockHolder(process: holder > 0 ? holder : nil, isAnotherRun: holder == -1)
  }

  /// Asks for the size, then for the bytes, again when they have grown in between.
  private func grown(_ call: (UnsafeMutablePointer<CChar>?, Int) -> Int64) throws(Errno) -> [UInt8]
  {
    for _ in 0..<16 {
      let size = try checked(call(nil, 0))
      if size == 0 { return [] }
      var bytes = [UInt8](repeating: 0, count: size)
      let got = bytes.withUnsafeMutableBytes {
        call($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
      }
      if got == -Int64(Errno.range.rawValue) { continue }
      return Array(bytes.prefix(try checked(got)))
    }
    throw .tryAgain
  }
}

extension FileStatus {
  fileprivate init(_ native: cplatform_status) {
    self.init(
      device: native.device, inode: native.inode, links: Int(clamping: native.links),
      mode: native.mode, uid: native.uid, gid: native.gid, size: Int(native.size),
      modified: Int(native.modified_seconds) &* 1_000_000_000 &+ Int(native.modified_nanoseconds),
      changed: Int(native.changed_seconds) &* 1_000_000_000 &+ Int(native.changed_nanoseconds))
  }
}

private func native(_ flags: OpenFlags) -> Int32 {
  var native = cplatform_o_cloexec
  if flags.contains(.writeOnly) {
    native |= cplatform_o_wronly
  } else if flags.contains(.readWrite) {
    native |= cplatform_o_rdwr
  } else {
    native |= cplatform_o_rdonly
  }
  if flags.contains(.create) { native |= cplatform_o_creat }
  if flags.contains(.exclusive) { native |= cplatform_o_excl }
  if flags.contains(.directory) { native |= cplatform_o_directory }
  if flags.contains(.noFollow) { native |= cplatform_o_nofollow }
  if flags.contains(.noWait) { native |= cplatform_o_nonblock | cplatform_o_noctty }
  if flags.contains(.handle) { native |= cplatform_o_path }
  if flags.contains(.unnamed) { native |= cplatform_o_tmpfile }
  return native
}

private func withPath<Result>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: path.count + 1) { buffer in
    path.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
    buffer[path.count] = 0
    // A temporary allocation of at least one byte always has an address.
    return body(UnsafePointer(buffer.baseAddress.unsafelyUnwrapped))
  }
}

private func check(_ result: Int32) throws(Errno) {
  if result < 0 { throw Errno(rawValue: -result) }
}

private func checked(_ result: Int32) throws(Errno) -> Int32 {
  if result < 0 { throw Errno(rawValue: -result) }
  return result
}

private func checked(_ result: Int64) throws(Errno) -> Int {
  if result < 0 { throw Errno(rawValue: Int32(-result)) }
  return Int(result)
}
