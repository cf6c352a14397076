import ConfigFormats
import Foundation

@testable import ProfileRewriter

/// What a program that does not keep bytes does to an autoconfig file, and what its keeper does
/// meanwhile: written out anew in UTF-8, without its layout, with other names and more domains.
enum AutoconfigRewrite {
  static func rewrite(
    _ bytes: [UInt8], patch: FilePatch, using random: inout SeededRandom
  ) -> RewrittenFile {
    guard let document = try? XMLDocument(parsing: bytes) else {
      return RewrittenFile(bytes: bytes, kept: [:])
    }
    let provider = document.children(of: 0, named: "emailProvider")[0]
    let domains = document.children(of: provider, named: "domain").count
    var values: [(key: String, value: [UInt8]?)] = [
      ("emailProvider/displayName", Array("Renamed ü \(random.next() % 1000)".utf8)),
      ("emailProvider/outgoingServer/port", Array("\(random.next() % 60_000 + 1)".utf8)),
    ]
    for number in 1...random.next() % 3 + 1 {
      values.append(
        (
          "emailProvider/domain[\(domains + Int(number))]",
          Array("new\(random.next() % 1000).example".utf8)
        ))
    }
    guard let edits = try? document.edits(setting: values),
      let edited = try? document.source.applying(edits),
      let tree = try? XMLTree(parsing: edited),
      let written = (random.next() % 2 == 0 ? tree.root : tree.root.withoutLayout).canonicalSpelling
    else { return RewrittenFile(bytes: bytes, kept: [:]) }
    var kept: [String: [UInt8]] = [:]
    for (key, value) in values { kept[key] = value }
    return RewrittenFile(bytes: written, kept: kept)
  }
}
