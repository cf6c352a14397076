import Foundation
import ProfileRewriter
import Testing

@testable import Adapters

/// What key4.db tells of a primary password without any key.
@Suite("Thunderbird: primary password")
struct ThunderbirdPrimaryPasswordTests {
  /// The value of the row `password` as Thunderbird 153 wrote it, with this iteration count.
  private static func protectedValue(_ count: [UInt8]) -> [UInt8] {
    let salt: [UInt8] = [0x04, 0x20] + [UInt8](repeating: 0xA5, count: 32)
    let number: [UInt8] = [0x02, UInt8(count.count)] + count
    let pbkdf2: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0C]
    let parameters = sequence(salt + number + [0x02, 0x01, 0x20])
    let pbes2: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0D]
    let scheme = sequence(pbes2 + sequence(sequence(pbkdf2 + parameters)))
    return sequence(scheme + [0x04, 0x10] + [UInt8](repeating: 0x5A, count: 16))
  }

  private static func sequence(_ content: [UInt8]) -> [UInt8] {
    let length = UInt8(content.count)
    return (length < 0x80 ? [0x30, length] : [0x30, 0x81, length]) + content
  }

  /// An SQLite file of one leaf page behind the first; each row with its item1, and whether a
  /// pointer leads to it.
  private static func database(
    _ rows: [(name: String, item1: Int, item2: [UInt8], live: Bool)]
  ) -> [UInt8] {
    let size = 1024
    var file = Array("SQLite format 3\0".utf8) + [0x04, 0x00]
    file += [UInt8](repeating: 0, count: size - file.count)
    var page = [UInt8](repeating: 0, count: size)
    var end = size
    var pointers: [Int] = []
    for (number, row) in rows.enumerated() {
      let types: [UInt8] =
        [UInt8(13 + 2 * row.name.utf8.count), UInt8(12 + 2 * row.item1)]
        + [0x80 | UInt8((12 + 2 * row.item2.count) >> 7), UInt8((12 + 2 * row.item2.count) & 0x7F)]
      let payload =
        [UInt8(types.count + 1)] + types + Array(row.name.utf8)
        + [UInt8](repeating: 0x11, count: row.item1) + row.item2
      let length: [UInt8] = [0x80 | UInt8(payload.count >> 7), UInt8(payload.count & 0x7F)]
      let cell = length + [UInt8(number + 1)] + payload
      end -= cell.count
      page.replaceSubrange(end..<end + cell.count, with: cell)
      if row.live { pointers.append(end) }
    }
    page[0] = 0x0D
    page[4] = UInt8(pointers.count)
    for (index, pointer) in pointers.enumerated() {
      page[8 + 2 * index] = UInt8(pointer >> 8)
      page[9 + 2 * index] = UInt8(pointer & 0xFF)
    }
    return file + page
  }

  private static let unset = ("password", 20, protectedValue([1]), true)
  private static let set = ("password", 48, protectedValue([0x27, 0x10]), true)

  private func isWarned(_ bytes: [UInt8]) throws -> Bool {
    var lab = Lab { $0.addPOP() }
    lab.profile.put(.file(bytes), at: "key4.db")
    return try lab.warnings().contains(.primaryPassword)
  }

  @Test func countTells() throws {
    #expect(KeyDatabase.iterationCounts(in: Self.database([Self.unset])) == [1])
    #expect(KeyDatabase.iterationCounts(in: Self.database([Self.set])) == [10_000])
    #expect(try !isWarned(Self.database([Self.unset])))
    #expect(try isWarned(Self.database([Self.set])))
    let huge = ("password", 48, Self.protectedValue([0, 0x98, 0x96, 0x80]), true)
    #expect(KeyDatabase.iterationCounts(in: Self.database([huge])) == [10_000_000])
  }

  /// Setting and removing the password leaves rows behind that no pointer leads to.
  @Test func deletedRowsDoNotCount() throws {
    let gone = ("password", 48, Self.protectedValue([0x27, 0x10]), false)
    #expect(try !isWarned(Self.database([gone, Self.unset])))
    #expect(try !isWarned(Self.database([Self.unset, gone])))
    let goneUnset = ("password", 20, Self.protectedValue([1]), false)
    #expect(try isWarned(Self.database([goneUnset, Self.set])))
  }

  /// Another row, another scheme (files of old NSS), no database: not known, so nothing is said.
  @Test func unknownIsNotWarnedOf() throws {
    let other = ("sig_key_0a1b", 48, Self.protectedValue([0x27, 0x10]), true)
    let old = ("password", 48, [UInt8](repeating: 0x30, count: 60), true)
    for bytes in [Self.database([other]), Self.database([old]), Self.database([]), [], [0x53]] {
      #expect(KeyDatabase.iterationCounts(in: bytes) == [])
      #expect(try !isWarned(bytes))
    }
  }

  @Test func whateverTheBytesAreNothingBreaks() {
    let good = Self.database([Self.set, Self.unset])
    for length in stride(from: 0, through: good.count, by: 3) {
      _ = KeyDatabase.iterationCounts(in: Array(good.prefix(length)))
    }
    var state: UInt64 = 7
    for _ in 0..<2000 {
      var bytes = good
      for _ in 0..<4 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
      }
      _ = KeyDatabase.iterationCounts(in: bytes)
    }
  }

  /// A page of nothing but the name, and as many pointers as there can be: looked through once.
  @Test(.timeLimit(.minutes(1))) func aPageFullOfNames() {
    var file = Array("SQLite format 3\0".utf8) + [0, 1] + [UInt8](repeating: 0, count: 82)
    file += [0x0D, 0, 0, 0xFF, 0xFF, 0, 0, 0] + [UInt8](repeating: 0, count: 32_000)
    while file.count < 1 << 20 { file += Array("password".utf8) }
    let time = ContinuousClock().measure {
      #expect(KeyDatabase.iterationCounts(in: file) == [])
    }
    #expect(time < .seconds(20))
  }

  @Test func everyFixtureIsWithoutOne() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("profiles-fixtures/thunderbird")
    let names = try FileManager.default.subpathsOfDirectory(atPath: root.path)
      .filter { $0.hasSuffix("/key4.db") }
    #expect(names.count >= 12)
    for name in names {
      let bytes = [UInt8](try Data(contentsOf: root.appendingPathComponent(name)))
      #expect(KeyDatabase.iterationCounts(in: bytes) == [1], "\(name)")
    }
  }

  @Test func withoutASavedSecretItDoesNotMatter() throws {
    var lab = Lab { $0.addPOP() }
    lab.profile.put(.file(Self.database([Self.set])), at: "key4.db")
    #expect(try lab.warnings(to: Lab.imap(auth: .gssapi)).contains(.primaryPassword) == false)
  }
}
