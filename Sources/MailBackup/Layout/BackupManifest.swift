import ConfigFormats
import Foundation
import MailFormats
import ProfileRewriter

/// What a backup says of itself: `manifest.json`, described in docs/backup.md. It is written last, so a
/// backup that has one is complete.
public struct BackupManifest: Sendable, Codable, Hashable {
  public static let fileName = "manifest.json"
  static let currentVersion = 1
  static let formatName = "profile-rewriter-backup"

  public struct Account: Sendable, Codable, Hashable {
    public var account: String
    public var `protocol`: String
    public var host: String
    public var port: Int
    public var username: String
    public var addresses: [String]
  }

  public struct Folder: Sendable, Codable, Hashable {
    /// From the top to the folder, as the client shows them.
    public var names: [String]
    public var role: MailFolder.Role?
    /// The mbox, or the Maildir's directory, below the backup.
    public var path: String
    /// One JSON object a line for every message, in the order of the mbox.
    public var index: String
    /// Messages that are in the backup.
    public var messages: Int
    /// Of these, those that may not be what was received.
    public var damaged: Int
    /// Messages the user had deleted and the client had not tidied away: named in the index, and
    /// left out of the folder.
    public var deleted: Int
    /// Bytes of the messages as they were received.
    public var contentBytes: Int
    /// Bytes of the mbox, and its SHA-256; of a Maildir that of the lines "SHA-256 of the file, two
    /// blanks, its name", sorted by name.
    public var bytes: Int
    public var sha256: String
    public var indexSha256: String
    /// Of the source's files as they were: names, sizes and times, hashed.
    public var source: String
  }

  public var format = BackupManifest.formatName
  public var version = BackupManifest.currentVersion
  /// When it was begun: UTC, ISO 8601.
  public var created: String
  public var completed: String?
  public var program: String
  public var description: String?
  public var client: String
  public var home: String?
  public var profile: String
  /// The account that shows the folders, as its user named it.
  public var title: String
  /// Other mail than these accounts' may be among it.
  public var isCommon: Bool
  public var accounts: [Account]
  public var storage: BackupStorage
  public var folders: [Folder]

  // Whoever wrote it: these numbers may be any.
  public var messages: Int { folders.map(\.messages).saturatingSum }
  public var contentBytes: Int { folders.map(\.contentBytes).saturatingSum }
  public var damaged: Int { folders.map(\.damaged).saturatingSum }
  public var deleted: Int { folders.map(\.deleted).saturatingSum }

  static let encoder: JSONEncoder = {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return encoder
  }()

  static let decoder: JSONDecoder = {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }()
}

/// How the folders are stored.
public struct BackupStorage: Sendable, Codable, Hashable {
  public enum Format: String, Sendable, Codable, Hashable, CaseIterable {
    /// mboxrd, one file a folder.
    case mbox
    /// A directory a folder, a file a message.
    case maildir
  }

  public enum Compression: String, Sendable, Codable, Hashable, CaseIterable {
    case zstd
    case xz
  }

  public var format: Format
  public var compression: Compression?
  /// Whom it is encrypted to, as age or GnuPG take it; empty: it is not.
  public var recipients: [String]

  public init(
    format: Format = .mbox, compression: Compression? = nil, recipients: [String] = []
  ) {
    self.format = format
    self.compression = compression
    self.recipients = recipients
  }

  /// age for its own recipients and SSH keys, GnuPG for all others.
  public var usesAge: Bool {
    recipients.allSatisfy { $0.hasPrefix("age1") || $0.hasPrefix("ssh-") }
  }

  /// Files are not read as they lie there.
  public var isPiped: Bool { compression != nil || !recipients.isEmpty }

  /// What the names of an mbox and an index end in.
  var ending: String {
    (compression.map { $0 == .zstd ? ".zst" : ".xz" } ?? "")
      + (recipients.isEmpty ? "" : usesAge ? ".age" : ".gpg")
  }
}
