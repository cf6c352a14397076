import Foundation
import Testing

/// How much of the heap is in use, exactly, as glibc itself counts it (malloc_info(3)). To be asked in a
/// process in which nothing else runs.
enum HeldMemory {
  private typealias Information = @convention(c) (Int32, UnsafeMutablePointer<FILE>?) -> Int32

  /// In bytes.
  static func now() throws -> Int {
    let symbol = try #require(dlsym(nil, "malloc_info"))
    let information = unsafeBitCast(symbol, to: Information.self)
    // Room that is there before, so that asking takes none.
    var room = [UInt8](repeating: 0, count: 1 << 16)
    let count = try room.withUnsafeMutableBytes { room in
      let file = try #require(fmemopen(room.baseAddress, room.count, "w"))
      let failed = information(0, file)
      let count = ftell(file)
      fclose(file)
      return failed == 0 ? count : 0
    }
    // Each heap says of itself what all together say at the end.
    let all = String(decoding: room[..<count], as: UTF8.self).components(separatedBy: "</heap>")
    let total = try #require(all.last)
    func size(_ element: String) throws -> Int {
      let start = try #require(total.range(of: element)).upperBound
      return try #require(total[start...].firstMatch(of: /size="(\d+)"/).flatMap { Int($0.1) })
    }
    return try size("<system type=\"current\"") + size("<total type=\"mmap\"")
      - size("<total type=\"fast\"") - size("<total type=\"rest\"")
  }
}
