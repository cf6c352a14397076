import ConfigFormats
import Glibc
import Synchronization

/// The directory that holds the journal and the locks of runs: of one user, and written by nobody
/// else.
public final class StateDirectory: Sendable {
  /// Absolute, without a slash at its end.
  public let path: [UInt8]
  let root: OpenRoot
  let calls: any SystemCalls
  /// Whether it lies on a file system of this machine.
  public let isLocal: Bool
  /// Opened with the first lock.
  let guards = Mutex<GuardFile?>(nil)

  /// - Parameters:
  ///   - path: absolute.
  ///   - create: make what is missing of it, mode 0700, durable up to a parent that existed.
  /// - Returns: nil where there is none and none was to be made.
  /// - Throws: `journal` when it belongs to or is open to others; `io`.
  public static func open(
    _ path: [UInt8], create: Bool, calls: any SystemCalls = LinuxSystemCalls.shared
  ) throws(Refusal) -> StateDirectory? {
    // The journal is this process's own, whoever it acts as just now.
    let calls = ActingSystemCalls(calls, as: nil)
    do throws(Refusal) {
      return try StateDirectory(path, calls)
    } catch {
      guard error.reason == .notFound, path.first == UInt8(ascii: "/") else {
        throw unusable(error)
      }
      guard create else { return nil }
    }
    do throws(Refusal) {
      // Before anything is made: in a directory of somebody else's nothing is.
      try requireTrustedWay(toWhatIsThereOf: path, calls)
      try make(path, calls)
      return try StateDirectory(path, calls)
    } catch {
      throw unusable(error)
    }
  }

  /// What the files say of themselves does not say what they are to us.
  private static func unusable(_ error: Refusal) -> Refusal {
    guard error.reason != .journal else { return error }
    return Refusal(
      error.reason,
      "the state directory cannot be used: \(error.text); name another one with --state")
  }

  private init(_ path: [UInt8], _ calls: any SystemCalls) throws(Refusal) {
    self.calls = calls
    root = try OpenRoot(path: path, followingLink: true, calls: calls)
    self.path = root.path
    let status: FileStatus
    do {
      status = try calls.status(root.directory.number)
      isLocal = FileSystemKind.isLocal(magic: try calls.fileSystemMagic(root.directory.number))
    } catch {
      throw .cannotRead(root.path, error)
    }
    try Self.requirePrivate(status, root.path)
    try Self.requireTrustedWay(to: root.path, calls)
  }

  /// Whoever may turn a name on the way can put another directory in the place of this one.
  private static func requireTrustedWay(
    to path: [UInt8], _ calls: any SystemCalls
  ) throws(Refusal) {
    // The path that the links in it lead to; and each link's own way is looked at, too.
    var way: [UInt8] = []
    for component in path.split(separator: UInt8(ascii: "/")) {
      let parent = way.isEmpty ? [UInt8(ascii: "/")] : way
      way += [UInt8(ascii: "/")] + component
      let status: FileStatus
      let entry: FileStatus
      do throws(Errno) {
        let directory = Descriptor(
          try calls.open(OpenRoot.currentDirectory, parent, flags: [.handle, .directory], mode: 0),
          calls)
        status = try calls.status(directory.number)
        entry = try calls.status(directory.number, Array(component))
      } catch {
        throw .cannotRead(parent, error)
      }
      try requireTrusted(status, parent, towards: path)
      guard entry.kind == .link else { continue }
      guard entry.uid == 0 || entry.uid == geteuid() else {
        throw Refusal(
          .journal,
          "\(way.printable) is a link of user \(entry.uid), who could lead the state directory "
            + "elsewhere; name another with --state")
      }
      if let resolved = AbsoluteLink.resolved(way) { try requireTrustedWay(to: resolved, calls) }
    }
  }

  /// The same of a path of which the end is not there yet, and of the last directory that is.
  private static func requireTrustedWay(
    toWhatIsThereOf path: [UInt8], _ calls: any SystemCalls
  ) throws(Refusal) {
    var there = path
    while let slash = there.lastIndex(of: UInt8(ascii: "/")), slash > 0 {
      there = Array(there[..<slash])
      let opened = try? calls.open(
        OpenRoot.currentDirectory, there, flags: [.handle, .directory], mode: 0)
      guard let opened else { continue }
      let directory = Descriptor(opened, calls)
      try requireTrustedWay(to: there, calls)
      guard let status = try? calls.status(directory.number) else { continue }
      return try requireTrusted(status, there, towards: path)
    }
  }

