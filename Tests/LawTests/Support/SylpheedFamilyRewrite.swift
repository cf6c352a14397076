import ConfigFormats
import Foundation

@testable import ProfileRewriter

/// What Claws Mail and Sylpheed do to their files when they end: `accountrc` has every key they know,
/// an old file's protocols are renumbered, and `folderlist.xml` has the folders of each IMAP account
/// and new counts (seen with Claws Mail 4.1.1 and Sylpheed 3.8).
enum SylpheedFamilyRewrite {
  static func rewrite(
    _ bytes: [UInt8], patch: FilePatch, using random: inout SeededRandom
  ) -> RewrittenFile {
    patch.path.text.hasSuffix("folderlist.xml")
      ? folders(bytes, patch, &random) : keys(bytes, patch, &random)
  }

  private static func folders(
    _ bytes: [UInt8], _ patch: FilePatch, _ random: inout SeededRandom
  ) -> RewrittenFile {
    var text = String(decoding: bytes, as: UTF8.self)
    for user in patch.users {
      let tree = """
            <folder type="imap" sort="0" collapsed="0" account_id="\(user)" name="alice@lab.test">
                <folderitem total="12" path="INBOX" name="INBOX" type="inbox" />
                <folderitem total="0" path="Sent" name="Sent" type="outbox" />
            </folder>

        """
      text = text.replacingOccurrences(of: "</folderlist>", with: tree + "</folderlist>")
    }
    let total = Array(String(random.next() % 1000).utf8)
    guard let document = try? XMLDocument(parsing: Array(text.utf8)),
      let edits = try? document.edits(setting: "folder/folderitem/@total", to: total),
      let written = try? document.source.applying(edits)
    else { return RewrittenFile(bytes: bytes, kept: [:]) }
    return RewrittenFile(bytes: written, kept: ["folder/folderitem/@total": total])
  }

  private static func keys(
    _ bytes: [UInt8], _ patch: FilePatch, _ random: inout SeededRandom
  ) -> RewrittenFile {
    guard let document = try? KeyFileDocument(parsing: bytes) else {
      return RewrittenFile(bytes: bytes, kept: [:])
    }
    var changes: [KeyFileChange] = []
    var kept: [String: [UInt8]] = [:]
    for group in document.groupNames {
      if document.value(forKey: "\(group)/protocol") == Array("3".utf8),
        document.value(forKey: "\(group)/ssl_certs_auto_accept") != nil
      {
        changes.append(KeyFileChange("\(group)/protocol", Array("1".utf8)))
        kept["\(group)/config_version"] = Array("4".utf8)
      }
      kept["\(group)/new\(random.next() % 1000)"] = Array("v \(random.next())".utf8)
      kept["\(group)/signature_path"] = Array("/home/lab/.signature\(random.next() % 100)".utf8)
    }
    let ours = Set(patch.edits.filter { $0.clientRewrites == nil }.map(\.key))
    changes.removeAll { ours.contains($0.key) }
    changes += kept.sorted { $0.key < $1.key }.map { KeyFileChange($0.key, $0.value) }
    guard let edits = try? document.edits(applying: changes),
      let written = try? document.source.applying(edits.flatMap(\.edits))
    else { return RewrittenFile(bytes: bytes, kept: [:]) }
    return RewrittenFile(bytes: written, kept: kept)
  }
}
