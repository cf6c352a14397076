/// A stretch of a file in memory that moves over it, its buffer used again and again.
final class FileWindow {
  /// Large enough that nearly every message lies in it whole.
  static let capacity = 4 << 20

  private let file: WatchedFile
  private let buffer: UnsafeMutableRawBufferPointer
  /// Where in the file the window begins.
  private(set) var base = 0
  private var count = 0
  /// The window reaches to the end of the file.
  private(set) var isEnd = false

  init(_ file: WatchedFile, capacity: Int = FileWindow.capacity) {
    self.file = file
    buffer = .allocate(byteCount: max(64, min(capacity, file.status.size + 1)), alignment: 16)
  }

  deinit { buffer.deallocate() }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[..<count]) }
  var isFull: Bool { count == buffer.count }
  var capacity: Int { buffer.count }
  /// Where in the file it ends.
  var end: Int { base + count }

  /// Lets go of everything before `keep`, an index of the window, and reads on.
  func advance(keeping keep: Int) throws(Refusal) {
    if keep > 0, let start = buffer.baseAddress {
      start.copyMemory(from: start + keep, byteCount: count - keep)
      base += keep
      count -= keep
    }
    let room = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
    let got = try file.read(at: end, into: room)
    count += got
    isEnd = got < room.count
  }
}
