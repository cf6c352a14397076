import ConfigFormats
import Glibc

/// Databases beside the journal.
extension StateDirectory {
  /// Does something as the process itself, whoever the thread acts as just now.
  public static func asOwnUser<Value, Failure: Error>(
    _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try ThreadIdentity.run(as: nil, body)
  }

  /// Sees to a file that SQLite is to open: it would give a new one the mode of the umask.
  /// - Parameter create: make it, empty and mode 0600, where it is missing.
  /// - Returns: whether it is there.
  /// - Throws: `journal` where it is somebody else's or no file; `io`.
  public func makePrivateFile(_ name: String, create: Bool) throws(Refusal) -> Bool {
    guard let entry = RelativePath(name) else { return false }
    if create {
      do throws(Errno) {
        try calls.close(
          calls.open(
            OpenRoot.currentDirectory, absolute(name),
            flags: [.readWrite, .create, .exclusive, .noFollow], mode: 0o600))
        return true
      } catch {
        guard error == .exists else { throw .cannotWrite(absolute(name), error, unchanged: false) }
      }
    }
    guard let status = try root.status(entry) else { return false }
    guard status.kind == .file, status.uid == geteuid() else {
      throw Refusal(
        .journal,
        "\(absolute(name).printable) is \(status.kindText) of user \(status.uid), not this user's; "
          + "move it away")
    }
    return true
  }
}

extension StateDirectory {
  /// Keeps other runs with this directory away from a piece of work until the guard is let go of.
  /// - Throws: `busy`, `io`.
  public func guardWork(_ kind: String, on subject: [UInt8]) throws(Refusal) -> ProfileGuard {
    try ProfileGuard.take(in: self, client: kind, place: subject, timeout: 0)
  }
}
