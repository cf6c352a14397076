import MailFormats

/// Goes over the messages of one Maildir folder, by the times in their names.
struct MaildirReading {
  let root: OpenRoot
  /// The folder's directory below the root.
  let directory: RelativePath
  /// How the folder is called in reports.
  let folder: String
  /// Flags stand in headers of the messages, not in their names.
  let isThunderbird: Bool

  private static let headSize = 256 << 10

  func forEachMessage(_ body: (any LocalMessage) -> Bool) throws(Refusal) {
    let entries = try entries()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.headSize, alignment: 16)
    defer { buffer.deallocate() }
    for entry in entries {
      guard let file = try root.watchedFile(directory.appending(entry)) else { throw stale }
      guard try give(file, entry.name, buffer, body) else { return }
      try file.requireUnchanged()
    }
    guard try self.entries() == entries else { throw stale }
  }

  private var stale: Refusal {
    Refusal(
      .stale,
      "\(root.absolute(directory).printable) changed while it was read; close the client and run again"
    )
  }

  /// All messages below the directory: what is delivered and not yet looked at, and the others.
  func entries() throws(Refusal) -> [RelativePath] {
    var found: [(key: MaildirName, path: RelativePath)] = []
    for part in ["cur", "new"] {
      guard let below = RelativePath(part) else { continue }
      for name in try root.list(directory.appending(below)) ?? [] {
        guard name.first != UInt8(ascii: "."), let leaf = RelativePath(name) else { continue }
        found.append((MaildirName(name), below.appending(leaf)))
      }
    }
    return found.sorted { left, right in
      let (a, b) = (left.key.delivered ?? 0, right.key.delivered ?? 0)
      return a == b ? left.path < right.path : a < b
    }.map(\.path)
  }

  private func give(
    _ file: WatchedFile, _ name: [UInt8], _ buffer: UnsafeMutableRawBufferPointer,
    _ body: (any LocalMessage) -> Bool
  ) throws(Refusal) -> Bool {
    let got = try file.read(at: 0, into: buffer)
    let stored = UnsafeRawBufferPointer(rebasing: buffer[..<got])
    let parsed = MaildirName(name)
    var marks = MessageMarks(flags: parsed.flags, received: parsed.delivered)
    var uidl: [UInt8]?
    var account: [UInt8]?
    var begins = 0
    if isThunderbird {
      let mozilla = MozillaHeaders(stored)
      marks.flags = mozilla.flags
      marks.keywords = mozilla.keywords
      uidl = mozilla.uidl
      account = mozilla.account
      begins = mozilla.length
    } else {
      // Evolution's, behind the header fields of what it has fetched by POP (seen with 3.46.4).
      uidl = HeaderBlock(stored).value(of: "X-Evolution-POP3-UID")
      account = uidl == nil ? nil : HeaderBlock(stored).value(of: "X-Evolution-Source")
    }
    let head = UnsafeRawBufferPointer(rebasing: stored[begins...])
    let size = file.status.size
    let content = MessageContent(
      place: got == size ? .memory(head) : .file(file, begins..<max(begins, size)), isQuoted: false)
    return body(
      StoredMessage(
        place: "\(folder), \(name.printable)", marks: marks, uidl: uidl, account: account,
        isGone: isThunderbird && marks.flags.contains(.deleted), size: size - begins,
        damage: MessageDamage(of: head, isAll: got == size), head: head, content: content))
  }
}

extension MessageDamage {
  /// Of a message that is a file of its own; nil where nothing is wrong.
  /// - Parameter isAll: `head` is the whole message.
  init?(of head: UnsafeRawBufferPointer, isAll: Bool) {
    guard HeaderBlock(head).beginsWithField else {
      self = head.isEmpty ? .truncated : .notAMessage
      return
    }
    guard isAll, !MboxEnd.hasEmptyLine(head) else { return nil }
    self = .truncated
  }
}

/// A message that is a file of a backup.
package struct MaildirFile {
  private let file: WatchedFile

  package init(_ file: WatchedFile) { self.file = file }

  package func give(_ body: (any LocalMessage) -> Void) throws(Refusal) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    defer { buffer.deallocate() }
    let got = try file.read(at: 0, into: buffer)
    let head = UnsafeRawBufferPointer(rebasing: buffer[..<got])
    let size = file.status.size
    body(
      StoredMessage(
        place: file.path.printable, marks: MessageMarks(), uidl: nil, isGone: false, size: size,
        damage: nil, head: head,
        content: MessageContent(
          place: got == size ? .memory(head) : .file(file, 0..<size), isQuoted: false)))
    try file.requireUnchanged()
  }
}
