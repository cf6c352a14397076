/// A lossless document that is read and edited by key.
///
/// A key names one value in the format's own terms (a pref name, a path into JSON, a stanza and a
/// field). Values are compared and kept in the format's *canonical spelling*, so that `'imap'` and
/// `"imap"` are the same value although their bytes differ.
public protocol KeyedDocument: Sendable {
  var source: SourceText { get }

  /// The value in force under `key` in canonical spelling, or nil where there is none.
  func value(forKey key: String) -> [UInt8]?

  /// Every key that begins with `prefix`, in file order, each once.
  func keys(withPrefix prefix: String) -> [String]

  /// The edits that put `value` (canonical spelling) in force under `key`; nil takes the key away.
  /// No edits when it is so already.
  func edits(setting key: String, to value: [UInt8]?) throws(KeyedDocumentError) -> [SourceEdit]

  /// The edits that put several values in force at once, as the document is now; each key once.
  func edits(setting values: [(key: String, value: [UInt8]?)]) throws(KeyedDocumentError)
    -> [SourceEdit]

  /// The edits that take away every key that begins with `prefix`, and what the format has around
  /// them.
  func edits(removingBranch prefix: String) throws(KeyedDocumentError) -> [SourceEdit]

  /// The edits that take `elements` out of the list kept under `key`; elements that are not there
  /// are passed over.
  func edits(removing elements: [[UInt8]], fromListAt key: String) throws(KeyedDocumentError)
    -> [SourceEdit]

  /// The elements that begin with `prefix`, of every list in the document, by the list's key.
  func elements(withPrefix prefix: [UInt8]) -> [String: [[UInt8]]]
}

extension KeyedDocument {
  /// For formats in which keys do not depend on one another.
  public func edits(
    setting values: [(key: String, value: [UInt8]?)]
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    var edits: [SourceEdit] = []
    for (key, value) in values { edits += try self.edits(setting: key, to: value) }
    return edits
  }

  public func edits(removingBranch prefix: String) throws(KeyedDocumentError) -> [SourceEdit] {
    try edits(setting: keys(withPrefix: prefix).map { ($0, nil) })
  }

  /// A format that keeps no lists has none.
  public func elements(withPrefix prefix: [UInt8]) -> [String: [[UInt8]]] { [:] }
}

public enum KeyedDocumentError: Error, Equatable, Sendable {
  /// The key that cannot be set.
  public var key: String {
    switch self {
    case .noSuchPlace(let key), .notExpressible(let key), .notAList(let key): key
    }
  }

  /// The format has no such key, or its place cannot be determined.
  case noSuchPlace(key: String)
  /// The value cannot be spelled in this format.
  case notExpressible(key: String)
  /// The value under the key is not a list.
  case notAList(key: String)
}

/// A document broke its format's grammar.
public struct SyntaxError: Error, Equatable, Sendable {
  public var position: SourcePosition
  /// What stands wrong, in one short clause ("a string that is never closed").
  public var problem: String
  /// What the grammar wanted there ("a closing quote").
  public var expected: String
  /// The line as it stands, made printable, with the caret's column below it.
  public var excerpt: String

  public init(position: SourcePosition, problem: String, expected: String, excerpt: String) {
    self.position = position
    self.problem = problem
    self.expected = expected
    self.excerpt = excerpt
  }
}
