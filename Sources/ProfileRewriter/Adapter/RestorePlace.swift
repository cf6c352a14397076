import ConfigFormats

/// What an adapter answers to ``ClientAdapter/restorePlace(named:for:in:)``: where folders that are
/// put back come to lie, as new folders of the client's own. All paths are relative as the adapter's
/// are, and nothing lies there yet.
public struct RestorePlace: Sendable, Hashable {
  public struct Entry: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
      /// A directory that holds other entries.
      case directory
      /// A folder with the messages of the asked folder of that index; nil: an empty one.
      case folder(source: Int?)
    }

    public var path: RelativePath
    /// As the client shows it, from the top on; of a directory that of the folder it belongs to.
    public var names: [String]
    public var kind: Kind
    /// Indices of the folders for whose sake it is there, its own among them: it is taken away when
    /// none of them is left.
    public var users: [Int]

    public init(path: RelativePath, names: [String], kind: Kind, users: [Int]) {
      self.path = path
      self.names = names
      self.kind = kind
      self.users = users
    }
  }

  /// What holds all of them, as the client calls it ("Local Folders").
  public var title: String
  public var format: MailFolderFormat
  /// A directory in which the client takes no notice of one with a temporary name, of the same file
  /// system as the entries.
  public var workshop: RelativePath
  /// In the order in which they are to appear; with the last all is there.
  public var entries: [Entry]

  public init(
    title: String, format: MailFolderFormat, workshop: RelativePath, entries: [Entry]
  ) {
    self.title = title
    self.format = format
    self.workshop = workshop
    self.entries = entries
  }
}
