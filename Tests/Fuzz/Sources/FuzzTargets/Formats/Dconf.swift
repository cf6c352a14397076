import ConfigFormats

extension Target {
  /// Read only. Whatever a second reader of the format finds is found, and nothing else.
  static let dconf = Target(name: "dconf") { input in
    guard let database = DconfDatabase(parsing: input.document) else { return }
    let names = GVDBNames(input.document)
    for name in names.unique.prefix(50) {
      require(database[name] != nil || !names.isReadable(name), "a setting is found by its name")
    }
    var choices = input.choices
    for _ in 0..<4 {
      let path = (choices.pick(names.unique) ?? "/") + choices.someText()
      require(
        database[path] == nil || names.all.contains(path), "a setting that is not there is none")
    }
    for path in ["", "/", "/org/gnome/evolution/mail/trash-empty-on-exit"] {
      require(
        database[path] == nil || names.all.contains(path), "a setting that is not there is none")
    }
  }
}

/// The settings' names in a GVDB that has been found whole, put together from the root.
private struct GVDBNames {
  private(set) var all = Set<String>()
  private(set) var unique: [String] = []
  private var readable = Set<String>()

  init(_ bytes: [UInt8]) {
    func number(_ offset: Int) -> Int {
      (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
    }
    let (start, end) = (number(16), number(20))
    let first = start + 8 + 4 * ((number(start) & 0x7ff_ffff) + number(start + 4))
    let count = (end - first) / 24
    func key(_ item: Int) -> ArraySlice<UInt8> {
      let offset = first + 24 * item
      let from = number(offset + 8)
      return bytes[from..<from + Int(bytes[offset + 12]) + Int(bytes[offset + 13]) << 8]
    }
    var counts: [String: Int] = [:]
    for item in 0..<min(count, 200) where bytes[first + 24 * item + 14] == UInt8(ascii: "v") {
      var name: [UInt8] = []
      var next = item
      var steps = 0
      while steps <= 64 {
        let part = key(next)
        guard !part.isEmpty else { break }
        name = part + name
        let parent = number(first + 24 * next + 4)
        if parent == 0xffff_ffff {
          guard let text = String(validating: name, as: UTF8.self) else { break }
          counts[text, default: 0] += 1
          let from = number(first + 24 * item + 16)
          let to = number(first + 24 * item + 20)
          if Self.isPlain(bytes[from..<to]) { readable.insert(text) }
          break
        }
        guard parent < count else { break }
        next = parent
        steps += 1
      }
    }
    all = Set(counts.keys)
    unique = counts.filter { $0.value == 1 }.map(\.key).sorted()
    // Beyond the first 200 items nothing is known.
    if count > 200 { isWhole = false }
  }

  private var isWhole = true

  func isReadable(_ name: String) -> Bool { isWhole && readable.contains(name) }

  /// A serialised variant of one of the simple types, and whole.
  private static func isPlain(_ stored: ArraySlice<UInt8>) -> Bool {
    guard let zero = stored.lastIndex(of: 0) else { return false }
    let value = stored[..<zero]
    switch String(decoding: stored[(zero + 1)...], as: UTF8.self) {
    case "b": return !value.isEmpty
    case "i": return value.count == 4
    case "s": return String(validating: value.dropLast(), as: UTF8.self) != nil
    default: return false
    }
  }
}
