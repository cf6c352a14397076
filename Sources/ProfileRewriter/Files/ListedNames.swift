import ConfigFormats

/// The names in a directory, listed once: what is not among them need not be asked for. Most of what a
/// client may have it has not, so that is most of the asking.
struct ListedNames: Sendable {
  let names: [[UInt8]]

  /// Whether a path surely leads nowhere. Some file systems take a name in any case.
  func lack(_ path: RelativePath) -> Bool {
    let bytes = path.bytes
    let length = bytes.firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
    return !names.contains { name in
      guard name.count == length else { return false }
      return (0..<length).allSatisfy { place in
        let (left, right) = (name[place], bytes[place])
        return left == right || (left | 0x20 == right | 0x20 && left | 0x20 >= 0x61)
      }
    }
  }
}