  private static func requireTrusted(
    _ status: FileStatus, _ directory: [UInt8], towards path: [UInt8]
  ) throws(Refusal) {
    let isTheirs = status.uid != 0 && status.uid != geteuid()
    guard isTheirs || (status.isOpenToOthers && !isOwnGroupsAlone(status)) else { return }
    let who = isTheirs ? "belongs to user \(status.uid)" : "can be written by others"
    throw Refusal(
      .journal,
      "the state directory \(path.printable) lies below \(directory.printable), which \(who): "
        + "they could put another in its place; name another with --state")
  }

  /// Where every user has a group of their own, and files are made for that group to write.
  private static func isOwnGroupsAlone(_ status: FileStatus) -> Bool {
    status.permissions & 0o002 == 0 && geteuid() != 0 && status.gid == getegid()
      && status.gid == geteuid()
  }

  private static func requirePrivate(_ status: FileStatus, _ path: [UInt8]) throws(Refusal) {
    let shown = path.printable
    guard status.uid == geteuid() else {
      throw Refusal(
        .journal,
        "the state directory \(shown) belongs to user \(status.uid), not to the user who runs this "
          + "(\(geteuid())); name another with --state")
    }
    guard status.permissions & 0o022 == 0 else {
      throw Refusal(
        .journal,
        "the state directory \(shown) can be written by others, who could forge what an undo does; "
          + "make it private: chmod 700 \(shown)")
    }
  }

  /// What of it group or others may open, and the mode each should have.
  func readableByOthers() throws(Refusal) -> [(path: [UInt8], mode: UInt32)] {
    var found: [(path: [UInt8], mode: UInt32)] = []
    if let status = try root.status(nil), status.permissions & 0o077 != 0 {
      found.append((path, 0o700))
    }
    let files = [Journal.fileName, "upload.sqlite"].flatMap { name in
      ["", "-wal", "-shm", "-journal"].map { name + $0 }
    }
    for name in files {
      guard let entry = RelativePath(name), let status = try root.status(entry),
        status.permissions & 0o077 != 0
      else { continue }
      found.append((absolute(name), 0o600))
    }
    return found
  }

  /// Makes every missing directory of the path, each synced into its parent before the next.
  private static func make(_ path: [UInt8], _ calls: any SystemCalls) throws(Refusal) {
    var current: [UInt8] = [UInt8(ascii: "/")]
    for component in path.split(separator: UInt8(ascii: "/")) {
      let parent = current
      if current != [UInt8(ascii: "/")] { current.append(UInt8(ascii: "/")) }
      current += component
      do throws(Errno) {
        let directory = Descriptor(
          try calls.open(OpenRoot.currentDirectory, parent, flags: .directory, mode: 0), calls)
        do throws(Errno) {
          try calls.makeDirectory(directory.number, Array(component), mode: 0o700)
        } catch {
          // EROFS and EACCES come before EEXIST for a directory that is there already.
          if (try? calls.status(OpenRoot.currentDirectory, current)) == nil { throw error }
          continue
        }
        try calls.sync(directory.number)
      } catch {
        // A parent that may be passed but not read needs nothing made in it.
        if error == .accessDenied,
          (try? calls.status(OpenRoot.currentDirectory, current)) != nil
        {
          continue
        }
        throw .cannotWrite(current, error, unchanged: false)
      }
    }
  }

  /// The absolute path of an entry.
  func absolute(_ name: String) -> [UInt8] { path + [UInt8(ascii: "/")] + Array(name.utf8) }

  /// Makes the directory's entries durable, and the directory in its parents as far as this user
  /// may: a run killed while making them may have left them unsynced.
  public func sync() throws(Refusal) {
    do throws(Errno) {
      let directory = Descriptor(
        try calls.open(OpenRoot.currentDirectory, path, flags: .directory, mode: 0), calls)
      try calls.sync(directory.number)
    } catch {
      throw .cannotWrite(path, error, unchanged: false)
    }
    var parent = path
    while let slash = parent.lastIndex(of: UInt8(ascii: "/")), slash > 0 {
      parent = Array(parent[..<slash])
      guard
        let opened = try? calls.open(
          OpenRoot.currentDirectory, parent, flags: .directory, mode: 0)
      else { continue }
      try? calls.sync(opened)
      try? calls.close(opened)
    }
  }
}
