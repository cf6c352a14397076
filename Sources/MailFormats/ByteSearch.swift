internal import CPlatform
import Glibc

/// Searching in raw bytes at the speed of the C library.
package enum ByteSearch {
  package static let newline = UInt8(ascii: "\n")

  /// Where `byte` first stands from `start` on.
  package static func index(
    of byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int = 0
  ) -> Int? {
    guard start < bytes.count, let base = bytes.baseAddress,
      let found = memchr(base + start, Int32(byte), bytes.count - start)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }

  /// Where `text` first stands from `start` on.
  package static func index(
    of text: StaticString, in bytes: UnsafeRawBufferPointer, from start: Int = 0
  ) -> Int? {
    guard start < bytes.count, let base = bytes.baseAddress,
      let found = cplatform_find(
        base + start, bytes.count - start, text.utf8Start, text.utf8CodeUnitCount)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }

  /// Whether `text` stands at `place`.
  package static func stands(
    _ text: StaticString, at place: Int, in bytes: UnsafeRawBufferPointer
  ) -> Bool {
    let count = text.utf8CodeUnitCount
    guard place >= 0, bytes.count - place >= count, let base = bytes.baseAddress else {
      return false
    }
    return memcmp(base + place, text.utf8Start, count) == 0
  }
}
