/// A dconf database (`~/.config/dconf/user`), to be read only: settings by path
/// (`/org/gnome/evolution/mail/trash-empty-on-exit`).
///
/// The file is a GVDB: a hash table of items, each with its parent's number, the rest of its name
/// and a serialised GVariant. It is searched by going through all items, so that no hash is needed.
/// Layout after gvdb-format.h of GLib; checked against files that dconf wrote.
public struct DconfDatabase: Sendable {
  /// A setting of one of the simple types.
  public enum Value: Sendable, Equatable {
    case bool(Bool)
    case int(Int32)
    case string(String)
    /// Of another type, by its type string.
    case other(String)
  }

  private let reader: GVDBReader

  public subscript(path: String) -> Value? { reader.value(at: Array(path.utf8)) }

  /// - Returns: nil for bytes that are no such database, or one that contradicts itself.
  public init?(parsing bytes: [UInt8]) {
    guard let reader = GVDBReader(bytes) else { return nil }
    self.reader = reader
  }
}

/// The hash table at the root of a GVDB file. Whoever owns the file may have made it to do harm, so a
/// path is looked for among the items, and no name is put together that nobody asked for: items may
/// have one another for parents, and lie upon each other.
private struct GVDBReader: Sendable {
  struct Item {
    /// The number of the item whose name this one's continues.
    var parent: Int?
    var key: ArraySlice<UInt8>
    /// `v`: a value, `H`: a table, `L`: a list of items.
    var type: UInt8
    var value: Range<Int>
  }

  private let bytes: [UInt8]
  /// Where the items begin, each of 24 bytes.
  private let first: Int
  private let count: Int
  /// Values are stored in the byte order of the machine that wrote them.
  private let isBigEndian: Bool

  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 24 else { return nil }
    // "GVariant", read as two 32-bit numbers, swapped where the order is the other.
    if bytes.starts(with: "GVariant".utf8) {
      isBigEndian = false
    } else if bytes.starts(with: "raVGtnai".utf8) {
      isBigEndian = true
    } else {
      return nil
    }
    self.bytes = bytes
    let (start, end) = (Self.number(bytes, 16), Self.number(bytes, 20))
    guard start <= end, end <= bytes.count, end - start >= 8 else { return nil }
    let bloomWords = Self.number(bytes, start) & 0x7ff_ffff
    let buckets = Self.number(bytes, start + 4)
    let first = start + 8 + 4 * (bloomWords + buckets)
    guard first <= end, (end - first) % 24 == 0 else { return nil }
    self.first = first
    count = (end - first) / 24
    for number in 0..<count where item(number) == nil { return nil }
  }

  /// The file's own numbers are little-endian on every machine.
  private static func number(_ bytes: [UInt8], _ offset: Int) -> Int {
    (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }

  private func item(_ number: Int) -> Item? {
    guard number < count else { return nil }
    let offset = first + 24 * number
    let parent = Self.number(bytes, offset + 4)
    let keyStart = Self.number(bytes, offset + 8)
    let keySize = Int(bytes[offset + 12]) | Int(bytes[offset + 13]) << 8
    let (start, end) = (Self.number(bytes, offset + 16), Self.number(bytes, offset + 20))
    guard keyStart + keySize <= bytes.count, start <= end, end <= bytes.count else { return nil }
    return Item(
      parent: parent == 0xffff_ffff ? nil : parent, key: bytes[keyStart..<keyStart + keySize],
      type: bytes[offset + 14], value: start..<end)
  }

  func value(at path: [UInt8]) -> DconfDatabase.Value? {
    for number in 0..<count {
      guard let item = item(number), item.type == UInt8(ascii: "v"), isName(path, of: item) else {
        continue
      }
      return variant(item.value)
    }
    return nil
  }

  /// Whether an item's name with its parents' in front is `path`.
  private func isName(_ path: [UInt8], of item: Item) -> Bool {
    var rest = path[...]
    var next: Item? = item
    while let item = next {
      // No name is empty, so that this comes to an end even where parents go round in a circle.
      guard !item.key.isEmpty, rest.count >= item.key.count,
        rest.suffix(item.key.count).elementsEqual(item.key)
      else { return false }
      rest = rest.dropLast(item.key.count)
      guard let parent = item.parent else { return rest.isEmpty }
      next = self.item(parent)
    }
    return false
  }

  /// A serialised variant: the value, a zero byte, the type string.
  private func variant(_ range: Range<Int>) -> DconfDatabase.Value? {
    let stored = bytes[range]
    guard let zero = stored.lastIndex(of: 0),
      let type = String(validating: stored[(zero + 1)...], as: UTF8.self)
    else { return nil }
    let value = stored[..<zero]
    switch type {
    case "b": return value.first.map { .bool($0 != 0) }
    case "i" where value.count == 4: return .int(int32(value))
    case "s": return String(validating: value.dropLast(), as: UTF8.self).map { .string($0) }
    default: return .other(type)
    }
  }

  private func int32(_ value: ArraySlice<UInt8>) -> Int32 {
    let ordered = isBigEndian ? Array(value) : Array(value.reversed())
    return Int32(bitPattern: ordered.reduce(0) { $0 << 8 | UInt32($1) })
  }
}
