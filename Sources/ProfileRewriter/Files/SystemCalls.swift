/// Every system call the product makes on a user's files.
///
/// This is the one door to the disk: dry runs, fault tests and traces are wrappers around it. The
/// methods carry no policy; ``OpenRoot`` has it. Paths are bytes without a NUL, relative to an open
/// directory. A call that a signal interrupts is made again by the implementation.
public protocol SystemCalls: Sendable {
  /// openat2(2) with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and RESOLVE_NO_MAGICLINKS.
  func openBeneath(_ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32)
    throws(Errno) -> Int32

  /// openat2(2) with RESOLVE_IN_ROOT: links are followed, and an absolute one starts at
  /// `directory`.
  func openInRoot(_ directory: Int32, _ path: [UInt8], flags: OpenFlags) throws(Errno) -> Int32

  /// openat(2).
  func open(_ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32) throws(Errno)
    -> Int32

  /// What a link says (readlinkat(2)); an empty path is the link that `directory` itself has open.
  func readLink(_ directory: Int32, _ path: [UInt8]) throws(Errno) -> [UInt8]

  /// close(2). The descriptor is gone afterwards even when this throws.
  func close(_ descriptor: Int32) throws(Errno)

  func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int

  /// pread(2): from a place of the file on.
  func read(
    _ descriptor: Int32, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(Errno) -> Int

  /// write(2): may take fewer bytes than offered.
  func write(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) throws(Errno) -> Int

  /// fsync(2). After a failure the file's content on disk is unknown for good; never try again.
  func sync(_ descriptor: Int32) throws(Errno)

  func status(_ descriptor: Int32) throws(Errno) -> FileStatus

  /// fstatat(2), links not followed.
  func status(_ directory: Int32, _ path: [UInt8]) throws(Errno) -> FileStatus

  /// The file system's magic number (statfs(2)).
  func fileSystemMagic(_ descriptor: Int32) throws(Errno) -> UInt32

  /// rename(2) within one directory; without `replacing`, renameat2(2) with RENAME_NOREPLACE.
  func rename(_ directory: Int32, _ from: [UInt8], to: [UInt8], replacing: Bool) throws(Errno)

  /// The same from one open directory to another of the same file system.
  func move(
    _ from: Int32, _ name: [UInt8], to directory: Int32, _ newName: [UInt8], replacing: Bool
  ) throws(Errno)

  /// A second name for a file in the same directory.
  func link(_ directory: Int32, _ from: [UInt8], to: [UInt8]) throws(Errno)

  /// A name for a file opened with ``OpenFlags/unnamed``.
  func link(unnamed descriptor: Int32, _ directory: Int32, to: [UInt8]) throws(Errno)

  func unlink(_ directory: Int32, _ name: [UInt8]) throws(Errno)

  func removeDirectory(_ directory: Int32, _ name: [UInt8]) throws(Errno)

  func makeDirectory(_ directory: Int32, _ name: [UInt8], mode: UInt32) throws(Errno)

  func changeOwner(_ descriptor: Int32, uid: UInt32, gid: UInt32) throws(Errno)

  func changeMode(_ descriptor: Int32, _ mode: UInt32) throws(Errno)

  /// faccessat(2) with AT_EACCESS: whether entries may be made in an open directory.
  func requireWritable(_ directory: Int32) throws(Errno)

  /// What a directory lists, in the system's order, without "." and "..".
  func entries(_ descriptor: Int32) throws(Errno) -> [DirectoryEntry]

  func extendedAttributeNames(_ descriptor: Int32) throws(Errno) -> [[UInt8]]

  /// Whether one of two files has any.
  func haveExtendedAttributes(_ one: Int32, _ other: Int32) throws(Errno) -> Bool

  /// nil where there is none by that name.
  func extendedAttribute(_ descriptor: Int32, _ name: [UInt8]) throws(Errno) -> [UInt8]?

  func setExtendedAttribute(_ descriptor: Int32, _ name: [UInt8], _ value: [UInt8]) throws(Errno)

  func removeExtendedAttribute(_ descriptor: Int32, _ name: [UInt8]) throws(Errno)

  /// A write lock over the whole file, bound to this open file description (F_OFD_SETLK).
  /// - Throws: `EAGAIN` or `EACCES` where another holds a lock.
  func lock(_ descriptor: Int32) throws(Errno)

  /// Lets go of the lock. A close alone does not where a child that has just been forked still
  /// shares the open file description.
  func unlock(_ descriptor: Int32) throws(Errno)

  /// A write lock over one byte of the file, whether there is such a byte or not (F_OFD_SETLK).
  /// - Throws: `EAGAIN` or `EACCES` where another open file description holds it.
  func lock(_ descriptor: Int32, at offset: Int) throws(Errno)

  func unlock(_ descriptor: Int32, at offset: Int) throws(Errno)

  /// Whether another's lock stands in the way of a write lock (F_OFD_GETLK); takes none.
  func lockHolder(_ descriptor: Int32) throws(Errno) -> LockHolder?
}

extension SystemCalls {
  public func lock(_ descriptor: Int32, at offset: Int) throws(Errno) {
    try LinuxSystemCalls.shared.lock(descriptor, at: offset)
  }

