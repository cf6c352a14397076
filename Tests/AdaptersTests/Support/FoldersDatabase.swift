import Foundation
import Testing

extension EvolutionLab {
  /// What Evolution's cache says of an account's INBOX, in a database of SQLite's own making.
  mutating func setCache(
    _ uid: String, _ inbox: String, savedCount: Int = 2, messages: Int = 2, more: String = ""
  ) throws {
    let bytes = try FoldersDatabase.bytes(
      inbox: inbox, savedCount: savedCount, messages: messages, more: more)
    home.put(.file(bytes), at: "\(cacheTree)/mail/\(uid)/folders.db")
  }
}

/// `folders.db` with the tables that Evolution 3.46.4 makes, as far as they are read.
enum FoldersDatabase {
  static func bytes(inbox: String, savedCount: Int, messages: Int, more: String) throws -> [UInt8] {
    let rows = (0..<messages).map { "('\($0)')" }.joined(separator: ", ")
    return try made(
      """
      CREATE TABLE folders (folder_name TEXT PRIMARY KEY, version REAL, flags INTEGER,
        nextuid INTEGER, time NUMERIC, saved_count INTEGER, unread_count INTEGER,
        deleted_count INTEGER, junk_count INTEGER, visible_count INTEGER,
        jnd_count INTEGER, bdata TEXT);
      CREATE TABLE 'INBOX' (uid TEXT PRIMARY KEY);
      INSERT INTO 'INBOX' VALUES \(rows);
      INSERT INTO folders (folder_name, bdata, saved_count)
        VALUES ('Drafts', '4 1 99 0', 0), ('INBOX', '\(inbox)', \(savedCount))\(more);
      """)
  }

  static func made(_ sql: String) throws -> [UInt8] {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("folders-\(UUID().uuidString).db")
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = [
      "-c", "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])",
      file.path, sql,
    ]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return [UInt8](try Data(contentsOf: file))
  }
}
