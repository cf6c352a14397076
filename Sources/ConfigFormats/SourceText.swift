#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file's bytes, with places in them named for people and edits made by range.
///
/// Everything in this library rests on one idea: a document is its bytes plus an index of ranges,
/// and a change is a list of (range, new bytes). Nothing is ever written out anew, so what nobody
/// asked to change cannot change.
public struct SourceText: Sendable, Equatable {
  public let bytes: [UInt8]

  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The bytes after `edits`, all of which name ranges of *this* text.
  ///
  /// Edits may come in any order. Several insertions at one place are made in the order given.
  /// - Throws: ``SourceEditError`` when two edits touch the same bytes or one lies outside.
  public func applying(_ edits: [SourceEdit]) throws(SourceEditError) -> [UInt8] {
    let ordered = edits.enumerated().sorted {
      ($0.element.range.lowerBound, $0.element.range.upperBound, $0.offset)
        < ($1.element.range.lowerBound, $1.element.range.upperBound, $1.offset)
    }.map(\.element)
    var end = 0
    var growth = 0
    for edit in ordered {
      guard edit.range.upperBound <= bytes.count, edit.range.lowerBound >= 0 else {
        throw .outOfBounds(edit.range, count: bytes.count)
      }
      guard edit.range.lowerBound >= end else { throw .overlapping(at: edit.range.lowerBound) }
      end = edit.range.upperBound
      growth += edit.replacement.count - edit.range.count
    }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + growth)
    var copied = 0
    for edit in ordered {
      result.append(contentsOf: bytes[copied..<edit.range.lowerBound])
      result.append(contentsOf: edit.replacement)
      copied = edit.range.upperBound
    }
    result.append(contentsOf: bytes[copied...])
    return result
  }

  /// The edits that turn the bytes which `edits` made out of this text back into this text.
  ///
  /// Their ranges name places in the edited bytes. They come in file order.
  /// - Throws: ``SourceEditError`` as ``applying(_:)`` does.
  public func reversing(_ edits: [SourceEdit]) throws(SourceEditError) -> [SourceEdit] {
    _ = try applying(edits)
    let ordered = edits.enumerated().sorted {
      ($0.element.range.lowerBound, $0.element.range.upperBound, $0.offset)
        < ($1.element.range.lowerBound, $1.element.range.upperBound, $1.offset)
    }.map(\.element)
    var shift = 0
    var reversed: [SourceEdit] = []
    reversed.reserveCapacity(ordered.count)
    for edit in ordered {
      let start = edit.range.lowerBound + shift
      reversed.append(
        SourceEdit(
          range: start..<start + edit.replacement.count, replacement: Array(bytes[edit.range])))
      shift += edit.replacement.count - edit.range.count
    }
    return reversed
  }

  /// Line and column of a byte offset. An offset at the end names the place after the last byte;
  /// one outside the text is moved to its nearer end.
  ///
  /// Cost: one `memchr` pass over the bytes before the offset, and a decoding of its own line.
  public func position(at offset: Int) -> SourcePosition {
    let end = max(0, min(offset, bytes.count))
    var line = 1
    var lineStart = 0
    bytes.withUnsafeBufferPointer { buffer in
      forEachLineBreak(in: buffer, below: end) { _, next in
        line += 1
        lineStart = next
      }
    }
    let column = UTF8Scalars.count(in: bytes[lineStart..<end]) + 1
    return SourcePosition(offset: end, line: line, column: column)
  }

  /// The range of the line that holds `offset`, without its line end.
  public func lineRange(at offset: Int) -> Range<Int> {
    let offset = max(0, min(offset, bytes.count))
    var start = offset
    // Between CR and LF one stands on the line that this pair ends.
    if start > 0, start < bytes.count, bytes[start] == .lineFeed,
      bytes[start - 1] == .carriageReturn
    {
      start -= 1
    }
    var end = start
    while start > 0, !bytes[start - 1].isLineBreak { start -= 1 }
    while end < bytes.count, !bytes[end].isLineBreak { end += 1 }
    return start..<end
  }

  /// The line end that most lines of this text have; LF where there is none, and the first met
  /// where two are equally frequent.
  public var lineEnding: LineEnding {
    // Most have no CR at all.
    let hasCarriageReturn = bytes.withUnsafeBytes { buffer in
      buffer.baseAddress.flatMap { memchr($0, Int32(UInt8.carriageReturn), buffer.count) } != nil
    }
    guard hasCarriageReturn else { return .lf }
    var counts: [(ending: LineEnding, count: Int)] = []
    bytes.withUnsafeBufferPointer { buffer in
      forEachLineBreak(in: buffer, below: buffer.count) { place, next in
        let ending: LineEnding =
          next - place == 2 ? .crlf : buffer[place] == .lineFeed ? .lf : .cr
        if let index = counts.firstIndex(where: { $0.ending == ending }) {
          counts[index].count += 1
        } else {
          counts.append((ending, 1))
        }
      }
    }
    var best: (ending: LineEnding, count: Int) = (.lf, 0)
    for entry in counts where entry.count > best.count { best = entry }
    return best.ending
  }

  /// Calls `body` with the place of every line break below `limit` and the place after it. A CR LF
  /// pair whose LF lies at the limit is not broken yet there.
  private func forEachLineBreak(
    in buffer: UnsafeBufferPointer<UInt8>, below limit: Int, _ body: (Int, Int) -> Void
  ) {
    guard let base = buffer.baseAddress, limit > 0 else { return }
    // Most files have no CR at all: one pass finds that out, and then LF alone is looked for.
    guard memchr(base, Int32(UInt8.carriageReturn), limit) != nil else {
      var place = 0
      while place < limit,
        let found = memchr(base + place, Int32(UInt8.lineFeed), limit - place)
      {
        let at = UnsafeRawPointer(found) - UnsafeRawPointer(base)
        body(at, at + 1)
        place = at + 1
      }
      return
    }
    var place = 0
    while place < limit {
      let byte = base[place]
      if byte == .lineFeed {
        body(place, place + 1)
      } else if byte == .carriageReturn {
        if place + 1 < buffer.count, base[place + 1] == .lineFeed {
          guard place + 1 < limit else { return }
          body(place, place + 2)
          place += 1
        } else {
          body(place, place + 1)
        }
      }
      place += 1
    }
  }
}

