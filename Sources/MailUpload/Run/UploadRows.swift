import ConfigFormats
import ProfileRewriter

/// What became of one local folder.
public struct UploadedFolder: Sendable {
  public enum Status: String, Sendable, CaseIterable {
    /// Only looked at.
    case planned
    /// Every message that can be there is on the server.
    case done
    /// It ended early; `refusal` says why.
    case partial
    /// Nothing of it could be brought there.
    case refused
  }

  public var folder: MappedFolder
  public var status = Status.done
  /// In the local folder, as far as it was read.
  public var messages = 0
  public var uploaded = 0
  /// On the server before; also a second copy of one message in the folder.
  public var present = 0
  /// Marked as deleted in the client; they stay where they are.
  public var deleted = 0
  /// No whole messages; each has its ``MessageProblem``.
  public var damaged = 0
  /// Not taken; each has its ``MessageProblem``.
  public var refusedMessages = 0
  /// Uploaded, as sent.
  public var bytes = 0
  /// Messages of which not every keyword could be kept.
  public var withoutKeywords = 0
  /// Messages that an earlier, interrupted run sent and that came in only after they had been sent
  /// again.
  public var doubled = 0
  public var refusal: Refusal?
  /// Sent by an earlier connection whose answer was lost, and found to have come in.
  var arrived = 0

  init(_ folder: MappedFolder) { self.folder = folder }

  /// The whole of a folder whose connection broke after `earlier`: it was gone through from its beginning, and what had
  /// been uploaded was there.
  func continued(from earlier: UploadedFolder) -> UploadedFolder {
    var row = self
    let before = earlier.uploaded + arrived
    row.uploaded += before
    row.present = max(0, row.present - before)
    row.bytes.add(saturating: earlier.bytes)
    row.messages = max(row.messages, earlier.messages)
    return row
  }
}

/// One message that was not uploaded.
public struct MessageProblem: Sendable {
  public var folder: MappedFolder
  /// As the source names it.
  public var place: String
  public var refusal: Refusal
}

public enum UploadEvent: Sendable {
  case folder(UploadedFolder)
  case message(MessageProblem)
}

/// How far an upload is.
public struct UploadProgress: Sendable {
  public var messages = 0
  /// In the local store.
  public var bytes = 0
  /// nil where they were not counted.
  public var totalMessages: Int?
  public var totalBytes: Int?
}
