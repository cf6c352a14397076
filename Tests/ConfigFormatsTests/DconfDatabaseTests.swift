import ConfigFormats
import Foundation
import Testing

@Suite struct DconfDatabaseTests {
  /// Written by dconf 0.40 (Resources/make-dconf-user).
  private static func genuine() throws -> [UInt8] {
    let file = try #require(
      Bundle.module.url(forResource: "dconf-user", withExtension: nil, subdirectory: "Resources"))
    return [UInt8](try Data(contentsOf: file))
  }

  private static let mail = "/org/gnome/evolution/mail/"

  @Test(arguments: [
    ("trash-empty-on-exit", DconfDatabase.Value.bool(true)), ("junk-empty-on-exit", .bool(false)),
    ("trash-empty-on-exit-days", .int(7)), ("default-account", .string("a’b")),
    ("browser-close-on-reply-policy", .string("always")),
    ("composer-localized-re-separators", .other("as")),
  ]) func whatDconfWrote(_ name: String, _ value: DconfDatabase.Value) throws {
    let database = try #require(DconfDatabase(parsing: Self.genuine()))
    #expect(database[Self.mail + name] == value)
  }

  @Test(arguments: [
    "/", "/org/", "/org/gnome/evolution/mail", "/org/gnome/evolution/mail/", "trash-empty-on-exit",
    "/org/gnome/evolution/mail/trash-empty-on-exi", "mail/trash-empty-on-exit", "",
    "/org/gnome/desktop/interface/clock-show-date", "//org/gnome/evolution/mail/junk-empty-on-exit",
  ]) func whatIsNoSetting(_ path: String) throws {
    #expect(try #require(DconfDatabase(parsing: Self.genuine()))[path] == nil)
  }

  @Test func anotherSetting() throws {
    let database = try #require(DconfDatabase(parsing: Self.genuine()))
    #expect(database["/org/gnome/evolution/shell/default-component-id"] == .string("mail"))
  }

  /// The same database on a machine of the other byte order: values alone are swapped.
  @Test func theOtherByteOrder() throws {
    var bytes = try Self.genuine()
    bytes.replaceSubrange(0..<8, with: Array("raVGtnai".utf8))
    let database = try #require(DconfDatabase(parsing: bytes))
    #expect(database[Self.mail + "trash-empty-on-exit-days"] == .int(7 << 24))
    #expect(database[Self.mail + "trash-empty-on-exit"] == .bool(true))
  }

  // MARK: Hostile ones

  @Test func cutShort() throws {
    let bytes = try Self.genuine()
    for end in bytes.indices {
      let database = DconfDatabase(parsing: Array(bytes[..<end]))
      _ = database?[Self.mail + "trash-empty-on-exit"]
    }
    #expect(DconfDatabase(parsing: []) == nil)
    #expect(DconfDatabase(parsing: Array(bytes[..<23])) == nil)
    #expect(DconfDatabase(parsing: Array(bytes[..<0x100])) == nil)
    #expect(
      DconfDatabase(parsing: Array("GVariant".utf8) + [UInt8](repeating: 0, count: 16)) == nil)
    #expect(DconfDatabase(parsing: Array("SQLite format 3".utf8) + bytes) == nil)
  }

  /// Every byte set to each of a few values, one at a time: no answer but a right one or none.
  @Test func damaged() throws {
    let bytes = try Self.genuine()
    for place in bytes.indices {
      for value in [0x00, 0x7F, 0x80, 0xFF] as [UInt8] {
        var damaged = bytes
        damaged[place] = value
        guard let database = DconfDatabase(parsing: damaged) else { continue }
        _ = database[Self.mail + "default-account"]
        _ = database[Self.mail + "trash-empty-on-exit-days"]
      }
    }
  }

  /// The item whose key is `trash-empty-on-exit`, and where its fields are.
  private static func item(_ bytes: [UInt8]) throws -> Int {
    let key = try #require(bytes.firstRange(of: Array("trash-empty-on-exit\0".utf8))).lowerBound
    return try #require(
      stride(from: 0x54, to: 0x18c, by: 24).first {
        bytes[$0 + 8] == UInt8(key & 0xFF) && bytes[$0 + 9] == UInt8(key >> 8)
      })
  }

  @Test func itsOwnParent() throws {
    var bytes = try Self.genuine()
    let item = try Self.item(bytes)
    bytes[item + 4] = UInt8((item - 0x54) / 24)
    let database = try #require(DconfDatabase(parsing: bytes))
    #expect(database[Self.mail + "trash-empty-on-exit"] == nil)
    #expect(database["trash-empty-on-exit"] == nil)
    #expect(database["trash-empty-on-exittrash-empty-on-exit"] == nil)
    #expect(database[Self.mail + "trash-empty-on-exit-days"] == .int(7))
  }

  /// The same without a name, which takes nothing off the path.
  @Test(.timeLimit(.minutes(1))) func itsOwnNamelessParent() throws {
    var bytes = try Self.genuine()
    let item = try Self.item(bytes)
    bytes[item + 4] = UInt8((item - 0x54) / 24)
    bytes[item + 12] = 0
    let database = try #require(DconfDatabase(parsing: bytes))
    #expect(database[Self.mail + "trash-empty-on-exit"] == nil)
    #expect(database[""] == nil)
  }

  @Test(arguments: [5, 6, 7]) func aParentThatIsNotThere(_ field: Int) throws {
    var bytes = try Self.genuine()
    bytes[try Self.item(bytes) + field] = 0x7F
    #expect(DconfDatabase(parsing: bytes)?[Self.mail + "trash-empty-on-exit"] == nil)
  }

  /// Key start, key size, value start, value end.
  @Test(arguments: [10, 13, 18, 22]) func offsetsBeyondTheEnd(_ field: Int) throws {
    var bytes = try Self.genuine()
    bytes[try Self.item(bytes) + field] = 0xFF
    #expect(DconfDatabase(parsing: bytes) == nil)
  }

  /// A root table, bloom words and buckets larger than the file.
  @Test(arguments: [18, 19, 22, 23, 0x1a, 0x1b, 0x1e, 0x1f]) func aTableBeyondTheEnd(_ place: Int)
    throws
  {
    var bytes = try Self.genuine()
    bytes[place] = 0xFF
    #expect(DconfDatabase(parsing: bytes) == nil)
  }

  /// A chain of parents as long as the file, and values that lie upon each other: looking a path up
  /// takes no more than the items, one after the other.
  @Test(.timeLimit(.minutes(1))) func manyItems() throws {
    let count = 60_000
    func number(_ value: Int) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let start = 24 + 8
    let end = start + 24 * count
    let filling = [UInt8](repeating: UInt8(ascii: "b"), count: 60_000) + [0, UInt8(ascii: "b")]
    var bytes = Array("GVariant".utf8) + number(0) + number(0) + number(24) + number(end)
    bytes += number(0) + number(0)
    for index in 0..<count {
      bytes += number(0) + number(index == 0 ? 0xffff_ffff : index - 1) + number(end)
      bytes += [0x60, 0xEA, UInt8(ascii: "v"), 0] + number(end) + number(end + filling.count)
    }
    bytes += filling
    let clock = ContinuousClock()
    let time = try clock.measure {
      let database = try #require(DconfDatabase(parsing: bytes))
      #expect(database[Self.mail + "trash-empty-on-exit"] == nil)
      #expect(database[String(repeating: "b", count: 60_000)] == .bool(true))
    }
    #expect(time < .seconds(5))
  }
}
