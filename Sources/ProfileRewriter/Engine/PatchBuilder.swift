import ConfigFormats

/// One file's part of a change, ready to be written: the patch to journal and the bytes to put.
struct FileWork: Sendable {
  var patch: FilePatch
  /// The file's new bytes; empty for a directory.
  var content: [UInt8]
  /// The entry whose owner and mode a created file takes.
  var like: RelativePath?
  /// A new directory's mode, where it is not its parent's.
  var mode: UInt32?
  /// The bytes the edits were computed from; empty where there was no file, and once it is in a batch.
  var original: [UInt8]

  /// Whether there is something to write.
  var changesBytes: Bool {
    switch patch.action {
    case .create, .mkdir, .tree: true
    case .edit: patch.before?.sha256 != patch.after?.sha256
    case .keep: false
    }
  }
}

/// Turns an adapter's plan into file patches, checking the adapter's word against the bytes.
enum PatchBuilder {
  /// - Parameters:
  ///   - prefix: the profile's directory below the change's root.
  ///   - present: what the file is now.
  static func stage(
    _ planned: PlannedFile, below prefix: RelativePath?,
    present: (RelativePath) throws(Refusal) -> FileSnapshot?
  ) throws(Refusal) -> FileWork {
    let path = prefix?.appending(planned.path) ?? planned.path
    switch planned.work {
    case .mkdir(let mode):
      let patch = FilePatch(
        path: path, action: .mkdir, before: nil, after: nil, users: planned.users)
      return FileWork(patch: patch, content: [], like: nil, mode: mode, original: [])
    case .keep(let content):
      guard let found = try present(path), found.bytes.isSame(as: content) else {
        throw Refusal(.stale, "\(path.shown) changed while it was being read; run again")
      }
      let now = found.state
      let patch = FilePatch(
        path: path, action: .keep, before: now, after: now, kept: content, users: planned.users)
      return FileWork(patch: patch, content: content, like: nil, original: content)
    case .create(let content, let like):
      let after = FileState(
        mode: 0, uid: 0, gid: 0, size: content.count, sha256: SHA256.hash(content))
      let patch = FilePatch(
        path: path, action: .create, commits: planned.commits, sensitive: planned.sensitive,
        before: nil, after: after, users: planned.users)
      let likePath = like.map { prefix?.appending($0) ?? $0 }
      return FileWork(patch: patch, content: content, like: likePath, original: [])
    case .edit(let source, let edits, let branches):
      return try stageEdit(
        planned, path: path, source: source, edits: edits, branches: branches,
        present: present)
    }
  }

  private static func stageEdit(
    _ planned: PlannedFile, path: RelativePath, source: SourceText, edits: [PlannedEdit],
    branches: [CreatedBranch], present: (RelativePath) throws(Refusal) -> FileSnapshot?
  ) throws(Refusal) -> FileWork {
    guard let found = try present(path), found.bytes.isSame(as: source.bytes) else {
      throw Refusal(.stale, "\(path.shown) changed while it was being read; run again")
    }
    let before = found.state
    let content: [UInt8]
    do {
      content = try source.applying(edits.flatMap(\.edits))
    } catch {
      throw Refusal(
        .unsupported,
        "\(path.shown): the planned edits do not fit together (\(error)); not changed")
    }
    var after = before
    after.size = content.count
    after.sha256 = SHA256.hash(content)
    let patch = FilePatch(
      path: path, action: .edit, commits: planned.commits, sensitive: planned.sensitive,
      before: before, after: after,
      edits: edits.map { keyedEdit($0, source: source, sensitive: planned.sensitive) },
      branches: branches, users: planned.users)
    // A patch that cannot be taken back byte for byte is not written at all.
    guard patch.leads(from: content, backTo: source.bytes) else {
      throw Refusal(.unsupported, "\(path.shown): the patch would not undo exactly; not changed")
    }
    return FileWork(patch: patch, content: content, like: nil, original: source.bytes)
  }

  private static func keyedEdit(
    _ planned: PlannedEdit, source: SourceText, sensitive: Bool
  ) -> KeyedEdit {
    let hidden = sensitive && planned.secret
    let spans = planned.edits.map { edit in
      Span(
        offset: edit.range.lowerBound, old: Array(source.bytes[edit.range]),
        new: hidden ? nil : edit.replacement, newLength: edit.replacement.count)
    }
    return KeyedEdit(
      key: planned.key, before: fingerprint(planned.before, secret: planned.secret),
      after: fingerprint(planned.after, secret: planned.secret), secret: planned.secret,
      recipe: planned.recipe, spans: spans, rule: planned.rule, deciding: planned.deciding,
      clientRewrites: planned.clientRewrites, users: planned.users)
  }

  /// What the journal keeps of a value: itself, or only its hash where it is secret.
  static func fingerprint(_ value: [UInt8]?, secret: Bool) -> [UInt8]? {
    guard secret else { return value }
    return value.map { SHA256.hash($0) }
  }
}

extension FilePatch {
  /// The file after the change, made from the file before it.
  /// - Returns: nil when `before` is not the file this patch was made for, or when the patch does
  ///   not hold all its bytes (a sensitive file).
  func bytesAfter(from before: [UInt8]) -> [UInt8]? {
    guard action == .edit, SHA256.hash(before) == self.before?.sha256 else { return nil }
    var replacements: [SourceEdit] = []
    for span in edits.flatMap(\.spans) {
      guard let new = span.new else { return nil }
      replacements.append(
        SourceEdit(range: span.offset..<span.offset + span.old.count, replacement: new))
    }
    return try? SourceText(before).applying(replacements)
  }
}
