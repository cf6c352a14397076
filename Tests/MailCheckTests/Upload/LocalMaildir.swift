import Foundation
import Glibc
import Testing

@testable import MailUpload
@testable import ProfileRewriter

/// A Maildir++ tree of a test's own making, and what a server must hold after it was uploaded.
final class LocalMaildir {
  struct Message: Hashable, Codable {
    var sha256: String
    var flags: [String]
    var date: Int
  }

  let path: String
  private(set) var expected: [String: [Message]] = [:]
  private var count = 0

  init(in scratch: Scratch, _ name: String = "local") throws {
    path = scratch.path(name)
    try makeFolder("")
  }

  private func makeFolder(_ directory: String) throws {
    for part in ["cur", "new", "tmp"] {
      try FileManager.default.createDirectory(
        atPath: "\(path)/\(directory)/\(part)", withIntermediateDirectories: true)
    }
  }

  /// - Parameters:
  ///   - directory: as Maildir++ has it; "" is the inbox.
  ///   - flags: the letters of a Maildir.
  ///   - mailbox: where it is to come to lie; nil: nowhere.
  func add(
    _ text: String, to directory: String = "", flags: String = "", keywords: [String] = [],
    date: Int = 1_600_000_000, mailbox: String? = "INBOX", name: String? = nil
  ) throws {
    try add(
      Array(text.utf8), to: directory, flags: flags, keywords: keywords, date: date,
      mailbox: mailbox, name: name)
  }

  func add(
    _ content: [UInt8], to directory: String = "", flags: String = "", keywords: [String] = [],
    date: Int = 1_600_000_000, mailbox: String? = "INBOX", name: String? = nil
  ) throws {
    try makeFolder(directory)
    count += 1
    let name = name ?? "\(1000 + count).test"
    let place = "\(path)/\(directory)/cur/\(name):2,\(flags)"
    try Data(content).write(to: URL(fileURLWithPath: place))
    let times = [timespec(tv_sec: date, tv_nsec: 0), timespec(tv_sec: date, tv_nsec: 0)]
    utimensat(AT_FDCWD, place, times, 0)
    if !keywords.isEmpty {
      let list = "\(path)/\(directory)/keywords"
      let before = (try? String(contentsOfFile: list, encoding: .utf8)) ?? ""
      try "\(before)\(name) \(keywords.joined(separator: " "))\n"
        .write(toFile: list, atomically: false, encoding: .utf8)
    }
    guard let mailbox else { return }
    let named = ["S": "\\Seen", "R": "\\Answered", "F": "\\Flagged", "D": "\\Draft"]
    expected[mailbox, default: []].append(
      Message(
        sha256: SHA256.hash(Self.withCRLF(content)).hexadecimal,
        flags: (flags.compactMap { named[String($0)] } + keywords).sorted(), date: date))
  }

  /// By the plainest way there is.
  static func withCRLF(_ content: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    for byte in content {
      if byte == 10, result.last != 13 { result.append(13) }
      result.append(byte)
    }
    return result
  }

  /// Every file with its content and times.
  func fingerprint() throws -> [String] {
    let files = try FileManager.default.subpathsOfDirectory(atPath: path).sorted()
    return try files.map { file in
      var status = stat()
      stat(path + "/" + file, &status)
      let content =
        status.st_mode & S_IFMT == S_IFREG
        ? try Data(contentsOf: URL(fileURLWithPath: path + "/" + file)) : Data()
      return "\(file) \(status.st_mtim.tv_sec) \(status.st_mode) "
        + SHA256.hash(Array(content)).hexadecimal
    }
  }
}

/// What Python's imaplib sees.
struct SeenMailbox: Decodable {
  struct Message: Decodable {
    var uid: Int
    var sha256: String
    var flags: [String]
    var date: Int
  }

  var subscribed: Bool
  var messages: [Message]

  /// Without UIDs, in a stable order.
  var plain: [LocalMaildir.Message] {
    messages.map { LocalMaildir.Message(sha256: $0.sha256, flags: $0.flags, date: $0.date) }
      .sorted { ($0.sha256, $0.date) < ($1.sha256, $1.date) }
  }

  static func all(on dovecot: Dovecot) throws -> [String: SeenMailbox] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = [
      URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "read-mailboxes").path,
      "127.0.0.1", "\(dovecot.imap)", "alice@lab.test", "lab-pass",
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return try JSONDecoder().decode([String: SeenMailbox].self, from: output)
  }
}

extension [LocalMaildir.Message] {
  var inOrder: [LocalMaildir.Message] {
    sorted { ($0.sha256, $0.date) < ($1.sha256, $1.date) }
  }
}
