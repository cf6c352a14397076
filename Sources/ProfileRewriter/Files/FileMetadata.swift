import ConfigFormats

/// Carries a file's owner, mode, ACL and extended attributes over to the file that replaces it.
///
/// POSIX ACLs need no code of their own: they are the attribute system.posix_acl_access.
struct FileMetadata: Sendable {
  let calls: any SystemCalls

  /// Makes `target` like `source`, or refuses; of what cannot be kept nothing is passed over.
  func copy(from source: Int32, _ status: FileStatus, to target: Int32, _ path: [UInt8])
    throws(Refusal)
  {
    try setOwner(uid: status.uid, gid: status.gid, of: target, path)
    try copyAttributes(from: source, to: target, path)
    // After the owner: a change of owner takes the special bits away. After the ACL: both say what
    // the group may do, and the mode is what stat(2) showed.
    try setMode(status.permissions, of: target, path)
    try requireKept(status.uid, status.gid, status.permissions, of: target, path)
  }

  /// A file system may not know owners, and the kernel takes set-group-ID away from who is not in
  /// the group, both without an error.
  func requireKept(
    _ uid: UInt32, _ gid: UInt32, _ mode: UInt32, of target: Int32, _ path: [UInt8]
  ) throws(Refusal) {
    let now: FileStatus
    do { now = try calls.status(target) } catch { throw .cannotKeep("the mode", of: path, error) }
    guard now.uid == uid, now.gid == gid, now.permissions == mode else {
      throw Refusal(
        .metadata,
        "the system does not keep owner and mode of \(path.printable); it stays as it was")
    }
  }

  func setOwner(uid: UInt32, gid: UInt32, of target: Int32, _ path: [UInt8]) throws(Refusal) {
    do {
      let now = try calls.status(target)
      if now.uid == uid && now.gid == gid { return }
      try calls.changeOwner(target, uid: uid, gid: gid)
    } catch {
      throw .cannotKeep("the owner (\(uid):\(gid))", of: path, error)
    }
  }

  func setMode(_ mode: UInt32, of target: Int32, _ path: [UInt8]) throws(Refusal) {
    do { try calls.changeMode(target, mode) } catch {
      throw .cannotKeep("the mode \(String(mode, radix: 8))", of: path, error)
    }
  }

  private func copyAttributes(from source: Int32, to target: Int32, _ path: [UInt8])
    throws(Refusal)
  {
    // Most files have none.
    guard try haveAttributes(source, target, path) else { return }
    let wanted = try names(source, path)
    for name in wanted {
      if Self.signsContent(name) {
        throw Refusal(
          .metadata,
          "\(path.printable) carries \(name.printable), a signature of its content, which a new "
            + "content would break; it stays as it was")
      }
      try copyAttribute(name, from: source, to: target, path)
    }
    // What the new file was given by its directory (a default ACL) and the old one has not.
    for name in try names(target, path) where !wanted.contains(name) {
      do { try calls.removeExtendedAttribute(target, name) } catch {
        throw .cannotKeep("the absence of \(name.printable)", of: path, error)
      }
    }
  }

  private func copyAttribute(
    _ name: [UInt8], from source: Int32, to target: Int32, _ path: [UInt8]
  ) throws(Refusal) {
    do {
      if let value = try calls.extendedAttribute(source, name) {
        // A security label is often the directory's gift already, and then needs no privilege.
        if (try? calls.extendedAttribute(target, name)) == value { return }
        return try calls.setExtendedAttribute(target, name, value)
      }
    } catch {
      throw .cannotKeep("the attribute \(name.printable)", of: path, error)
    }
    // Such as trusted.*, which is listed, and shown to nobody without the right to set it.
    throw Refusal(
      .metadata,
      "\(path.printable) carries \(name.printable), which its owner can neither read nor set; it "
        + "stays as it was")
  }

  private func haveAttributes(
    _ source: Int32, _ target: Int32, _ path: [UInt8]
  ) throws(Refusal) -> Bool {
    do {
      return try calls.haveExtendedAttributes(source, target)
    } catch .notSupported {
      return false
    } catch {
      throw .cannotKeep("the attributes", of: path, error)
    }
  }

  private func names(_ descriptor: Int32, _ path: [UInt8]) throws(Refusal) -> [[UInt8]] {
    do {
      return try calls.extendedAttributeNames(descriptor)
    } catch .notSupported {
      return []
    } catch {
      throw .cannotKeep("the attributes", of: path, error)
    }
  }

  /// Linux's integrity subsystem: security.ima and security.evm.
  private static func signsContent(_ name: [UInt8]) -> Bool {
    name == Array("security.ima".utf8) || name == Array("security.evm".utf8)
  }
}
