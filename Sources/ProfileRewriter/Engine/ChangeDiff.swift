/// A change as a unified diff that GNU patch reads. What a diff cannot carry stands as comments.
enum ChangeDiff {
  static func section(
    _ patch: FilePatch, original: [UInt8], content: [UInt8], context: Int
  ) -> [UInt8] {
    switch patch.action {
    case .mkdir: comment("new directory: ", patch.path)
    case .create: comment("new file (\(patch.after?.size ?? 0) bytes): ", patch.path)
    case .edit where patch.sensitive: comment("edited, not shown (holds secrets): ", patch.path)
      + patch.edits.flatMap { Array("#   \($0.key): \(describe($0))\n".utf8) }
    case .edit:
      UnifiedDiff.render(
        name: patch.path.bytes, old: original, new: content,
        spans: patch.edits.flatMap(\.spans), context: context)
    }
  }

  /// A sensitive file in full, for a file that only its owner reads.
  static func fullSection(_ patch: FilePatch, original: [UInt8], content: [UInt8]) -> [UInt8] {
    UnifiedDiff.render(
      name: patch.path.bytes, old: original, new: content, spans: patch.edits.flatMap(\.spans))
  }

  /// The keys of a file whose bytes have moved on, one comment line each.
  static func byKey(_ patch: FilePatch) -> [UInt8] {
    comment("changed since, so listed by key: ", patch.path)
      + patch.edits.flatMap { Array("#   \($0.key): \(describe($0))\n".utf8) }
  }

  private static func describe(_ edit: KeyedEdit) -> String {
    if edit.secret { return edit.recipe ?? "(secret)" }
    let old = edit.before.map(Printable.text) ?? "(absent)"
    let new = edit.after.map(Printable.text) ?? "(absent)"
    return "\(old) -> \(new)"
  }

  static func comment(_ text: String, _ path: RelativePath) -> [UInt8] {
    Array("# \(text)\(Printable.text(path.bytes))\n".utf8)
  }
}
