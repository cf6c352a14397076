import MailFormats

/// Goes over the messages of one MH folder of Claws Mail or Sylpheed, by their numbers.
struct MHReading {
  let root: OpenRoot
  let folder: MailFolder

  private static let headSize = 256 << 10

  private var isOfClaws: Bool { folder.format == .clawsMH }

  private static func marks(ofClaws isOfClaws: Bool) -> [UInt8] {
    Array(MHMarks.fileName(ofClaws: isOfClaws).utf8)
  }
  private static let tags = Array(".claws_tags".utf8)

  func forEachMessage(_ body: (any LocalMessage) -> Bool) throws(Refusal) {
    let numbers = try numbers()
    let known = try KnownMarks(self)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.headSize, alignment: 16)
    defer { buffer.deallocate() }
    for number in numbers {
      guard let file = try message(number) else { continue }
      guard try give(file, number, known.marks(of: number), buffer, body) else { return }
      try file.requireUnchanged()
    }
    guard try known.areUnchanged(), try self.numbers() == numbers else { throw stale }
  }

  /// What the folder's content depends on, below its directory: messages, marks and tags.
  func files() throws(Refusal) -> [RelativePath] {
    var files = try numbers().compactMap { RelativePath(String($0)) }
    files += [Self.marks(ofClaws: isOfClaws), Self.tags].compactMap { RelativePath($0) }
    return files
  }

  private var stale: Refusal {
    Refusal(
      .stale,
      "\(root.absolute(folder.path).printable) changed while it was read; close the client and run again"
    )
  }

  private func numbers() throws(Refusal) -> [UInt32] {
    (try root.list(folder.path) ?? []).compactMap(MHName.number).sorted()
  }

  /// nil for what is no file: folders may be named by a number, too, and the clients pass over the rest.
  private func message(_ number: UInt32) throws(Refusal) -> WatchedFile? {
    guard let leaf = RelativePath(String(number)) else { return nil }
    let path = folder.path.appending(leaf)
    do throws(Refusal) {
      guard let file = try root.watchedFile(path) else { throw stale }
      return file
    } catch {
      if error.reason == .notRegular { return nil }
      throw error
    }
  }

  private func give(
    _ file: WatchedFile, _ number: UInt32, _ marks: MessageMarks,
    _ buffer: UnsafeMutableRawBufferPointer, _ body: (any LocalMessage) -> Bool
  ) throws(Refusal) -> Bool {
    let got = try file.read(at: 0, into: buffer)
    let head = UnsafeRawBufferPointer(rebasing: buffer[..<got])
    let size = file.status.size
    return body(
      StoredMessage(
        place: "\(folder.shown), \(number)", marks: marks, uidl: nil, isGone: false, size: size,
        damage: MessageDamage(of: head, isAll: got == size), head: head,
        content: MessageContent(
          place: got == size ? .memory(head) : .file(file, 0..<size), isQuoted: false)))
  }

  /// The folder's marks and tags, read once.
  private struct KnownMarks {
    private let folder: MailFolder
    private let files: [WatchedFile]
    private let marks: MHMarks?
    private let tags: ClawsTags?

    init(_ reading: MHReading) throws(Refusal) {
      folder = reading.folder
      let marked = try Self.file(MHReading.marks(ofClaws: reading.isOfClaws), reading)
      let tagged = reading.isOfClaws ? try Self.file(MHReading.tags, reading) : nil
      files = [marked, tagged].compactMap { $0?.file }
      marks = marked.flatMap { MHMarks($0.bytes) }
      tags = tagged.flatMap { ClawsTags($0.bytes) }
    }

    private static func file(
      _ name: [UInt8], _ reading: MHReading
    ) throws(Refusal) -> (file: WatchedFile, bytes: [UInt8])? {
      guard let leaf = RelativePath(name) else { return nil }
      let path = reading.folder.path.appending(leaf)
      guard let file = try reading.root.watchedFile(path) else { return nil }
      guard let bytes = try reading.root.read(path) else { throw reading.stale }
      return (file, bytes)
    }

    func areUnchanged() throws(Refusal) -> Bool {
      for file in files { try file.requireUnchanged() }
      return true
    }

    /// What has no mark is new, but in folders in which nothing is (`folder_item_set_default_flags`).
    func marks(of number: UInt32) -> MessageMarks {
      var found = MessageMarks(flags: marks?.flags(of: number) ?? (isNeverNew ? .seen : []))
      if folder.format == .sylpheedMH, let label = marks?.label(of: number, upTo: 7) {
        // The keyword by which the client itself keeps its label on an IMAP server.
        found.keywords = [Array("$label\(label)".utf8)]
      }
      var seen = Set(found.keywords)
      for tag in tags?.tags[number] ?? [] {
        if let name = folder.tagNames[tag], seen.insert(name).inserted {
          found.keywords.append(name)
        }
      }
      return found
    }

    private var isNeverNew: Bool {
      switch folder.role {
      case .sent, .drafts, .outbox, .trash: true
      default: false
      }
    }
  }
}
