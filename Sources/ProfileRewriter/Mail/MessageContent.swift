import MailFormats

/// A message's bytes where they lie: in memory, or in a stretch of a file too long for that.
struct MessageContent {
  enum Place {
    case memory(UnsafeRawBufferPointer)
    case file(any WindowSource, Range<Int>)
  }

  var place: Place
  /// ">" before "From " is taken out.
  var isQuoted: Bool

  private static let piece = 1 << 20

  /// - Parameter take: answers false to stop.
  func read(_ take: (UnsafeRawBufferPointer) -> Bool) throws(Refusal) {
    guard isQuoted else {
      _ = try stored(take)
      return
    }
    var quoting = FromQuoting(.removing)
    guard try stored({ quoting.feed($0, take) }) else { return }
    _ = quoting.finish(take)
  }

  /// Bytes as given by ``read(_:)``.
  /// - Throws: `interrupted`, besides what reading throws.
  func size(_ shouldStop: () -> Bool) throws(Refusal) -> Int {
    var size = 0
    guard case .file(let file, _) = place else {
      try read {
        size += $0.count
        return true
      }
      return size
    }
    var isStopped = false
    try read {
      size += $0.count
      isStopped = shouldStop()
      return !isStopped
    }
    if isStopped { throw .readingStopped(file.path) }
    return size
  }

  private func stored(_ take: (UnsafeRawBufferPointer) -> Bool) throws(Refusal) -> Bool {
    switch place {
    case .memory(let bytes): return bytes.isEmpty || take(bytes)
    case .file(let file, let range): return try Self.pieces(of: file, range, take)
    }
  }

  private static func pieces(
    of file: any WindowSource, _ range: Range<Int>, _ take: (UnsafeRawBufferPointer) -> Bool
  ) throws(Refusal) -> Bool {
    guard !range.isEmpty else { return true }
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(piece, range.count), alignment: 16)
    defer { buffer.deallocate() }
    var place = range.lowerBound
    while place < range.upperBound {
      let part = UnsafeMutableRawBufferPointer(
        rebasing: buffer[..<min(buffer.count, range.upperBound - place)])
      let got = try file.read(at: place, into: part)
      guard got == part.count else { throw .shortened(file.path) }
      guard take(UnsafeRawBufferPointer(part)) else { return false }
      place += got
    }
    return true
  }
}

extension Refusal {
  static func readingStopped(_ path: [UInt8]) -> Refusal {
    Refusal(.interrupted, "stopped while \(path.printable) was read")
  }

  static func shortened(_ path: [UInt8]) -> Refusal {
    Refusal(
      .stale,
      "\(path.printable) became shorter while it was read; close the client and run again")
  }
}
