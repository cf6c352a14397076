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

  /// Line and column of a byte offset. An offset at the end names the place after the last byte.
  public func position(at offset: Int) -> SourcePosition {
    var line = 1
    var lineStart = 0
    var index = 0
    let end = min(offset, bytes.count)
    while index < end {
      let byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "\n") {
        line += 1
        lineStart = index
      } else if byte == UInt8(ascii: "\r"), index >= bytes.count || bytes[index] != UInt8(ascii: "\n") {
        line += 1
        lineStart = index
      }
    }
    let column = String(decoding: bytes[lineStart..<end], as: UTF8.self).unicodeScalars.count + 1
    return SourcePosition(offset: offset, line: line, column: column)
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
