/// One `user_pref("key", value);` of a prefs.js, as offsets into the file's bytes.
public struct PrefsStatement: Sendable, Equatable {
  /// What the statement does when Thunderbird reads it from prefs.js or user.js.
  public enum Kind: UInt8, Sendable {
    /// `user_pref`: sets the user's value.
    case user
    /// `pref`: sets a default for this run of the client, which is not written back at exit.
    case `default`
    /// `sticky_pref`: like ``default``, with the sticky flag.
    case stickyDefault
  }

  public enum ValueKind: UInt8, Sendable {
    case string
    case int
    case `true`
    case `false`
  }

  // 28 bytes: a profile has 600 of them, a fleet millions.
  let start: Int32
  let keyStart: Int32
  let keyEnd: Int32
  let valueStart: Int32
  let valueEnd: Int32
  let end: Int32
  public let kind: Kind
  public let valueKind: ValueKind
  /// Whether the key's bytes in the file differ from the key, or stand in single quotes.
  let keyNeedsDecoding: Bool
  let valueNeedsDecoding: Bool

  /// The whole statement, semicolon included.
  public var range: Range<Int> { Int(start)..<Int(end) }
  /// The key as it stands between its quotes, escapes not resolved.
  public var keyRange: Range<Int> { Int(keyStart)..<Int(keyEnd) }
  /// The value's token, quotes or sign included.
  public var valueRange: Range<Int> { Int(valueStart)..<Int(valueEnd) }

  /// The key with its escapes resolved.
  public func key(in buffer: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    keyNeedsDecoding
      ? PrefSpelling.unescaping(buffer[keyRange]) : Array(buffer[keyRange])
  }

  /// Whether the key, escapes resolved, is `key`. Allocates nothing unless the key has escapes.
  public func hasKey(_ key: [UInt8], in buffer: UnsafeBufferPointer<UInt8>) -> Bool {
    key.withUnsafeBufferPointer { isNamed($0, in: buffer) }
  }

  /// Whether the key, escapes resolved, begins with `prefix`. Allocates nothing unless the key has
  /// escapes.
  public func hasKeyPrefix(_ prefix: [UInt8], in buffer: UnsafeBufferPointer<UInt8>) -> Bool {
    if keyNeedsDecoding { return key(in: buffer).starts(with: prefix) }
    guard keyRange.count >= prefix.count else { return false }
    let start = Int(keyStart)
    for index in prefix.indices where buffer[start + index] != prefix[index] { return false }
    return true
  }

  /// The value, escapes resolved.
  public func value(in buffer: UnsafeBufferPointer<UInt8>) -> PrefValue {
    // The lexer made the token, so it has a value; the empty string only fills the type.
    PrefSpelling.value(
      of: valueKind, token: valueRange, needsDecoding: valueNeedsDecoding, in: buffer)
      ?? .string([])
  }
}
