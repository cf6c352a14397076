extension KeyFileDocument {
  /// Where the value in force for `address` begins, or nil.
  public func position(of address: KeyFileAddress) -> SourcePosition? {
    lastEntry(at: address).map { source.position(at: $0.value.lowerBound) }
  }

  /// Where the key of that line begins, or nil.
  public func position(ofKey address: KeyFileAddress) -> SourcePosition? {
    guard let line = lastEntry(at: address)?.line, case .entry(let key, _, _) = lines[line].kind
    else { return nil }
    return source.position(at: key.lowerBound)
  }

  /// Where a group's name stands for the first time, or nil.
  public func position(ofGroup name: [UInt8]) -> SourcePosition? {
    guard let wanted = groups.firstIndex(of: name) else { return nil }
    for line in lines {
      if case .header(let range, wanted) = line.kind {
        return source.position(at: range.lowerBound)
      }
    }
    return nil
  }
}
