import ConfigFormats
import Foundation

@testable import ProfileRewriter

/// What evolution-source-registry does to a source file when a program commits a change: blanks
/// around keys go, keys are added at the end of their groups, comments and unknown groups stay
/// (seen with Evolution 3.46.4). At the first connection Evolution adds all of `[Imapx Backend]` and
/// puts the server's folders in.
enum EvolutionRewrite {
  static func rewrite(
    _ bytes: [UInt8], patch: FilePatch, using random: inout SeededRandom
  ) -> RewrittenFile {
    guard let document = try? KeyFileDocument(parsing: normalised(bytes)) else {
      return RewrittenFile(bytes: bytes, kept: [:])
    }
    let user = patch.users.first ?? ""
    var changes: [KeyFileChange] = []
    if document.value(forKey: "Mail Account/BackendName") != nil {
      for (key, value) in imapKeys {
        changes.append(KeyFileChange("Imapx Backend/\(key)", Array(value.utf8)))
      }
      changes.append(KeyFileChange("Offline/StaySynchronized", Array("false".utf8)))
      changes.append(KeyFileChange("Mail Account/NeedsInitialSetup", Array("false".utf8)))
    } else if document.value(forKey: "Mail Submission/SentFolder") != nil {
      changes.append(
        KeyFileChange("Mail Submission/SentFolder", Array("folder://\(user)/Sent".utf8)))
      changes.append(
        KeyFileChange("Mail Composition/DraftsFolder", Array("folder://\(user)/Drafts".utf8)))
    }
    var kept: [String: [UInt8]] = [:]
    for number in 0..<6 {
      let group =
        ["Data Source", "Refresh", "My Group", "Mail Account"]
        .randomElement(using: &random) ?? "Refresh"
      kept["\(group)/New\(number)x\(random.next() % 1000)"] = Array("v \(random.next())".utf8)
    }
    kept["Data Source/DisplayName"] = Array("renamed \(random.next() % 100)".utf8)
    changes += kept.sorted { $0.key < $1.key }.map { KeyFileChange($0.key, $0.value) }
    let ours = Set(patch.edits.filter { $0.clientRewrites == nil }.map(\.key))
    changes.removeAll { ours.contains($0.key) }
    guard let edits = try? document.edits(applying: changes),
      let written = try? document.source.applying(edits.flatMap(\.edits))
    else { return RewrittenFile(bytes: bytes, kept: [:]) }
    return RewrittenFile(bytes: written, kept: kept)
  }

  /// `key = value` becomes `key=value`; blanks in front go, CR at line ends too.
  private static func normalised(_ bytes: [UInt8]) -> [UInt8] {
    guard let text = String(validating: bytes, as: UTF8.self) else { return bytes }
    let lines = text.split(separator: /\r?\n/, omittingEmptySubsequences: false).map { line in
      let line = line.drop { $0 == " " || $0 == "\t" }
      guard !line.hasPrefix("#"), !line.hasPrefix("["), let equals = line.firstIndex(of: "=") else {
        return String(line)
      }
      let key = line[..<equals].reversed().drop { $0 == " " }.reversed()
      let value = line[line.index(after: equals)...].drop { $0 == " " || $0 == "\t" }
      return String(key) + "=" + value
    }
    return Array(lines.joined(separator: "\n").utf8)
  }

  private static let imapKeys = [
    ("FilterInbox", "true"), ("CheckAll", "false"), ("ConcurrentConnections", "3"),
    ("RealJunkPath", "Junk"), ("RealTrashPath", "Trash"), ("UseRealTrashPath", "true"),
    ("UseIdle", "true"), ("Namespace", ""),
  ]
}
