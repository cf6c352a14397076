import ConfigFormats
import Foundation

/// A generator whose every sequence can be had again from its seed (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// What Thunderbird does to prefs.js at exit: every pref on a line of its own, sorted bytewise, with
/// some added and some changed.
enum ThunderbirdRewrite {
  /// - Parameter keeping: keys that the simulated client leaves as they are.
  static func rewrite(
    _ bytes: [UInt8], keeping: Set<String>, using random: inout SeededRandom
  ) -> RewrittenFile {
    let document = PrefsDocument.parseRecovering(bytes).document
    var values: [String: [UInt8]] = [:]
    for key in document.keys(withPrefix: "") { values[key] = document.value(forKey: key) }
    var kept: [String: [UInt8]] = [:]
    let others = values.keys.filter {
      !keeping.contains($0) && !$0.hasPrefix("mail.server.") && !$0.hasPrefix("mail.account")
        && !$0.hasPrefix("mail.identity.")
    }.sorted().shuffled(using: &random)
    for key in others.prefix(5) { kept[key] = value(using: &random) }
    let branches = ["mail.server.server1.", "extensions.", "mail.identity.id1.x", "a.", "zz."]
    while kept.count < 25 {
      let branch = branches.randomElement(using: &random) ?? "a."
      let key = branch + "new\(random.next() % 100_000)"
      if values[key] == nil { kept[key] = value(using: &random) }
    }
    values.merge(kept) { $1 }
    // The client writes the line ends of its system.
    let end = SourceText(bytes).lineEnding.bytes
    return RewrittenFile(bytes: written(values, end), kept: kept)
  }

  private static func value(using random: inout SeededRandom) -> [UInt8] {
    switch random.next() % 3 {
    case 0: Array("\"text ü \(random.next() % 1000) \\\" ;);\"".utf8)
    case 1: Array("\(Int(random.next() % 2000) - 1000)".utf8)
    default: Array((random.next() % 2 == 0 ? "true" : "false").utf8)
    }
  }

  private static func written(_ values: [String: [UInt8]], _ end: [UInt8]) -> [UInt8] {
    var text = Array("// Mozilla User Preferences".utf8) + end + end
    for key in values.keys.sorted(by: { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) })
    {
      text += Array("user_pref(\"\(key)\", ".utf8) + (values[key] ?? []) + Array(");".utf8)
      text += end
    }
    return text
  }

  static func values(_ file: URL) throws -> [String: [UInt8]] {
    let document = try PrefsDocument(parsing: [UInt8](try Data(contentsOf: file)))
    var values: [String: [UInt8]] = [:]
    for key in document.keys(withPrefix: "") { values[key] = document.value(forKey: key) }
    return values
  }
}
