internal import CCrypto
import Glibc
import ProfileRewriter

/// What one message is, whoever keeps it: the same for a local copy and a server's.
struct MessageIdentity: Hashable, Sendable {
  /// SHA-256 over the normalised message (docs/upload.md).
  var digest: [UInt8]
  /// Messages with another key are others. It can be told from a few header fields.
  var key: UInt64
}

/// Reads a message with CRLF line ends, piece by piece, and tells what it is.
///
/// Left out of the digest is what stores and clients write into a message: fields for their own
/// book-keeping, and line ends at its end.
struct MessageDigest {
  private let hash: Hash
  private var fields = KeyFields()
  private var isInHeader = true
  private var isSkipping = false
  /// The header line that has begun.
  private var line: [UInt8] = []
  private var ends = TrailingLineEnds()
  /// Bytes read.
  private(set) var size = 0
  private(set) var hasZeroBytes = false

  /// A header line longer than this is content like any other.
  private static let longestLine = 1 << 20

  init() { hash = Hash() }

  /// The value of the Date field, where there is one; known once the header has been read.
  var date: [UInt8]? { fields[.date] }

  mutating func add(_ piece: UnsafeRawBufferPointer) {
    guard let base = piece.baseAddress, !piece.isEmpty else { return }
    size += piece.count
    hasZeroBytes = hasZeroBytes || memchr(base, 0, piece.count) != nil
    var rest = piece[...]
    while isInHeader, !rest.isEmpty {
      let end = rest.firstIndex(of: 10).map { $0 + 1 } ?? rest.endIndex
      line.append(contentsOf: UnsafeRawBufferPointer(rebasing: rest[..<end]))
      rest = rest[end...]
      if line.last == 10 || line.count > Self.longestLine { endLine() }
    }
    if !rest.isEmpty { ends.add(UnsafeRawBufferPointer(rebasing: rest), to: hash) }
  }

  private mutating func endLine() {
    if line == [13, 10] || line.count > Self.longestLine {
      isInHeader = false
      isSkipping = false
    } else if line.first != 32, line.first != 9 {
      isSkipping = fields.begin(line)
    } else {
      fields.continue(line)
    }
    if !isSkipping { line.withUnsafeBytes { ends.add($0, to: hash) } }
    line.removeAll(keepingCapacity: true)
  }

  /// Once, after the last piece.
  mutating func finish() -> MessageIdentity {
    if !line.isEmpty { endLine() }
    ends.finish(to: hash)
    return MessageIdentity(digest: hash.finish(), key: fields.key)
  }
}

/// SHA-256 over what comes in pieces.
final class Hash {
  private let context = EVP_MD_CTX_new()

  /// Fetched once: OpenSSL 3 looks the implementation up at every use otherwise. Never changed
  /// after its making.
  nonisolated(unsafe) private static let algorithm: OpaquePointer? =
    EVP_MD_fetch(nil, "SHA256", nil) ?? EVP_sha256()

  init() {
    precondition(EVP_DigestInit_ex(context, Self.algorithm, nil) == 1, "SHA-256 failed")
  }

  deinit { EVP_MD_CTX_free(context) }

  func add(_ bytes: UnsafeRawBufferPointer) {
    EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
  }

  func finish() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { buffer, count in
      precondition(EVP_DigestFinal_ex(context, buffer.baseAddress, nil) == 1, "SHA-256 failed")
      count = SHA256.byteCount
    }
  }
}

/// Keeps line ends back until it is known that something follows them.
private struct TrailingLineEnds {
  private var held = 0
  /// A CR at a piece's end, which may be half of a line end.
  private var holdsCR = false

  mutating func add(_ piece: UnsafeRawBufferPointer, to hash: Hash) {
    var rest = piece[...]
    if holdsCR {
      holdsCR = false
      if rest.first == 10 {
        held += 1
        rest = rest.dropFirst()
      } else {
        release(to: hash)
        ([13] as [UInt8]).withUnsafeBytes { hash.add($0) }
      }
    }
    if rest.last == 13 {
      holdsCR = true
      rest = rest.dropLast()
    }
    var trailing = 0
    while rest.count >= 2, rest[rest.endIndex - 1] == 10, rest[rest.endIndex - 2] == 13 {
      trailing += 1
      rest = rest.dropLast(2)
    }
    if !rest.isEmpty {
      release(to: hash)
      hash.add(UnsafeRawBufferPointer(rebasing: rest))
    }
    held += trailing
  }

  private mutating func release(to hash: Hash) {
    for _ in 0..<held { ([13, 10] as [UInt8]).withUnsafeBytes { hash.add($0) } }
    held = 0
  }

  mutating func finish(to hash: Hash) {
    guard holdsCR else { return }
    release(to: hash)
    ([13] as [UInt8]).withUnsafeBytes { hash.add($0) }
  }
}
