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
    var failure: Errno?
    // Room for one byte more tells whether it has grown. Not filled with zeros first: it is read over.
    let bytes = [UInt8](unsafeUninitializedCapacity: size + 1) { buffer, filled in
      do throws(Errno) {
        while filled <= size {
          let rest = UnsafeMutableRawBufferPointer(
            UnsafeMutableBufferPointer(rebasing: buffer[filled...size]))
          let got = try calls.read(descriptor, into: rest)
          filled += got
          if got == 0 || filled == size { return }
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw .cannotRead(path, failure) }
    return bytes.count <= size ? bytes : try growing(bytes, descriptor, path)
  }

  /// Goes on with a file that is longer than was said.
  private func growing(
    _ begun: [UInt8], _ descriptor: Int32, _ path: [UInt8]
  ) throws(Refusal) -> [UInt8] {
    var bytes = begun
    while true {
      guard bytes.count <= limit else { throw .tooLarge(path, bytes.count, limit: limit) }
      let more = try part(max(4096, bytes.count), descriptor, path)
      if more.isEmpty { return bytes }
      bytes += more
    }
  }

  private func part(
    _ size: Int, _ descriptor: Int32, _ path: [UInt8]
  ) throws(Refusal) -> [UInt8] {
    var failure: Errno?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      do throws(Errno) {
        filled = try calls.read(descriptor, into: UnsafeMutableRawBufferPointer(buffer))
      } catch {
        failure = error
      }
    }
    if let failure { throw .cannotRead(path, failure) }
    return bytes
  }
}
