import ConfigFormats
import Synchronization

/// Documents of a profile's files, each parsed once for the same bytes: those who list accounts and
/// those who plan want the same ones, and a run asks both more than once.
///
/// It keeps nobody from reading a file again, and what is read anew is parsed anew unless it is the
/// same to the byte.
public final class ParsedFiles: Sendable {
  private struct Entry: Sendable {
    var bytes: [UInt8]
    var document: any Sendable
  }

  private let entries = Mutex<[RelativePath: Entry]>([:])

  public init() {}

  /// - Parameters:
  ///   - path: as the adapter names the file.
  ///   - parse: always the same for one path.
  public func document<Document: Sendable, Failure: Error>(
    at path: RelativePath, _ bytes: [UInt8], _ parse: ([UInt8]) throws(Failure) -> Document
  ) throws(Failure) -> Document {
    let known = entries.withLock { $0[path] }
    if let known, known.bytes.isSame(as: bytes), let document = known.document as? Document {
      return document
    }
    let document = try parse(bytes)
    entries.withLock { $0[path] = Entry(bytes: bytes, document: document) }
    return document
  }

  /// Lets go of all: a run may hold many profiles, and the files of few.
  func forget() { entries.withLock { $0 = [:] } }
}
