import MailFormats

@testable import Adapters

extension Target {
  /// `.claws_mark`, `.sylpheed_mark`, `.claws_tags`, `tagsrc`, and the names of messages.
  static let mhMarks = Target(name: "mh-marks") { input in
    let bytes = input.document
    var choices = input.choices
    checkMarks(bytes, &choices)
    checkTags(bytes)
    if let number = MHName.number(bytes) {
      require(Array(String(number).utf8) == bytes, "a message's file is called as its number")
    }
    let names = ClawsTagNames(bytes).names
    require(
      names.values.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0 > 0x20 } },
      "a keyword has no blanks")
    let crlf = bytes.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
    require(ClawsTagNames(crlf).names == names, "line ends make no difference")
  }

  private static func checkMarks(_ bytes: [UInt8], _ choices: inout Choices) {
    guard let marks = MHMarks(bytes) else { return }
    require(MHMarks(swapped(bytes)) == marks, "the order of bytes makes no difference")
    let whole = Array(bytes[..<(4 + (bytes.count - 4) / 8 * 8)])
    require(MHMarks(whole) == marks, "what breaks off says nothing")
    require(marks.bits.count <= (bytes.count - 4) / 8, "a mark is said of one message")
    let isLittle = bytes[0] == 2
    let number = choices.isLikely(50) ? marks.bits.keys.min() ?? 1 : UInt32(choices.byte())
    let bits = UInt32(choices.byte()) << 8 | UInt32(choices.byte())
    let added =
      whole
      + [number, bits].flatMap { word in
        withUnsafeBytes(of: isLittle ? word.littleEndian : word.bigEndian) { Array($0) }
      }
    var wanted = marks.bits
    wanted[number] = bits
    require(MHMarks(added)?.bits == wanted, "the last that is said of a message holds")
    for number in marks.bits.keys.prefix(20) {
      require(marks.flags(of: number) != nil, "what has bits has flags")
      require((1...7).contains(marks.label(of: number, upTo: 7) ?? 1), "a label is a small number")
    }
  }

  private static func checkTags(_ bytes: [UInt8]) {
    guard let tags = ClawsTags(bytes) else { return }
    require(ClawsTags(swapped(bytes)) == tags, "the order of bytes makes no difference")
    var words: [UInt32] = [1]
    for (number, ids) in tags.tags { words += [number] + ids + [.max] }
    let written = words.flatMap { word in
      withUnsafeBytes(of: word.littleEndian) { Array($0) }
    }
    require(ClawsTags(written) == tags, "what is read, written out, reads the same")
  }

  /// Every whole number in the other order.
  private static func swapped(_ bytes: [UInt8]) -> [UInt8] {
    let end = bytes.count / 4 * 4
    return stride(from: 0, to: end, by: 4).flatMap { bytes[$0..<$0 + 4].reversed() }
      + bytes[end...]
  }
}
