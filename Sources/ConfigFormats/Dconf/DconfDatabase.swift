/// A dconf database (`~/.config/dconf/user`), to be read only: settings by path
/// (`/org/gnome/evolution/mail/trash-empty-on-exit`).
///
/// The file is a GVDB: a hash table of items, each with its parent's number, the rest of its name
/// and a serialised GVariant. It is read by going through all items, so that no hash is needed.
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

  private let values: [String: Value]

  public subscript(path: String) -> Value? { values[path] }

  /// - Returns: nil for bytes that are no such database, or one that contradicts itself.
  public init?(parsing bytes: [UInt8]) {
    guard let reader = GVDBReader(bytes), let items = reader.items() else { return nil }
    var values: [String: Value] = [:]
    for item in items where item.type == UInt8(ascii: "v") {
      guard let name = GVDBReader.fullName(of: item, in: items),
        let value = reader.variant(item.value)
      else { continue }
      values[name] = value
    }
    self.values = values
  }
}

/// The hash table at the root of a GVDB file.
private struct GVDBReader {
  struct Item {
    /// The number of the item whose name this one's continues.
    var parent: Int?
    var key: ArraySlice<UInt8>
    /// `v`: a value, `H`: a table, `L`: a list of items.
    var type: UInt8
    var value: Range<Int>
  }

  private let bytes: [UInt8]
  private let root: Range<Int>
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
    guard start <= end, end <= bytes.count else { return nil }
    root = start..<end
  }

  /// The file's own numbers are little-endian on every machine.
  private static func number(_ bytes: [UInt8], _ offset: Int) -> Int {
    (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }

  func items() -> [Item]? {
    guard root.count >= 8 else { return nil }
    let bloomWords = Self.number(bytes, root.lowerBound) & 0x7ff_ffff
    let buckets = Self.number(bytes, root.lowerBound + 4)
    let start = root.lowerBound + 8 + 4 * (bloomWords + buckets)
    guard start <= root.upperBound, (root.upperBound - start) % 24 == 0 else { return nil }
    var items: [Item] = []
    for offset in stride(from: start, to: root.upperBound, by: 24) {
      guard let item = item(at: offset) else { return nil }
      items.append(item)
    }
    return items
  }

  private func item(at offset: Int) -> Item? {
    let parent = Self.number(bytes, offset + 4)
    let keyStart = Self.number(bytes, offset + 8)
    let keySize = Int(bytes[offset + 12]) | Int(bytes[offset + 13]) << 8
    let (start, end) = (Self.number(bytes, offset + 16), Self.number(bytes, offset + 20))
    guard keyStart + keySize <= bytes.count, start <= end, end <= bytes.count else { return nil }
    return Item(
      parent: parent == 0xffff_ffff ? nil : parent, key: bytes[keyStart..<keyStart + keySize],
      type: bytes[offset + 14], value: start..<end)
  }

  /// An item's name with its parents' in front; nil where they go round in a circle.
  static func fullName(of item: Item, in items: [Item]) -> String? {
    var parts = [item.key]
    var next = item.parent
    while let number = next {
      guard number < items.count, parts.count <= items.count else { return nil }
      parts.append(items[number].key)
      next = items[number].parent
    }
    return String(validating: parts.reversed().flatMap { $0 }, as: UTF8.self)
  }

  /// A serialised variant: the value, a zero byte, the type string.
  func variant(_ range: Range<Int>) -> DconfDatabase.Value? {
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
