/// Finds where messages end in an mbox that is looked at through a window.
///
/// The scanner holds no bytes. It is given a window that grows and moves over the file, and says how
/// far it has come; who owns the window decides what stays in it.
public struct MboxScanner: Sendable {
  public enum Outcome: Sendable, Hashable {
    /// The next message's From_ line begins here, an index of the window.
    case separator(Int)
    /// The file ends, and the message with it.
    case end
    /// Nothing up to this index of the window. Go on from it once the window holds more.
    case more(from: Int)
  }

  public let dialect: MboxDialect
  /// Whether the end of the message's headers has not been seen yet.
  public private(set) var isInHeaders = true
  private var isAtFromLine = true
  /// Header fields behind a From_ line are looked for this far, in bytes. The window must have room
  /// for more than that.
  private let lookahead: Int

  public init(_ dialect: MboxDialect, lookahead: Int = 64 << 10) {
    self.dialect = dialect
    self.lookahead = lookahead
  }

  /// A new message begins, with its From_ line, from where the next search is to start.
  public mutating func beginMessage() {
    isInHeaders = true
    isAtFromLine = true
  }

  /// What stands before the first From_ line of a file is no message and has no headers.
  public mutating func beginBody() {
    isInHeaders = false
    isAtFromLine = false
  }

  /// Looks on for the end of the message.
  /// - Parameters:
  ///   - start: where to go on: in the headers the start of a line, else at least 1.
  ///   - isEnd: the window reaches to the end of the file.
  public mutating func next(
    in window: UnsafeRawBufferPointer, from start: Int, isEnd: Bool
  ) -> Outcome {
    var place = start
    if isInHeaders {
      switch headers(in: window, from: start, isEnd: isEnd) {
      case .separator(let index): return .separator(index)
      case .more(let index) where isInHeaders: return isEnd ? .end : .more(from: index)
      case .more(let index): place = index
      case .end: return .end
      }
    }
    return body(in: window, from: place, isEnd: isEnd)
  }

  /// Goes over header lines to the empty one. A client that was cut off in the middle of headers
  /// goes on with a From_ line all the same; Thunderbird takes what follows for one message, and here
  /// they are two.
  private mutating func headers(
    in window: UnsafeRawBufferPointer, from start: Int, isEnd: Bool
  ) -> Outcome {
    var line = start
    if isAtFromLine {
      guard let newline = ByteSearch.index(of: ByteSearch.newline, in: window, from: line) else {
        return isEnd ? .end : .more(from: line)
      }
      isAtFromLine = false
      line = newline + 1
    }
    while let newline = ByteSearch.index(of: ByteSearch.newline, in: window, from: line) {
      if newline == line || (newline == line + 1 && window[line] == UInt8(ascii: "\r")) {
        isInHeaders = false
        return .more(from: newline + 1)
      }
      if ByteSearch.stands("From - ", at: line, in: window) {
        switch isFollowedByHeaders(line, in: window, isEnd: isEnd) {
        case true?: return .separator(line)
        case false?: break
        case nil: return .more(from: line)
        }
      }
      line = newline + 1
    }
    return isEnd ? .end : .more(from: line)
  }

  private func body(
    in window: UnsafeRawBufferPointer, from start: Int, isEnd: Bool
  ) -> Outcome {
    var place = max(start, 1)
    while let newline = ByteSearch.index(of: "\nFrom ", in: window, from: place - 1) {
      let line = newline + 1
      switch isSeparator(line, in: window, isEnd: isEnd) {
      case true?: return .separator(line)
      case false?: place = line + 1
      case nil: return .more(from: line)
      }
    }
    return isEnd ? .end : .more(from: max(place, window.count - 5))
  }

  /// Whether the line that begins with "From " at `line` begins a message; nil: more must be seen.
  private func isSeparator(
    _ line: Int, in window: UnsafeRawBufferPointer, isEnd: Bool
  ) -> Bool? {
    switch dialect {
    case .mboxrd: MboxSeparator.isAfterEmptyLine(line, in: window)
    case .thunderbird: isFollowedByHeaders(line, in: window, isEnd: isEnd)
    }
  }

  private func isFollowedByHeaders(
    _ line: Int, in window: UnsafeRawBufferPointer, isEnd: Bool
  ) -> Bool? {
    MboxSeparator.isFollowedByHeaders(line, in: window, isEnd: isEnd, within: lookahead)
  }
}
