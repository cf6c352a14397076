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
    guard action == .edit, before != nil else { return nil }
    // As they were applied: at one offset insertions come first, in the order recorded.
    let spans = edits.flatMap(\.spans).enumerated().sorted {
      ($0.element.offset, $0.element.old.count, $0.offset)
        < ($1.element.offset, $1.element.old.count, $1.offset)
    }.map(\.element)
    var result: [UInt8] = []
    result.reserveCapacity(after.count)
    var taken = 0
    for span in spans {
      let keep = span.offset - result.count
      let left = after.count - taken
      guard keep >= 0, keep <= left, span.newLength >= 0, span.newLength <= left - keep else {
        return nil
      }
      result += after[taken..<(taken + keep)]
      result += span.old
      taken += keep + span.newLength
    }
    result += after[taken...]
    return result
  }
}
