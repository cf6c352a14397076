import ProfileRewriter

/// `tagsrc`: behind a line with the highest number, for each of the user's tags its number, a tab and its
/// name (`tags_read_tags` of Claws Mail).
struct ClawsTagNames {
  /// As keywords, which have no blanks: those of a name are `_`.
  let names: [UInt32: [UInt8]]

  static let path = RelativePath(known: "tagsrc")

  /// - Throws: what reading throws.
  init(_ profile: FamilyProfile) throws(Refusal) {
    self.init(try profile.directory.read(Self.path) ?? [])
  }

  init(_ bytes: [UInt8]) {
    var names: [UInt32: [UInt8]] = [:]
    for line in ByteText.lines(bytes) {
      guard let tab = line.firstIndex(of: UInt8(ascii: "\t")),
        let number = UInt32(line[..<tab].shown), number > 0, number <= UInt32(Int32.max)
      else { continue }
      let words = line[(tab + 1)...].split { $0 <= 0x20 || $0 == 0x7F }
      if !words.isEmpty { names[number] = Array(words.joined(separator: [UInt8(ascii: "_")])) }
    }
    self.names = names
  }
}
