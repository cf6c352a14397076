/// Reading a prefs.js once, without an index: for scans that want a few keys out of each of many
/// files.
public enum PrefsScan {
  /// Calls `body` with every statement of `buffer` in file order, reading on after errors as
  /// Thunderbird does. Later statements with the same key override earlier ones; that is for the
  /// caller to do.
  ///
  /// Costs about a nanosecond per byte or less, and allocates nothing.
  /// - Returns: false if the client would have reported an error or left bytes unread; the caller
  ///   then wants ``PrefsDocument/parseRecovering(_:)`` for the reasons.
  public static func forEachStatement(
    in buffer: UnsafeBufferPointer<UInt8>, _ body: (PrefsStatement) -> Void
  ) -> Bool {
    var faults = 0
    let complete = readRecovering(buffer, onFault: { _ in faults += 1 }, body)
    return complete && faults == 0
  }

  /// How many statements `buffer` holds, by the whole lexer; nothing else is done. For measuring.
  public static func countStatements(in buffer: UnsafeBufferPointer<UInt8>) -> Int {
    var count = 0
    _ = forEachStatement(in: buffer) { _ in count += 1 }
    return count
  }

  /// Reads until the end or the first fault, which is returned.
  @inline(__always)
  static func read(_ bytes: [UInt8], _ body: (PrefsStatement) -> Void) -> PrefsLexer.Fault? {
    bytes.withUnsafeBufferPointer { buffer in
      guard buffer.count <= PrefsLexer.sizeLimit else { return tooLarge }
      guard var lexer = PrefsLexer(buffer) else { return nil }
      lexer.skipByteOrderMark()
      while true {
        switch lexer.next() {
        case .statement(let statement): body(statement)
        case .fault(let fault): return fault
        case .end:
          guard lexer.stoppedAtNUL else { return nil }
          return PrefsLexer.Fault(offset: lexer.place, problem: .nul, wanted: .statement)
        }
      }
    }
  }

  /// - Returns: false if bytes behind a NUL were left unread.
  static func readRecovering(
    _ bytes: [UInt8], onFault: (PrefsLexer.Fault) -> Void, _ body: (PrefsStatement) -> Void
  ) -> Bool {
    bytes.withUnsafeBufferPointer { readRecovering($0, onFault: onFault, body) }
  }

  @inline(__always)
  static func readRecovering(
    _ buffer: UnsafeBufferPointer<UInt8>, onFault: (PrefsLexer.Fault) -> Void,
    _ body: (PrefsStatement) -> Void
  ) -> Bool {
    guard buffer.count <= PrefsLexer.sizeLimit else {
      onFault(tooLarge)
      return false
    }
    guard var lexer = PrefsLexer(buffer) else { return true }
    lexer.skipByteOrderMark()
    while true {
      switch lexer.next() {
      case .statement(let statement): body(statement)
      case .fault(let fault):
        onFault(fault)
        lexer.recover()
      case .end: return !lexer.stoppedAtNUL
      }
    }
  }

  private static var tooLarge: PrefsLexer.Fault {
    PrefsLexer.Fault(offset: 0, problem: .fileTooLarge, wanted: .statement)
  }
}
