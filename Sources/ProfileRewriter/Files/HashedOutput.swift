/// A file that is written from its start to its end, in large pieces, and hashed on the way: of any size, none of it
/// held in memory but a piece.
final class HashedOutput {
  private let calls: any SystemCalls
  private let file: Descriptor
  private let shown: [UInt8]
  private let buffer: UnsafeMutableRawBufferPointer
  private var filled = 0
  private let hash = SHA256Stream()
  /// Bytes so far.
  private(set) var size = 0

  /// - Parameters:
  ///   - shown: its absolute path, for errors.
  ///   - capacity: of a piece, in bytes.
  init(_ file: Descriptor, _ shown: [UInt8], capacity: Int, _ calls: any SystemCalls) {
    self.file = file
    self.shown = shown
    self.calls = calls
    buffer = .allocate(byteCount: capacity, alignment: 16)
  }

  deinit { buffer.deallocate() }

  var descriptor: Int32 { file.number }

  /// - Throws: `io`.
  func write(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
    hash.update(bytes)
    size += bytes.count
    if bytes.count > buffer.count - filled { try flush() }
    guard bytes.count <= buffer.count else { return try put(bytes) }
    buffer.baseAddress?.advanced(by: filled).copyMemory(from: base, byteCount: bytes.count)
    filled += bytes.count
  }

  func write(_ bytes: [UInt8]) throws(Refusal) {
    try bytes.withUnsafeBytes { bytes in Result { () throws(Refusal) in try write(bytes) } }.get()
  }

  /// Makes durable what has been written so far. Its name is once its directory is.
  func flushDurably() throws(Refusal) {
    try flush()
    do { try calls.sync(descriptor) } catch { throw .cannotWrite(shown, error, unchanged: false) }
  }

  /// Of all that was written; to be asked for once, at the end.
  func finish() -> [UInt8] { hash.finish() }

  private func flush() throws(Refusal) {
    let part = UnsafeRawBufferPointer(rebasing: buffer[..<filled])
    filled = 0
    try put(part)
  }

  private func put(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    var rest = bytes
    while !rest.isEmpty {
      let written: Int
      do { written = try calls.write(descriptor, rest) } catch {
        throw .cannotWrite(shown, error, unchanged: false)
      }
      // A device that takes nothing and says no error would be asked for ever.
      guard written > 0 else { throw .cannotWrite(shown, .io, unchanged: false) }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }
}
