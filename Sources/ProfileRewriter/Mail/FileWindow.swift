import ConfigFormats

/// What a window can move over.
package protocol WindowSource {
  /// For people.
  var path: [UInt8] { get }
  /// In bytes; nil where only its end will tell.
  var size: Int? { get }
  /// Fills `buffer` from a place on, and only less than all at the end. A source that is no file is
  /// asked in order.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(Refusal) -> Int
}

/// A stretch of a file in memory that moves over it, its buffer used again and again.
package final class FileWindow {
  /// Large enough that nearly every message lies in it whole.
  package static let capacity = 4 << 20

  private let source: any WindowSource
  private var buffer: UnsafeMutableRawBufferPointer
  /// Where in the file the window begins.
  package private(set) var base = 0
  private var count = 0
  /// The window reaches to the end of the file.
  package private(set) var isEnd = false

  package init(_ source: any WindowSource, capacity: Int = FileWindow.capacity) {
    self.source = source
    let needed = source.size.map { min(capacity, $0.adding(saturating: 1)) } ?? capacity
    buffer = .allocate(byteCount: max(256, needed), alignment: 16)
  }

  deinit { buffer.deallocate() }

  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[..<count]) }
  package var capacity: Int { buffer.count }
  /// Where in the file it ends.
  var end: Int { base + count }

  /// Lets go of everything before `keep`, an index of the window, and reads on.
  package func advance(keeping keep: Int) throws(Refusal) {
    if keep > 0, let start = buffer.baseAddress {
      start.copyMemory(from: start + keep, byteCount: count - keep)
      base += keep
      count -= keep
    }
    let room = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
    let got = try source.read(at: end, into: room)
    count += got
    isEnd = got < room.count
  }

  /// Makes room for twice as much.
  package func grow() {
    let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count * 2, alignment: 16)
    larger.copyMemory(from: bytes)
    buffer.deallocate()
    buffer = larger
  }
}
