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

  /// The first line that begins a group or gives a key for the second time. GLib joins the groups and
  /// takes the last value; whoever wrote the file by hand rather made a mistake.
  public var firstRepetition: KeyFileRepetition? {
    var headers: [Int: Int] = [:]
    var entries: [KeyFileAddress: Int] = [:]
    for line in lines {
      switch line.kind {
      case .header(let name, let group):
        if let first = headers.updateValue(name.lowerBound, forKey: group) {
          return repetition(source.bytes[name], isGroup: true, at: name.lowerBound, first)
        }
      case .entry(let key, _, let group):
        let address = KeyFileAddress(group: groups[group], key: Array(source.bytes[key]))
        if let first = entries.updateValue(key.lowerBound, forKey: address) {
          return repetition(source.bytes[key], isGroup: false, at: key.lowerBound, first)
        }
      case .blank, .comment: break
      }
    }
    return nil
  }

  private func repetition(
    _ name: ArraySlice<UInt8>, isGroup: Bool, at offset: Int, _ first: Int
  ) -> KeyFileRepetition {
    KeyFileRepetition(
      name: Array(name), isGroup: isGroup, position: source.position(at: offset),
      first: source.position(at: first))
  }
}

/// A group or key that a keyfile has twice.
public struct KeyFileRepetition: Sendable, Equatable {
  public var name: [UInt8]
  /// A key if not.
  public var isGroup: Bool
  public var position: SourcePosition
  /// Where it stands for the first time.
  public var first: SourcePosition
}
