/// Reads whole regular files, up to a limit and never waiting for somebody.
struct RegularFileReading: Sendable {
  let calls: any SystemCalls
  let limit: Int

  /// The status of an open file, refused unless it is a regular file within the limit.
  func checkedStatus(_ descriptor: Int32, _ path: [UInt8]) throws(Refusal) -> FileStatus {
    let status: FileStatus
    do { status = try calls.status(descriptor) } catch { throw .cannotRead(path, error) }
    guard status.kind == .file else { throw .notRegular(path, status) }
    guard status.size <= limit else { throw .tooLarge(path, status.size, limit: limit) }
    return status
  }

  /// Everything from the descriptor's place to the end.
  func bytes(_ descriptor: Int32, _ path: [UInt8], expecting size: Int) throws(Refusal)
    -> [UInt8]
  {
    var bytes = [UInt8](repeating: 0, count: size + 1)
    var filled = 0
    while true {
      if filled == bytes.count {
        // It grows while it is read.
        guard filled <= limit else { throw .tooLarge(path, filled, limit: limit) }
        bytes.append(contentsOf: repeatElement(0, count: max(4096, filled)))
      }
      let got: Int
      do {
        got = try bytes.withUnsafeMutableBytes { buffer in
          let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
          return Result { () throws(Errno) in try calls.read(descriptor, into: rest) }
        }.get()
      } catch {
        throw .cannotRead(path, error)
      }
      filled += got
      // As large as was said, and there was room for more: that is the end.
      if got == 0 || filled == size { break }
    }
    guard filled <= limit else { throw .tooLarge(path, filled, limit: limit) }
    bytes.removeLast(bytes.count - filled)
    return bytes
  }
}
