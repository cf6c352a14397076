import Autoconfig
import ConfigFormats
import ProfileRewriter

/// What a plain text replacement of "pop" by "imap" in the account's server would have left undone,
/// counted from the edits of its patch. Nothing is tried out for it.
public struct ReplacementToll: Sendable, Hashable {
  /// Settings that the patch changes.
  public var keys = 0
  /// Those of them that are not the protocol's own name.
  public var otherKeys = 0
  /// Files that it changes or makes, beside the one that decides.
  public var otherFiles = 0
  /// Directories of local mail that the account would have kept as its own. Thunderbird deletes there,
  /// at its first look at the server, every folder that the server has not (docs/thunderbird.md).
  public var directories = 0
  /// Saved logins that are copied to the new server's name; without them the client asks.
  public var logins = 0
  /// The replaced host name is another than the server's that the account goes to.
  public var wrongHosts = 0

  init() {}

  /// - Parameter account: edits that others need alone are not counted.
  init(_ files: [FilePatch], account: String, from: ServerSettings, to: ServerSettings) {
    for file in files where file.action != .keep && file.users.contains(account) {
      let edits = file.visibleEdits.filter { $0.users.contains(account) }
      if file.action == .edit, edits.isEmpty { continue }
      if !file.commits, file.action != .mkdir { otherFiles += 1 }
      keys += edits.count
      otherKeys += edits.count { !Self.isProtocol($0) }
      logins += edits.count { file.sensitive && $0.secret && $0.rule == .record }
      if edits.contains(where: Self.isDirectory) { directories = 1 }
    }
    let replaced = TextReplacement.host(for: from.host)
    wrongHosts = replaced == to.host.lowercased() ? 0 : 1
  }

  static func += (sum: inout Self, toll: Self) {
    sum.keys.add(saturating: toll.keys)
    sum.otherKeys.add(saturating: toll.otherKeys)
    sum.otherFiles.add(saturating: toll.otherFiles)
    sum.directories.add(saturating: toll.directories)
    sum.logins.add(saturating: toll.logins)
    sum.wrongHosts.add(saturating: toll.wrongHosts)
  }

  /// The setting that says POP before and IMAP after.
  private static func isProtocol(_ edit: KeyedEdit) -> Bool {
    guard !edit.secret, case .text(let old) = PlainValue(spelling: edit.before),
      case .text(let new) = PlainValue(spelling: edit.after)
    else { return false }
    return [Array("pop".utf8), Array("pop3".utf8)].contains(old)
      && new.starts(with: Array("imap".utf8))
  }

  /// Thunderbird's directory of an account's server, that there was.
  private static func isDirectory(_ edit: KeyedEdit) -> Bool {
    edit.before != nil && edit.before != edit.after
      && (edit.key.hasSuffix(".directory") || edit.key.hasSuffix(".directory-rel"))
      && edit.key.hasPrefix("mail.server.")
  }
}
