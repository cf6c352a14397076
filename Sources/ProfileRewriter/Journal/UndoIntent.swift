/// What an undo is about to do, made durable before its first write, so that the next run can
/// finish or take back an undo that was interrupted.
public struct UndoIntent: Sendable, Hashable {
  /// One file or directory the undo touches.
  public struct File: Sendable, Hashable {
    /// Below the change's root.
    public var path: RelativePath
    /// SHA-256 of the file before the undo touches it; nil for a directory.
    public var before: [UInt8]?
    /// SHA-256 of the file when the undo is done; nil for what the undo removes.
    public var after: [UInt8]?

    public init(path: RelativePath, before: [UInt8]?, after: [UInt8]?) {
      self.path = path
      self.before = before
      self.after = after
    }
  }

  /// The change's id.
  public var change: String
  /// The accounts that go back.
  public var accounts: [String]
  /// In the order in which they are written: the committing file first.
  public var files: [File]
  /// Values the committing file gets beyond what the undo puts back: those by which the POP
  /// accounts leave mail on the server.
  public var extraValues: [KeyValue]

  public init(
    change: String, accounts: [String], files: [File], extraValues: [KeyValue] = []
  ) {
    self.change = change
    self.accounts = accounts
    self.files = files
    self.extraValues = extraValues
  }
}
