import Foundation
import GRDB
import ProfileRewriter

/// The record of one mailbox under one UIDVALIDITY.
struct RecordedMailbox: Sendable {
  enum State: String, Sendable {
    /// It was handed to the server; whether it arrived is not known.
    case sending
    case uploaded
    /// It was on the server without our doing.
    case found
  }

  struct Entry: Sendable {
    var digest: [UInt8]
    var state: State
    var uid: UInt32?
    /// Bytes in the local store.
    var size: Int
  }

  /// A message that was on its way when a run ended.
  struct Sending: Sendable {
    var digest: [UInt8]
    /// UIDNEXT when it was about to be sent; nil where the server did not say.
    var nextUID: UInt32?
    var size: Int
  }

  private let record: UploadRecord
  private let number: Int64

  init(_ record: UploadRecord, host: String, username: String, name: [UInt8], validity: UInt32)
    throws(Refusal)
  {
    self.record = record
    let name = ServerLayout.isInbox(name) ? Array("INBOX".utf8) : name
    let key: StatementArguments = [host.lowercased(), username, Data(name), Int64(validity)]
    number = try record.write { db in
      try db.execute(
        sql: """
          INSERT OR IGNORE INTO mailbox (host, username, name, validity, is_inbox)
          VALUES (?, ?, ?, ?, \(ServerLayout.isInbox(name) ? 1 : 0))
          """, arguments: key)
      return try Int64.fetchOne(
        db,
        sql: """
          SELECT number FROM mailbox
          WHERE host = ? AND username = ? AND name = ? AND validity = ?
          """, arguments: key) ?? 0
    }
  }

  func state(of digest: [UInt8]) throws(Refusal) -> State? {
    try record.read { db in
      let statement = try db.cachedStatement(
        sql: "SELECT state FROM message WHERE mailbox = ? AND digest = ?")
      return try String.fetchOne(statement, arguments: [number, Data(digest)]).flatMap {
        State(rawValue: $0)
      }
    }
  }

  /// UIDs of which the record knows what they are.
  func uids() throws(Refusal) -> Set<UInt32> {
    try record.read { db in
      let found = try Int64.fetchCursor(
        db, sql: "SELECT uid FROM message WHERE mailbox = ? AND uid IS NOT NULL",
        arguments: [number])
      var uids: Set<UInt32> = []
      while let uid = try found.next() {
        if let uid = UInt32(exactly: uid) { uids.insert(uid) }
      }
      return uids
    }
  }

  /// The highest UID that the mailbox has given, as far as the record proves it; 0 where nothing does.
  /// Every message had one of its own, also where the server did not say which.
  func highestUID() throws(Refusal) -> UInt32 {
    try record.read { db in
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT coalesce(max(uid), 0), coalesce(max(next_uid), 1) - 1,
            coalesce(sum(state != 'sending'), 0)
          FROM message WHERE mailbox = ?
          """, arguments: [number])
      let numbers: [Int64] = row.map { [$0[0], $0[1], $0[2]] } ?? []
      return UInt32(clamping: numbers.max() ?? 0)
    }
  }

  /// Lets go of all that is known of it.
  func forget() throws(Refusal) {
    try record.write { db in
      try db.execute(sql: "DELETE FROM message WHERE mailbox = ?", arguments: [number])
    }
  }

  /// Local bytes and messages that need not be sent any more.
  func done() throws(Refusal) -> (messages: Int, bytes: Int) {
    try record.read { db in
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT count(*), coalesce(sum(size), 0) FROM message
          WHERE mailbox = ? AND state != 'sending'
          """, arguments: [number])
      return (row?[0] ?? 0, row?[1] ?? 0)
    }
  }

  func sending() throws(Refusal) -> [Sending] {
    try record.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT digest, next_uid, size FROM message WHERE mailbox = ? AND state = 'sending'
          """, arguments: [number]
      ).map { row in
        Sending(
          digest: Array(row[0] as Data), nextUID: (row[1] as Int64?).flatMap(UInt32.init(exactly:)),
          size: row[2])
      }
    }
  }

  /// All at once: what has become of messages, what of them is forgotten as it never arrived, and
  /// what is about to be sent.
  func commit(
    settled: [Entry] = [], forgotten: [[UInt8]] = [], sending: [(digest: [UInt8], size: Int)] = [],
    nextUID: UInt32? = nil
  ) throws(Refusal) {
    guard !settled.isEmpty || !forgotten.isEmpty || !sending.isEmpty else { return }
    try record.write { db in
      let put = try db.cachedStatement(
        sql: """
          INSERT OR REPLACE INTO message (mailbox, digest, state, uid, next_uid, size)
          VALUES (?, ?, ?, ?, ?, ?)
          """)
      for entry in settled {
        try put.execute(arguments: [
          number, Data(entry.digest), entry.state.rawValue, entry.uid.map { Int64($0) }, nil,
          entry.size,
        ])
      }
      for message in sending {
        try put.execute(arguments: [
          number, Data(message.digest), State.sending.rawValue, nil, nextUID.map { Int64($0) },
          message.size,
        ])
      }
      for digest in forgotten {
        try db.execute(
          sql: "DELETE FROM message WHERE mailbox = ? AND digest = ? AND state = 'sending'",
          arguments: [number, Data(digest)])
      }
    }
  }
}
