import ConfigFormats
import MailFormats

/// Writes folders as a client keeps them, message by message.
struct FolderWriter {
  struct Made {
    var state: FileState
    var messages = 0
    /// Of the messages as they were received.
    var bytes = 0
    var withoutKeywords = 0
  }

  let staging: StagingDirectory
  let format: MailFolderFormat
  let counter: MessageCounter

  func makeDirectory(_ place: RelativePath) throws(Refusal) { try staging.makeDirectory(place) }

  func sync(_ place: RelativePath?) throws(Refusal) { try staging.sync(place) }

  /// - Parameter folder: nil for an empty one.
  func make(
    _ place: RelativePath, _ folder: MailFolder?, from source: any MailSource
  ) throws(Refusal) -> Made {
    let store: any FolderStore =
      switch format {
      case .mbox: MboxStore(try staging.makeFile(place))
      case .maildir: try MaildirStore(place, in: staging, isThunderbird: false)
      case .thunderbirdMaildir: try MaildirStore(place, in: staging, isThunderbird: true)
      case .clawsMH, .sylpheedMH:
        throw Refusal(.unsupported, "this program makes no MH folders")
      }
    var messages = 0
    var bytes = 0
    var withoutKeywords = 0
    if let folder {
      try counter.forEach(of: folder, in: source) { (message) throws(Refusal) in
        try store.add(message)
        messages += 1
        bytes.add(saturating: message.size)
        if !message.marks.keywords.isEmpty, !store.keepsKeywords { withoutKeywords += 1 }
      }
    }
    return Made(
      state: try store.finish(), messages: messages, bytes: bytes, withoutKeywords: withoutKeywords)
  }
}

/// Counts messages on their way, and ends it when the run is to stop.
final class MessageCounter {
  private let progress: RestoreProgress
  private let shouldStop: () -> Bool
  private var bytes = 0
  private var messages = 0

  init(_ progress: @escaping RestoreProgress, _ shouldStop: @escaping () -> Bool) {
    self.progress = progress
    self.shouldStop = shouldStop
  }

  func forEach(
    of folder: MailFolder, in source: any MailSource,
    _ body: (any LocalMessage) throws(Refusal) -> Void
  ) throws(Refusal) {
    var failure: Refusal?
    try source.forEachMessage(of: folder) { message in
      if shouldStop() {
        failure = Refusal(.interrupted, "stopped before all was made; nothing is left of it")
        return false
      }
      do throws(Refusal) { try body(message) } catch {
        failure = error
        return false
      }
      bytes.add(saturating: message.size)
      messages += 1
      progress(bytes, messages)
      return true
    }
    if let failure { throw failure }
  }
}

/// One folder that is being written.
protocol FolderStore: AnyObject {
  /// Whether tags stand beside the message where the client reads them.
  var keepsKeywords: Bool { get }
  func add(_ message: any LocalMessage) throws(Refusal)
  func finish() throws(Refusal) -> FileState
}

extension LocalMessage {
  /// Gives all of it on; whether it ends with a line end.
  fileprivate func write(
    _ take: (UnsafeRawBufferPointer) throws(Refusal) -> Void
  ) throws(Refusal) -> Bool {
    var failure: Refusal?
    var last = UInt8(ascii: "\n")
    try read { bytes in
      guard !bytes.isEmpty else { return true }
      last = bytes[bytes.count - 1]
      do throws(Refusal) { try take(bytes) } catch {
        failure = error
        return false
      }
      return true
    }
    if let failure { throw failure }
    return last == UInt8(ascii: "\n")
  }

  /// Marks as Thunderbird is given them: what is marked as deleted it would show nowhere.
  fileprivate var marksToShow: MessageMarks {
    var marks = marks
    marks.flags.remove(.deleted)
    return marks
  }
}

/// Thunderbird's mbox.
private final class MboxStore: FolderStore {
  private let stream: StagedStream
  var keepsKeywords: Bool { true }

  init(_ stream: StagedStream) { self.stream = stream }

  func add(_ message: any LocalMessage) throws(Refusal) {
    try stream.write(FromLine.line(message.marks.received ?? 0, isUTC: false))
    try stream.write(MozillaHeaders.lines(for: message.marksToShow))
    var quoting = FromQuoting(.adding)
    var failure: Refusal?
    let put = { [stream] (bytes: UnsafeRawBufferPointer) -> Bool in
      do throws(Refusal) { try stream.write(bytes) } catch {
        failure = error
        return false
      }
      return true
    }
    let endsLine = try message.write { (bytes) throws(Refusal) in
      if !quoting.feed(bytes, put), let failure { throw failure }
    }
    _ = quoting.finish(put)
    if let failure { throw failure }
    // Headers that break off would take the next message for a part of them.
    let end = message.damage == .truncated ? "\n\n" : "\n"
    try stream.write(Array(((endsLine ? "" : "\n") + end).utf8))
  }

  func finish() throws(Refusal) -> FileState { try stream.finish() }
}

/// A Maildir: flags in the names of the messages, or, of Thunderbird, in lines before them.
private final class MaildirStore: FolderStore {
  private let place: RelativePath
  private let staging: StagingDirectory
  private let isThunderbird: Bool
  private let newFile: (RelativePath) throws(Refusal) -> StagedStream
  private var number = 0
  private var digest = TreeDigest()

  var keepsKeywords: Bool { isThunderbird }

  private static func below(_ place: RelativePath, _ name: String) throws(Refusal) -> RelativePath {
    guard let leaf = RelativePath(name) else { throw Refusal(.io, "\(name.printable) is no name") }
    return place.appending(leaf)
  }

  init(
    _ place: RelativePath, in staging: StagingDirectory, isThunderbird: Bool
  ) throws(Refusal) {
    self.place = place
    self.staging = staging
    self.isThunderbird = isThunderbird
    try staging.makeDirectory(place)
    for name in ["cur", "new", "tmp"] {
      try staging.makeDirectory(try Self.below(place, name))
    }
    newFile = try staging.opened(try Self.below(place, "cur"))
  }

  func add(_ message: any LocalMessage) throws(Refusal) {
    number += 1
    let unique = "\(max(0, message.marks.received ?? 0)).N\(number).restored"
    var name = Array((unique + ".eml").utf8)
    if !isThunderbird {
      name = MaildirName(unique: Array(unique.utf8), flags: message.marks.flags).bytes
    }
    guard let leaf = RelativePath(name) else { throw Refusal(.io, "\(unique) is no name") }
    let stream = try newFile(leaf)
    if isThunderbird { try stream.write(MozillaHeaders.lines(for: message.marksToShow)) }
    _ = try message.write { (bytes) throws(Refusal) in try stream.write(bytes) }
    let made = try stream.finish()
    let path = RelativePath(component: Array("cur".utf8)).appending(leaf)
    digest.add(path, size: made.size, sha256: made.sha256)
  }

  func finish() throws(Refusal) -> FileState {
    try staging.sync(try Self.below(place, "cur"))
    try staging.sync(place)
    let owner = staging.owner
    return FileState(
      mode: StagingDirectory.directoryMode, uid: owner.uid, gid: owner.gid, size: digest.size,
      sha256: digest.sha256)
  }
}
