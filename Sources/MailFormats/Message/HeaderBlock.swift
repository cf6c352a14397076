/// The header fields of a message, as far as they are needed here (RFC 5322, 2.2).
public struct HeaderBlock {
  private let bytes: UnsafeRawBufferPointer

  /// - Parameter bytes: a message from its first byte on; how much of it is enough to hold the
  ///   fields asked for is the caller's to know.
  public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Gives each field: the range of its name, and that of its body, folded lines and the line end of
  /// the last one included. Ends at the empty line, at what is no field, or when told to.
  public func forEachField(_ take: (_ name: Range<Int>, _ body: Range<Int>) -> Bool) {
    var line = 0
    while line < bytes.count {
      guard MboxSeparator.beginsField(line, in: bytes) == true,
        let colon = ByteSearch.index(of: UInt8(ascii: ":"), in: bytes, from: line)
      else { return }
      var end = lineEnd(colon)
      while end < bytes.count,
        bytes[end] == UInt8(ascii: " ") || bytes[end] == UInt8(ascii: "\t")
      {
        end = lineEnd(end)
      }
      guard take(line..<colon, colon + 1..<end) else { return }
      line = end
    }
  }

  private func lineEnd(_ place: Int) -> Int {
    ByteSearch.index(of: ByteSearch.newline, in: bytes, from: place).map { $0 + 1 } ?? bytes.count
  }

  /// The first field of that name, unfolded and without blanks around it.
  public func value(of wanted: StaticString) -> [UInt8]? {
    var value: [UInt8]?
    forEachField { name, body in
      guard isName(name, wanted) else { return true }
      value = unfolded(body)
      return false
    }
    return value
  }

  func isName(_ range: Range<Int>, _ wanted: StaticString) -> Bool {
    guard range.count == wanted.utf8CodeUnitCount else { return false }
    for (offset, index) in range.enumerated() {
      guard bytes[index].lowercasedASCII == wanted.utf8Start[offset].lowercasedASCII else {
        return false
      }
    }
    return true
  }

  func unfolded(_ body: Range<Int>) -> [UInt8] {
    let text = bytes[body].filter { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    return Array(text.trimmingBlanks)
  }

  /// What stands between the angle brackets of Message-ID (RFC 5322, 3.6.4), or, where there are
  /// none, all of it; nil where there is no such field or nothing in it.
  public var messageID: [UInt8]? {
    guard let value = value(of: "Message-ID") else { return nil }
    var id = value[...]
    if let open = id.firstIndex(of: UInt8(ascii: "<")),
      let close = id[open...].firstIndex(of: UInt8(ascii: ">"))
    {
      id = id[(open + 1)..<close]
    }
    return id.isEmpty ? nil : Array(id)
  }

  /// Whether the first line is a header field.
  public var beginsWithField: Bool { MboxSeparator.beginsField(0, in: bytes) == true }
}

extension UInt8 {
  package var lowercasedASCII: UInt8 { (0x41...0x5A).contains(self) ? self + 0x20 : self }
}

extension BidirectionalCollection<UInt8> {
  /// Without spaces and tabs at its ends.
  package var trimmingBlanks: SubSequence {
    var start = startIndex
    var end = endIndex
    while start < end, self[start] == 0x20 || self[start] == 0x09 { formIndex(after: &start) }
    while start < end {
      let last = index(before: end)
      guard self[last] == 0x20 || self[last] == 0x09 else { break }
      end = last
    }
    return self[start..<end]
  }
}
