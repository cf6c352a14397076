/// The ">" before lines that would begin with "From ": one more when a message goes into an mbox, one
/// less when it comes out (mboxrd). Works on a stream, in pieces of any size.
///
/// A line counts with up to 1,024 ">" before its "From "; the limit is the same both ways.
public struct FromQuoting: Sendable {
  public enum Way: Sendable, Hashable {
    case adding
    case removing
  }

  /// Takes a piece; false to stop.
  public typealias Take = (UnsafeRawBufferPointer) -> Bool

  private let way: Way
  private var isAtLineStart = true
  /// The beginning of a line that may still turn out to be one.
  private var held: [UInt8] = []
  private static let mostQuotes = 1024

  public init(_ way: Way) { self.way = way }

  /// Passes `bytes` on, changed where need be; what is not decided yet is kept back.
  /// - Returns: false where `take` wants no more.
  public mutating func feed(_ bytes: UnsafeRawBufferPointer, _ take: Take) -> Bool {
    guard !bytes.isEmpty else { return true }
    guard !held.isEmpty else { return pass(bytes, take) }
    let joined = held + bytes
    held = []
    return joined.withUnsafeBytes { pass($0, take) }
  }

  /// The message ends.
  /// - Returns: false where `take` wants no more.
  public mutating func finish(_ take: Take) -> Bool {
    let rest = held
    held = []
    isAtLineStart = true
    return rest.isEmpty || rest.withUnsafeBytes { take($0) }
  }

  private mutating func pass(_ bytes: UnsafeRawBufferPointer, _ take: Take) -> Bool {
    var sent = 0
    var search = 0
    while let from = ByteSearch.index(of: "From ", in: bytes, from: search) {
      search = from + 5
      guard let line = lineStart(of: from, in: bytes, notBefore: sent) else { continue }
      if way == .removing, line == from { continue }
      if line > sent, !take(UnsafeRawBufferPointer(rebasing: bytes[sent..<line])) { return false }
      switch way {
      case .adding:
        guard withUnsafeBytes(of: UInt8(ascii: ">"), { take($0) }) else { return false }
        sent = line
      case .removing: sent = line + 1
      }
    }
    let end = undecided(in: bytes, notBefore: sent) ?? bytes.count
    isAtLineStart = end < bytes.count || bytes[bytes.count - 1] == ByteSearch.newline
    held = end < bytes.count ? Array(bytes[end...]) : []
    return end == sent || take(UnsafeRawBufferPointer(rebasing: bytes[sent..<end]))
  }

  /// Where the line begins whose "From " stands at `from`, if nothing but ">" stands before that.
  private func lineStart(
    of from: Int, in bytes: UnsafeRawBufferPointer, notBefore sent: Int
  ) -> Int? {
    var line = from
    while line > sent, from - line <= Self.mostQuotes, bytes[line - 1] == UInt8(ascii: ">") {
      line -= 1
    }
    guard from - line <= Self.mostQuotes else { return nil }
    return (line == 0 ? isAtLineStart : bytes[line - 1] == ByteSearch.newline) ? line : nil
  }

  /// Where the last line begins, if it is all ">" and a beginning of "From ".
  private func undecided(in bytes: UnsafeRawBufferPointer, notBefore sent: Int) -> Int? {
    var line = bytes.count
    let least = max(sent, bytes.count - Self.mostQuotes - 5)
    while line > least, bytes[line - 1] != ByteSearch.newline { line -= 1 }
    guard line < bytes.count,
      line == 0 ? isAtLineStart : bytes[line - 1] == ByteSearch.newline
    else { return nil }
    let rest = bytes[line...].drop { $0 == UInt8(ascii: ">") }
    return rest.count < 5 && "From ".utf8.starts(with: rest) ? line : nil
  }
}