/// How a line ends.
public enum LineEnding: Sendable, Equatable, CaseIterable {
  case lf
  case crlf
  case cr

  public var bytes: [UInt8] {
    switch self {
    case .lf: [.lineFeed]
    case .crlf: [.carriageReturn, .lineFeed]
    case .cr: [.carriageReturn]
    }
  }
}

/// One replacement: the bytes of `range` give way to `replacement`. An empty range inserts.
public struct SourceEdit: Sendable, Equatable {
  public var range: Range<Int>
  public var replacement: [UInt8]

  public init(range: Range<Int>, replacement: [UInt8]) {
    self.range = range
    self.replacement = replacement
  }
}

public enum SourceEditError: Error, Equatable, Sendable {
  /// Two edits want the same bytes; the offset is where they meet.
  case overlapping(at: Int)
  /// An edit names bytes that are not there.
  case outOfBounds(Range<Int>, count: Int)
}

/// A place in a text. Lines end at LF, CR LF or a lone CR; columns count Unicode scalars from 1,
/// an undecodable byte counting as one.
public struct SourcePosition: Sendable, Equatable {
  public var offset: Int
  public var line: Int
  public var column: Int

  public init(offset: Int, line: Int, column: Int) {
    self.offset = offset
    self.line = line
    self.column = column
  }
}

extension UInt8 {
  static let lineFeed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let space = UInt8(ascii: " ")
  static let tab = UInt8(ascii: "\t")
  static let quote = UInt8(ascii: "\"")
  static let apostrophe = UInt8(ascii: "'")
  static let backslash = UInt8(ascii: "\\")
  static let comma = UInt8(ascii: ",")

  var isLineBreak: Bool { self == .lineFeed || self == .carriageReturn }

  /// The value of a hexadecimal digit, else nil.
  var hexDigitValue: UInt32? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(self - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(self - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(self - UInt8(ascii: "A") + 10)
    default: nil
    }
  }
}

/// The UTF-8 byte order mark.
let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