  public func unlock(_ descriptor: Int32, at offset: Int) throws(Errno) {
    try LinuxSystemCalls.shared.unlock(descriptor, at: offset)
  }

  public func haveExtendedAttributes(_ one: Int32, _ other: Int32) throws(Errno) -> Bool {
    if try !extendedAttributeNames(one).isEmpty { return true }
    return try !extendedAttributeNames(other).isEmpty
  }

  public func readLink(_ directory: Int32, _ path: [UInt8]) throws(Errno) -> [UInt8] {
    try LinuxSystemCalls.shared.readLink(directory, path)
  }

  public func move(
    _ from: Int32, _ name: [UInt8], to directory: Int32, _ newName: [UInt8],
    replacing: Bool
  ) throws(Errno) {
    try LinuxSystemCalls.shared.move(from, name, to: directory, newName, replacing: replacing)
  }

  public func read(
    _ descriptor: Int32, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(Errno) -> Int {
    try LinuxSystemCalls.shared.read(descriptor, at: offset, into: buffer)
  }
}

/// What open(2) is asked for. O_CLOEXEC always goes with it.
public struct OpenFlags: OptionSet, Sendable {
  public var rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// O_RDONLY is the absence of these two.
  public static let writeOnly = OpenFlags(rawValue: 1 << 0)
  public static let readWrite = OpenFlags(rawValue: 1 << 1)
  public static let create = OpenFlags(rawValue: 1 << 2)
  public static let exclusive = OpenFlags(rawValue: 1 << 3)
  public static let directory = OpenFlags(rawValue: 1 << 4)
  public static let noFollow = OpenFlags(rawValue: 1 << 5)
  /// Never wait for the other end of a FIFO, never take a terminal (O_NONBLOCK, O_NOCTTY).
  public static let noWait = OpenFlags(rawValue: 1 << 6)
  /// A handle on the name only (O_PATH); needs no permission on the file itself.
  public static let handle = OpenFlags(rawValue: 1 << 7)
  /// A new file without a name in the directory opened (O_TMPFILE): gone with its descriptor unless
  /// it is given one. Not every file system has it.
  public static let unnamed = OpenFlags(rawValue: 1 << 8)
}

/// What stat(2) tells of a file.
public struct FileStatus: Sendable, Hashable {
  public var device: UInt64
  public var inode: UInt64
  public var links: Int
  /// Type and permission bits together.
  public var mode: UInt32
  public var uid: UInt32
  public var gid: UInt32
  public var size: Int
  /// Nanoseconds since 1970.
  public var modified: Int
  /// When anything of it last changed, which no program can set: nanoseconds since 1970.
  public var changed: Int

  public init(
    device: UInt64, inode: UInt64, links: Int, mode: UInt32, uid: UInt32, gid: UInt32, size: Int,
    modified: Int, changed: Int = 0
  ) {
    self.device = device
    self.inode = inode
    self.links = links
    self.mode = mode
    self.uid = uid
    self.gid = gid
    self.size = size
    self.modified = modified
    self.changed = changed
  }

  /// Read, write, execute for all, with set-user-ID, set-group-ID and sticky.
  public var permissions: UInt32 { mode & 0o7777 }

  public var kind: EntryKind {
    switch mode & 0o170000 {
    case 0o100000: .file
    case 0o040000: .directory
    case 0o120000: .link
    default: .other
    }
  }

  /// The kind in words, for refusals.
  public var kindText: String {
    switch mode & 0o170000 {
    case 0o100000: "a file"
    case 0o040000: "a directory"
    case 0o120000: "a symbolic link"
    case 0o010000: "a FIFO"
    case 0o140000: "a socket"
    default: "a device"
    }
  }

  /// Whether both name one file.
  public func isSameFile(as other: FileStatus) -> Bool {
    device == other.device && inode == other.inode
  }
}

/// What a directory says of one of its names.
public struct DirectoryEntry: Sendable, Hashable {
  public var name: [UInt8]
  /// nil where the file system does not say (DT_UNKNOWN, getdents64(2)): then it is asked for.
  public var kind: EntryKind?

  public init(name: [UInt8], kind: EntryKind?) {
    self.name = name
    self.kind = kind
  }
}

/// Who holds a lock.
public struct LockHolder: Sendable, Hashable {
  /// nil where the kernel names none: an open-file-description lock, another host, another
  /// container.
  public var process: Int32?
  /// It is an open-file-description lock, such as only another run of ours takes: clients take
  /// record locks, which belong to a process.
  public var isAnotherRun: Bool

  public init(process: Int32?, isAnotherRun: Bool = false) {
    self.process = process
    self.isAnotherRun = isAnotherRun
  }
}
