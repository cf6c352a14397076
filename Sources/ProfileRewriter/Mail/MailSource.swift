import MailFormats

/// Mail that lies on this computer, in folders: a client's own store, or a backup of one. It is read
/// and never changed.
public protocol MailSource: Sendable {
  /// In the client's own order, a parent before its children; folders without messages, too.
  var folders: [MailFolder] { get }

  /// Gives each message of a folder, in the order of the store. What is damaged is given as such and
  /// never left out.
  /// - Parameter body: answers false to stop.
  /// - Throws: `io` and the refusals of opening; `stale` where the store changed while it was read;
  ///   `interrupted` where the run was told to stop in the middle of a long message.
  func forEachMessage(
    of folder: MailFolder, _ body: (any LocalMessage) -> Bool
  ) throws(Refusal)
}

/// One folder of a ``MailSource``.
public struct MailFolder: Sendable, Hashable {
  public enum Role: String, Sendable, Codable, Hashable {
    case inbox, sent, drafts, templates, trash, junk, archive, outbox
  }

  /// The names from the top to the folder, as the client shows them: ["Archives", "2023"].
  public var names: [String]
  public var role: Role?
  /// Where it lies, as the source itself names it.
  public var path: RelativePath
  public var format: MailFolderFormat
  /// What the client's own numbers of tags stand for, where its store has numbers.
  public var tagNames: [UInt32: [UInt8]]

  public init(
    names: [String], role: Role?, path: RelativePath, format: MailFolderFormat,
    tagNames: [UInt32: [UInt8]] = [:]
  ) {
    self.names = names
    self.role = role
    self.path = path
    self.format = format
    self.tagNames = tagNames
  }
}

/// How the messages of a folder lie on disk.
public enum MailFolderFormat: String, Sendable, Codable, Hashable {
  /// One file. Which dialect of "From " lines is the reader's to know.
  case mbox
  /// A directory with `cur` and, mostly, `new` and `tmp`; flags stand in file names.
  case maildir
  /// Thunderbird's: a directory with `cur`, flags in headers of the messages.
  case thunderbirdMaildir = "thunderbird-maildir"
  /// A directory with a file for each message, named by its number; flags stand in `.claws_mark`, tags in
  /// `.claws_tags`.
  case clawsMH = "claws-mh"
  /// The same, flags in `.sylpheed_mark`.
  case sylpheedMH = "sylpheed-mh"

  /// Whether the store says of a message by which name the POP3 server knew it.
  var tellsUniqueIDs: Bool {
    switch self {
    case .mbox, .maildir, .thunderbirdMaildir: true
    case .clawsMH, .sylpheedMH: false
    }
  }
}

/// One message of a ``MailSource``. Valid only while it is handed out.
public protocol LocalMessage {
  /// Its place in the source, for reports: "Archives/2023 at byte 4711", a file's name.
  var place: String { get }
  var marks: MessageMarks { get }
  /// The value of Message-ID without angle brackets; nil where there is none.
  var messageID: [UInt8]? { get }
  /// The POP3 server's own name for it (UIDL); nil where the store does not say.
  var uidl: [UInt8]? { get }
  /// The client's own key of the account that fetched it; nil where the store does not say. Names of
  /// several servers may be alike.
  var account: [UInt8]? { get }
  /// The user has deleted it, the client shows it nowhere, and only the store has not been tidied up.
  var isGone: Bool { get }
  /// Bytes of the content as given by ``read(_:)``.
  var size: Int { get }
  /// What is wrong with it, where anything is.
  var damage: MessageDamage? { get }

  /// Gives the content in pieces, as it was received: without what the store added (From_ line,
  /// quoting, X-Mozilla headers), line ends as stored. It can be read more than once.
  /// - Parameter take: answers false to stop.
  func read(_ take: (UnsafeRawBufferPointer) -> Bool) throws(Refusal)
}

extension LocalMessage {
  public var account: [UInt8]? { nil }
}

/// Why a message may not be what was received. It is still given, byte for byte what is there.
public enum MessageDamage: String, Sendable, Codable, Hashable {
  /// The store ends in the middle of the headers.
  case truncated
  /// What lies at its place is no message.
  case notAMessage = "not-a-message"
}
