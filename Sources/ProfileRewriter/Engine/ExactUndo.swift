extension FilePatch {
  /// The file before the change, cut out of the file after it by the recorded spans.
  ///
  /// For a sensitive file too: what the change put in need not be known to be taken out.
  /// - Returns: nil when `after` is not the file this patch made (by its SHA-256), or when the
  ///   result is not the one before.
  public func bytesBefore(from after: [UInt8]) -> [UInt8]? {
    guard SHA256.hash(after) == self.after?.sha256, let result = uncheckedBytesBefore(from: after)
    else { return nil }
    return SHA256.hash(result) == before?.sha256 ? result : nil
  }

  /// The same by the spans alone, for who can compare the bytes themselves.
  func uncheckedBytesBefore(from after: [UInt8]) -> [UInt8]? {
    var result: [UInt8] = []
    // What is recorded need not be true.
    result.reserveCapacity(min(before?.size ?? 0, after.count + 65_536))
    let isWhole = forEachPieceBefore(from: after) { piece in
      result += piece
      return true
    }
    return isWhole ? result : nil
  }

  /// Whether that is `before`, without making it.
  func leads(from after: [UInt8], backTo before: [UInt8]) -> Bool {
    var compared = 0
    let isWhole = forEachPieceBefore(from: after) { piece in
      let end = compared + piece.count
      guard end <= before.count else { return false }
      defer { compared = end }
      return before[compared..<end].isSame(as: piece)
    }
    return isWhole && compared == before.count
  }

  /// The pieces of the file before, in order, as long as `body` goes on.
  /// - Returns: whether those were all; false where the spans do not fit `after`.
  private func forEachPieceBefore(
    from after: [UInt8], _ body: (ArraySlice<UInt8>) -> Bool
  ) -> Bool {
    guard action == .edit, before != nil else { return false }
    // As they were applied: at one offset insertions come first, in the order recorded.
    let spans = edits.flatMap(\.spans).enumerated().sorted {
      ($0.element.offset, $0.element.old.count, $0.offset)
        < ($1.element.offset, $1.element.old.count, $1.offset)
    }.map(\.element)
    var made = 0
    var taken = 0
    for span in spans {
      let keep = span.offset - made
      let left = after.count - taken
      guard keep >= 0, keep <= left, span.newLength >= 0, span.newLength <= left - keep else {
        return false
      }
      guard body(after[taken..<(taken + keep)]), body(span.old[...]) else { return false }
      made += keep + span.old.count
      taken += keep + span.newLength
    }
    return body(after[taken...])
  }
}
