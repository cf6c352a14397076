import Glibc
import ProfileRewriter

/// A file of a backup being written: as it is, or through other programs.
final class BackupOutput {
  private let file: PrivateFile
  private let pipeline: Pipeline?
  private let directory: PrivateDirectory
  private let path: RelativePath
  private var held: [UInt8] = []

  init(
    _ path: RelativePath, in directory: PrivateDirectory, _ storage: BackupStorage
  ) throws(Refusal) {
    self.directory = directory
    self.path = path
    file = try directory.create(path)
    pipeline =
      storage.isPiped
      ? try .writing(Program.writing(storage), to: file.descriptor) : nil
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    guard pipeline != nil else { return try file.write(bytes) }
    held += bytes
    if held.count >= 1 << 18 { try flush() }
  }

  func write(_ bytes: [UInt8]) throws(Refusal) {
    try bytes.withUnsafeBytes { bytes in Result { () throws(Refusal) in try write(bytes) } }.get()
  }

  private func flush() throws(Refusal) {
    guard let pipeline else { return }
    var sent = 0
    while sent < held.count {
      let written = held.withUnsafeBytes { bytes in
        Glibc.write(pipeline.end, bytes.baseAddress.map { $0 + sent }, bytes.count - sent)
      }
      if written < 0, errno == EINTR { continue }
      guard written >= 0 else {
        // It says why by its end.
        try pipeline.finish()
        throw Refusal(.program, "a program that \(path.shown) goes through ended too early")
      }
      sent += written
    }
    held.removeAll(keepingCapacity: true)
  }

  /// - Returns: size and SHA-256 of what lies on the disk.
  func finish() throws(Refusal) -> (size: Int, sha256: [UInt8]) {
    guard let pipeline else {
      let sha256 = try file.finish()
      return (file.size, sha256)
    }
    try flush()
    try pipeline.finish()
    try file.finish()
    return try FileDigest.of(path, in: directory.root)
  }
}

/// Size and SHA-256 of a file as it lies there.
enum FileDigest {
  static func of(
    _ path: RelativePath, in root: OpenRoot, _ progress: (Int) -> Bool = { _ in true }
  ) throws(Refusal) -> (size: Int, sha256: [UInt8]) {
    guard let file = try root.watchedFile(path) else {
      throw Refusal(.damagedBackup, "\(root.absolute(path).printable) is missing")
    }
    let hash = SHA256Stream()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    var place = 0
    while true {
      let got = try file.read(at: place, into: buffer)
      hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
      place += got
      guard got == buffer.count, progress(got) else { break }
    }
    return (place, hash.finish())
  }
}
