import MailFormats
import ProfileRewriter

/// Where the messages of one folder go.
protocol FolderSink: AnyObject {
  /// Writes a message.
  /// - Returns: what the index is to have of it.
  func add(_ message: any LocalMessage) throws(Refusal) -> IndexEntry
  /// - Returns: size and SHA-256 as the manifest has them.
  func finish() throws(Refusal) -> (size: Int, sha256: [UInt8])
}

/// Reads a message to its end, hashing, and gives its bytes on.
struct MessagePass {
  let hash = SHA256Stream()
  /// Asked at every piece.
  var shouldStop: () -> Bool = { false }

  func run(
    _ message: any LocalMessage, _ take: (UnsafeRawBufferPointer) throws(Refusal) -> Void
  ) throws(Refusal) -> (sha256: [UInt8], size: Int, endsLine: Bool) {
    var failure: Refusal?
    var size = 0
    var last = UInt8(ascii: "\n")
    try message.read { bytes in
      guard !bytes.isEmpty else { return true }
      if shouldStop() {
        failure = Refusal(.interrupted, "stopped while \(message.place) was read")
        return false
      }
      hash.update(bytes)
      size += bytes.count
      last = bytes[bytes.count - 1]
      do throws(Refusal) { try take(bytes) } catch {
        failure = error
        return false
      }
      return true
    }
    let digest = hash.finish()
    if let failure { throw failure }
    return (digest, size, last == UInt8(ascii: "\n"))
  }
}

/// One mbox (mboxrd).
final class MboxSink: FolderSink {
  private let output: BackupOutput
  private let pass: MessagePass

  init(_ output: BackupOutput, shouldStop: @escaping () -> Bool) {
    self.output = output
    pass = MessagePass(shouldStop: shouldStop)
  }

  func add(_ message: any LocalMessage) throws(Refusal) -> IndexEntry {
    try output.write(FromLine.line(message.marks.received ?? 0, isUTC: true))
    try output.write(BackupHeaders.lines(for: message.marks))
    var quoting = FromQuoting(.adding)
    var failure: Refusal?
    let put = { [output] (bytes: UnsafeRawBufferPointer) -> Bool in
      do throws(Refusal) { try output.write(bytes) } catch {
        failure = error
        return false
      }
      return true
    }
    let (sha256, size, endsLine) = try pass.run(message) { (bytes) throws(Refusal) in
      guard !quoting.feed(bytes, put), let failure else { return }
      throw failure
    }
    _ = quoting.finish(put)
    if let failure { throw failure }
    try output.write(Array((endsLine ? "\n" : "\n\n").utf8))
    var entry = IndexEntry(message, sha256: sha256, size: size)
    if !endsLine { entry.noFinalNewline = true }
    return entry
  }

  func finish() throws(Refusal) -> (size: Int, sha256: [UInt8]) { try output.finish() }
}

/// One Maildir: the bytes of the messages unchanged, flags in their names, keywords as Dovecot has
/// them (a letter each, listed in `dovecot-keywords`).
final class MaildirSink: FolderSink {
  private let directory: PrivateDirectory
  private let path: RelativePath
  private let pass: MessagePass
  private var number = 0
  private var keywords: [[UInt8]] = []
  private var lines: [(name: [UInt8], sha256: [UInt8])] = []
  private var size = 0
  private static let mostKeywords = 26

  init(
    _ path: RelativePath, in directory: PrivateDirectory, shouldStop: @escaping () -> Bool
  ) throws(Refusal) {
    pass = MessagePass(shouldStop: shouldStop)
    self.path = path
    self.directory = directory
    try directory.makeDirectory(path)
    for name in ["cur", "new", "tmp"] { try directory.makeDirectory(try Self.below(path, name)) }
  }

  private static func below(_ path: RelativePath, _ name: String) throws(Refusal) -> RelativePath {
    guard let leaf = RelativePath(name) else { throw Refusal(.io, "\(name) is no name") }
    return path.appending(leaf)
  }

  func add(_ message: any LocalMessage) throws(Refusal) -> IndexEntry {
    number += 1
    var name = MaildirName(
      unique: Array("\(message.marks.received ?? 0).N\(number).backup".utf8),
      flags: message.marks.flags)
    name.others = message.marks.keywords.compactMap(letter)
    let text = String(decoding: name.bytes, as: UTF8.self)
    let file = try directory.create(try Self.below(path, "cur/" + text))
    let (sha256, size, _) = try pass.run(message) { (bytes) throws(Refusal) in
      try file.write(bytes)
    }
    try file.finish()
    self.size += size
    lines.append((name.bytes, sha256))
    var entry = IndexEntry(message, sha256: sha256, size: size)
    entry.file = text
    return entry
  }

  private func letter(_ keyword: [UInt8]) -> UInt8? {
    let index = keywords.firstIndex(of: keyword) ?? keywords.count
    guard index < Self.mostKeywords else { return nil }
    if index == keywords.count { keywords.append(keyword) }
    return UInt8(ascii: "a") + UInt8(index)
  }

  func finish() throws(Refusal) -> (size: Int, sha256: [UInt8]) {
    if !keywords.isEmpty {
      let file = try directory.create(try Self.below(path, "dovecot-keywords"))
      for (index, keyword) in keywords.enumerated() {
        try file.write(Array("\(index) ".utf8) + keyword + [UInt8(ascii: "\n")])
      }
      try file.finish()
    }
    try directory.sync(try Self.below(path, "cur"))
    try directory.sync(path)
    return (size, MaildirDigest.of(lines))
  }
}

/// The SHA-256 that stands for a Maildir: of lines as sha256sum prints them, sorted by name.
enum MaildirDigest {
  static func of(_ files: [(name: [UInt8], sha256: [UInt8])]) -> [UInt8] {
    let hash = SHA256Stream()
    for file in files.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
      let line =
        Array(file.sha256.map(IndexEntry.hexadecimal).joined().utf8) + Array("  ".utf8) + file.name
        + [UInt8(ascii: "\n")]
      line.withUnsafeBytes { hash.update($0) }
    }
    return hash.finish()
  }
}
