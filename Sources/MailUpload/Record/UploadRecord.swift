import GRDB
import Glibc
import ProfileRewriter
import Synchronization

/// What has been uploaded, and what was being uploaded when a run ended (docs/upload.md): a database
/// of its own in the state directory, `upload.sqlite`.
///
/// What a method wrote survives a loss of power once it has returned.
public final class UploadRecord: Sendable {
  static let fileName = "upload.sqlite"

  private let database: DatabaseQueue
  private let path: [UInt8]

  /// - Parameter create: make it where it is missing; else a missing one is nil.
  /// - Throws: `journal` where it is damaged, of a newer version or another program's; `io`.
  public static func open(stateDirectory: [UInt8], create: Bool) throws(Refusal) -> UploadRecord? {
    guard let state = try StateDirectory.open(stateDirectory, create: create) else { return nil }
    return try StateDirectory.asOwnUser { () throws(Refusal) in
      guard try state.makePrivateFile(fileName, create: create) else { return nil }
      let record = try UploadRecord(state)
      try state.sync()
      return record
    }
  }

  private init(_ state: StateDirectory) throws(Refusal) {
    path = state.path + Array("/\(Self.fileName)".utf8)
    do {
      var configuration = Configuration()
      configuration.label = "MailUpload.Record"
      configuration.busyMode = .timeout(30)
      let isLocal = state.isLocal
      configuration.prepareDatabase { db in try UploadSchema.prepare(db, isLocal: isLocal) }
      database = try DatabaseQueue(
        path: String(decoding: path, as: UTF8.self), configuration: configuration)
      try UploadSchema.migrator.migrate(database)
    } catch {
      throw Self.refusal(error, path)
    }
  }

  func read<Value>(_ body: (Database) throws -> Value) throws(Refusal) -> Value {
    do {
      return try StateDirectory.asOwnUser { try database.read(body) }
    } catch {
      throw Self.refusal(error, path)
    }
  }

  func write<Value>(_ body: (Database) throws -> Value) throws(Refusal) -> Value {
    do {
      return try StateDirectory.asOwnUser { try database.write(body) }
    } catch {
      throw Self.refusal(error, path)
    }
  }

  private static func refusal(_ error: any Error, _ path: [UInt8]) -> Refusal {
    if let refusal = error as? Refusal { return refusal }
    let said = (error as? DatabaseError)?.message ?? "\(error)"
    return Refusal(
      .journal, "the record of uploads \(path.printable) cannot be used: \(said)")
  }
}

extension UploadRecord {
  /// Messages that were put into the inbox of an account: what a POP client, which sees the inbox
  /// alone, would take for new.
  /// - Parameter host: the IMAP server's name as the account had it.
  public func uploadedToInbox(host: String, username: String) throws(Refusal) -> Int {
    try read { db in
      // Under an older UIDVALIDITY they are of a mailbox that is no more.
      try Int.fetchOne(
        db,
        sql: """
          SELECT count(*) FROM message WHERE state != 'found' AND mailbox = (
            SELECT max(number) FROM mailbox WHERE host = ? AND username = ? AND is_inbox)
          """, arguments: [host.lowercased(), username]) ?? 0
    }
  }
}

/// Answers the engine from the record.
public struct RecordedUploads: UploadedMail {
  private let stateDirectory: [UInt8]

  public init(stateDirectory: [UInt8]) { self.stateDirectory = stateDirectory }

  public func inboxMessages(of account: ServerSettings) throws(Refusal) -> Int {
    guard let record = try UploadRecord.open(stateDirectory: stateDirectory, create: false) else {
      return 0
    }
    return try record.uploadedToInbox(host: account.host, username: account.username)
  }
}
