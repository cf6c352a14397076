/// Opens names below a directory without following a link and without leaving it.
///
/// The kernel does it in one call (openat2, Linux 5.6). Where it has none, or a container's filter
/// refuses it, the path is walked component by component, each opened from the one before and none
/// through a link, with the same answers: `ELOOP` at a link, wherever in the path it stands.
struct BeneathOpening: Sendable {
  let calls: any SystemCalls

  func open(_ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32 = 0)
    throws(Errno) -> Int32
  {
    // Only a handle may name a link itself. Elsewhere O_NOFOLLOW would turn the answer for a link
    // into ENOTDIR where a directory is asked for, which reads as "nothing there".
    let namesLinks = flags.contains(.handle) && !flags.contains(.directory)
    let resolved = namesLinks ? flags.union(.noFollow) : flags
    // EAGAIN: something was renamed while the kernel looked whether the path stays beneath.
    for _ in 0..<16 {
      do {
        return try calls.openBeneath(directory, path, flags: resolved, mode: mode)
      } catch {
        switch error {
        case .tryAgain: continue
        // EPERM is also what filters of old container engines answer to calls they do not know;
        // where it is genuine, the walk meets it again.
        case .noSystemCall, .notPermitted:
          return try walk(directory, path, flags: flags.union(.noFollow), mode: mode)
        default: throw error
        }
      }
    }
    throw .tryAgain
  }

  /// The path up to the first link in it, for telling people.
  func firstLink(_ directory: Int32, _ path: [UInt8]) -> [UInt8]? {
    var current: Descriptor?
    var shown: [UInt8] = []
    for component in path.split(separator: UInt8(ascii: "/")).map(Array.init) {
      if !shown.isEmpty { shown.append(UInt8(ascii: "/")) }
      shown += component
      let place = current?.number ?? directory
      guard let status = try? calls.status(place, component) else { return nil }
      if status.kind == .link { return shown }
      guard
        let next = try? calls.open(
          place, component, flags: [.handle, .noFollow, .directory], mode: 0)
      else { return nil }
      current = Descriptor(next, calls)
    }
    return nil
  }

  private func walk(_ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32)
    throws(Errno) -> Int32
  {
    var components = path.split(separator: UInt8(ascii: "/")).map(Array.init)
    guard let last = components.popLast() else { throw .noEntry }
    var current: Descriptor?
    for component in components {
      let place = current?.number ?? directory
      let next = try step(place, component, flags: [.handle, .directory, .noFollow], mode: 0)
      current = Descriptor(next, calls)
    }
    // Held until the last step is made: `current` is what that step starts from.
    return try withExtendedLifetime(current) { () throws(Errno) -> Int32 in
      try step(current?.number ?? directory, last, flags: flags, mode: mode)
    }
  }

  private func step(_ directory: Int32, _ name: [UInt8], flags: OpenFlags, mode: UInt32)
    throws(Errno) -> Int32
  {
    do {
      return try calls.open(directory, name, flags: flags, mode: mode)
    } catch .notDirectory {
      // O_DIRECTORY with O_NOFOLLOW answers ENOTDIR at a link; openat2 answers ELOOP.
      if try calls.status(directory, name).kind == .link { throw .linkLoop }
      throw .notDirectory
    }
  }
}
