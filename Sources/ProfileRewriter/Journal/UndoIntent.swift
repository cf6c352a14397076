/// What an undo is about to do, made durable before its first write, so that the next run can finish
/// or take back an undo that was interrupted.
public struct UndoIntent: Sendable, Hashable {
  /// One file or directory the undo touches.
  public struct File: Sendable, Hashable {
    /// Below the change's root.
    public var path: RelativePath
    /// SHA-256 of the file when the undo began; nil for a directory.
    public var now: [UInt8]?
    /// SHA-256 of the file when the undo is done; nil for what the undo removes.
    public var after: [UInt8]?

    public init(path: RelativePath, now: [UInt8]?, after: [UInt8]?) {
      self.path = path
      self.now = now
      self.after = after
    }
  }

  /// The change's id.
  public var change: String
  /// The accounts that go back.
  public var accounts: [String]
  /// In the order in which they are written: the committing file first.
  public var files: [File]
  /// The POP accounts were asked to leave mail on the server from now on.
  public var leaveOnServer: Bool

  public init(change: String, accounts: [String], files: [File], leaveOnServer: Bool = false) {
    self.change = change
    self.accounts = accounts
    self.files = files
    self.leaveOnServer = leaveOnServer
  }
}
