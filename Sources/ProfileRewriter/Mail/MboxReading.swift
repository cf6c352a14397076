import MailFormats

/// Goes over the messages of one mbox, Thunderbird's own or a backup's, in one pass and with little
/// memory: messages lie whole in a window that moves over the file, and only those that do not fit are
/// read twice. Where the file is what another program prints, they are held whole.
package struct MboxReading {
  let source: any WindowSource
  /// How the folder is called in reports.
  let folder: String
  var dialect: MboxDialect
  var capacity: Int
  /// Asked at every window: a message may be as long as a file can be.
  let shouldStop: () -> Bool

  package init(
    source: any WindowSource, folder: String, dialect: MboxDialect = .thunderbird,
    capacity: Int = FileWindow.capacity, shouldStop: @escaping () -> Bool = { false }
  ) {
    self.shouldStop = shouldStop
    self.source = source
    self.folder = folder
    self.dialect = dialect
    self.capacity = capacity
  }

  /// As much of a long message as is looked at for its headers.
  private static let headSize = 256 << 10

  /// - Throws: `interrupted` in the middle of a message, too.
  package func forEachMessage(_ body: (any LocalMessage) -> Bool) throws(Refusal) {
    var pass = Pass(self, FileWindow(source, capacity: capacity))
    try pass.run(body)
    try (source as? WatchedFile)?.requireUnchanged()
  }

  private struct Pass {
    let reading: MboxReading
    let window: FileWindow
    var scanner: MboxScanner
    /// Where in the file the message begins, with its From_ line.
    var start = 0
    /// What stands before the first From_ line of a file.
    var isPreamble = false
    /// Of a message that has not all fitted into the window.
    var head: [UInt8]?

    init(_ reading: MboxReading, _ window: FileWindow) {
      self.reading = reading
      self.window = window
      scanner = MboxScanner(reading.dialect, lookahead: min(64 << 10, window.capacity / 4))
    }

    mutating func run(_ body: (any LocalMessage) -> Bool) throws(Refusal) {
      try window.advance(keeping: 0)
      guard !window.bytes.isEmpty else { return }
      var place = 0
      if ByteSearch.stands("From ", at: 0, in: window.bytes) {
        scanner.beginMessage()
      } else {
        isPreamble = true
        scanner.beginBody()
      }
      while true {
        switch scanner.next(in: window.bytes, from: place, isEnd: window.isEnd) {
        case .more(let from): place = try advance(from)
        case .separator(let index):
          guard try give(to: index, body) else { return }
          start = window.base + index
          isPreamble = false
          head = nil
          scanner.beginMessage()
          place = index
        case .end:
          _ = try give(to: window.bytes.count, body)
          return
        }
      }
    }

    /// Moves the window on, with the whole message as long as it leaves room, and gives the index
    /// where the search goes on.
    private mutating func advance(_ from: Int) throws(Refusal) -> Int {
      let begins = start - window.base
      var keep = begins
      let isLarge = window.bytes.count - begins > window.capacity * 3 / 4
      if isLarge, !(reading.source is WatchedFile) {
        window.grow()
      } else if head != nil || isLarge {
        if head == nil {
          head = Array(window.bytes[begins..<min(window.bytes.count, begins + headSize)])
        }
        // Some bytes before the place are looked at, too.
        keep = max(0, from - 4)
      }
      if reading.shouldStop() { throw .readingStopped(reading.source.path) }
      try window.advance(keeping: keep)
      return from - keep
    }

    private var headSize: Int { MboxReading.headSize }

    /// Gives the message that ends at `end`, an index of the window.
    private func give(
      to end: Int, _ body: (any LocalMessage) -> Bool
    ) throws(Refusal) -> Bool {
      if let head {
        return try head.withRefusing { (head) throws(Refusal) in
          try give(head, isWhole: false, to: end, body)
        }
      }
      let begins = start - window.base
      return try give(
        UnsafeRawBufferPointer(rebasing: window.bytes[begins..<end]), isWhole: true, to: end, body)
    }

    private func give(
      _ bytes: UnsafeRawBufferPointer, isWhole: Bool, to end: Int,
      _ body: (any LocalMessage) -> Bool
    ) throws(Refusal) -> Bool {
      if isPreamble { return try givePreamble(bytes, isWhole: isWhole, to: end, body) }
      let fromLine =
        ByteSearch.index(of: ByteSearch.newline, in: bytes).map { $0 + 1 } ?? bytes.count
      let stored = UnsafeRawBufferPointer(rebasing: bytes[fromLine...])
      let mozilla = MozillaHeaders(stored)
      let own =
        reading.dialect == .thunderbird ? mozilla.length : BackupHeaders.length(stored) ?? 0
      let head = UnsafeRawBufferPointer(rebasing: stored[own...])
      let begins = fromLine + own
      var length = window.base + end - start - begins
      if !scanner.isInHeaders, let empty = MboxEnd.emptyLine(before: end, in: window.bytes) {
        let cut = window.base + empty - start - begins
        // The empty line between headers and a body of nothing is the message's own; a backup has
        // another behind it, always.
        let isOwn = reading.dialect == .thunderbird && isWhole && MboxEnd.endsHeaders(cut, in: head)
        if cut >= 0, !isOwn { length = cut }
      }
      let content = MessageContent(
        place: isWhole
          ? .memory(UnsafeRawBufferPointer(rebasing: head[..<length]))
          : .file(reading.source, start + begins..<start + begins + length), isQuoted: true)
      var flags = MessageMarks(flags: mozilla.flags, keywords: mozilla.keywords)
      flags.received = FromLine.date(UnsafeRawBufferPointer(rebasing: bytes[..<fromLine]))
      let damage: MessageDamage? =
        scanner.isInHeaders
        ? .truncated : HeaderBlock(head).beginsWithField ? nil : .notAMessage
      return body(
        StoredMessage(
          place: place, marks: flags, uidl: mozilla.uidl, account: mozilla.account,
          isGone: reading.dialect == .thunderbird && mozilla.flags.contains(.deleted),
          size: try content.size(reading.shouldStop), damage: damage,
          head: head, content: content))
    }

    /// Bytes that belong to no message; empty lines are nothing.
    private func givePreamble(
      _ bytes: UnsafeRawBufferPointer, isWhole: Bool, to end: Int,
      _ body: (any LocalMessage) -> Bool
    ) throws(Refusal) -> Bool {
      if isWhole, bytes.allSatisfy({ $0 == 0x0A || $0 == 0x0D }) { return true }
      let length = window.base + end - start
      let content = MessageContent(
        place: isWhole ? .memory(bytes) : .file(reading.source, start..<start + length),
        isQuoted: false)
      return body(
        StoredMessage(
          place: place, marks: MessageMarks(), uidl: nil, isGone: false, size: length,
          damage: .notAMessage, head: bytes, content: content))
    }

    private var place: String { "\(reading.folder) at byte \(start)" }
  }
}

extension [UInt8] {
  fileprivate func withRefusing<Value>(
    _ body: (UnsafeRawBufferPointer) throws(Refusal) -> Value
  ) throws(Refusal) -> Value {
    try withUnsafeBytes { bytes in Result { () throws(Refusal) in try body(bytes) } }.get()
  }
}
