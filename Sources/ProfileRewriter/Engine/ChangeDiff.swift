import ConfigFormats

/// A change as a unified diff that GNU patch reads. What a diff cannot carry stands as comments.
enum ChangeDiff {
  static func section(
    _ patch: FilePatch, original: [UInt8], content: [UInt8], context: Int
  ) -> [UInt8] {
    switch patch.action {
    case .mkdir: comment("new directory: ", patch.path)
    case .keep:
      comment("not changed, kept for undo (\(patch.before?.size ?? 0) bytes): ", patch.path)
    case .tree:
      comment("new directory with its files (\(patch.after?.size ?? 0) bytes): ", patch.path)
    case .create: comment("new file (\(patch.after?.size ?? 0) bytes): ", patch.path)
    case .edit where patch.sensitive:
      comment("edited, not shown (holds secrets): ", patch.path) + keys(of: patch)
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
      + keys(of: patch)
  }

  /// One comment line each. A key is hostile data like any other: a line end in it would be a line
  /// that patch reads.
  private static func keys(of patch: FilePatch) -> [UInt8] {
    patch.edits.flatMap { edit in
      let key = edit.key.printable
      let what = describe(edit, hidden: patch.sensitive).map { ": \($0)" } ?? ""
      return Array("#   \(key)\(what)\n".utf8)
    }
  }

  /// - Parameter hidden: nothing but what was done, and no value (a sensitive file).
  private static func describe(_ edit: KeyedEdit, hidden: Bool) -> String? {
    if edit.secret || hidden {
      return edit.recipe.map { $0.printable } ?? (hidden ? nil : "(secret)")
    }
    let old = edit.before.map { $0.printable } ?? "(absent)"
    let new = edit.after.map { $0.printable } ?? "(absent)"
    return "\(old) -> \(new)"
  }

  static func comment(_ text: String, _ path: RelativePath) -> [UInt8] {
    Array("# \(text)\(path.bytes.printable)\n".utf8)
  }
}
