import ConfigFormats
import MailFormats

/// A client's own store, read as the owner of the home.
public struct StoredMail: MailSource {
  public let folders: [MailFolder]
  let root: OpenRoot
  /// Asked at every stretch of a folder that is one file.
  var shouldStop: @Sendable () -> Bool = { false }

  public func forEachMessage(
    of folder: MailFolder, _ body: (any LocalMessage) -> Bool
  ) throws(Refusal) {
    let name = folder.shown
    switch folder.format {
    case .mbox:
      guard let file = try root.watchedFile(folder.path) else {
        throw Refusal(.stale, "\(root.absolute(folder.path).printable) is gone; run again")
      }
      try MboxReading(source: file, folder: name, shouldStop: shouldStop).forEachMessage(body)
    case .maildir, .thunderbirdMaildir:
      try MaildirReading(
        root: root, directory: folder.path, folder: name,
        isThunderbird: folder.format == .thunderbirdMaildir
      ).forEachMessage(body)
    case .clawsMH, .sylpheedMH: try MHReading(root: root, folder: folder).forEachMessage(body)
    }
  }

  /// Bytes that the folder's files take: what reading it will cost, for showing progress.
  public func bytes(of folder: MailFolder) throws(Refusal) -> Int {
    try traces(of: folder).map(\.size).saturatingSum
  }

  /// What tells whether a folder has changed, without reading its messages: of every file its name,
  /// size and time of change.
  public func traces(of folder: MailFolder) throws(Refusal) -> [FileTrace] {
    switch folder.format {
    case .mbox: return try [trace(folder.path, name: [])].compactMap { $0 }
    case .maildir, .thunderbirdMaildir:
      let reading = MaildirReading(
        root: root, directory: folder.path, folder: folder.shown, isThunderbird: false)
      return try root.asOwner { () throws(Refusal) in
        var traces: [FileTrace] = []
        for entry in try reading.entries() {
          if let trace = try trace(folder.path.appending(entry), name: entry.bytes) {
            traces.append(trace)
          }
        }
        return traces
      }
    case .clawsMH, .sylpheedMH:
      let reading = MHReading(root: root, folder: folder)
      return try root.asOwner { () throws(Refusal) in
        var traces: [FileTrace] = []
        for entry in try reading.files() {
          if let trace = try trace(folder.path.appending(entry), name: entry.bytes) {
            traces.append(trace)
          }
        }
        return traces
      }
    }
  }

  private func trace(_ path: RelativePath, name: [UInt8]) throws(Refusal) -> FileTrace? {
    try root.status(path).map { FileTrace(name: name, size: $0.size, modified: $0.modified) }
  }
}

/// One file of a folder as it was at a moment.
public struct FileTrace: Sendable, Hashable {
  /// Below the folder; empty for a folder that is one file.
  public var name: [UInt8]
  public var size: Int
  /// Nanoseconds since 1970.
  public var modified: Int
}

extension MailFolder {
  /// For people: "Archives/2023".
  public var shown: String { names.map(\.printable).joined(separator: "/") }
}
