/// Puts a staged change on disk: additions first, the committing file last.
///
/// All new contents are durable under temporary names before the first of them takes its place, so
/// that a full disk is met while everything is still old.
struct SwitchWriter {
  var root: OpenRoot

  func write(_ files: [FileWork]) throws(Refusal) {
    try root.asOwner { () throws(Refusal) in try writeAsOwner(files) }
  }

  private func writeAsOwner(_ files: [FileWork]) throws(Refusal) {
    var staged: [StagedFile] = []
    do throws(Refusal) {
      for file in files where file.changesBytes {
        switch file.patch.action {
        case .keep, .tree: break
        case .mkdir:
          try root.makeDirectory(file.patch.path, like: nil, mode: file.mode)
        case .create:
          staged.append(
            try root.stageCreation(of: file.patch.path, with: file.content, like: file.like))
        case .edit:
          staged.append(try stageReplacement(file))
        }
      }
      for file in staged { try root.commit(file) }
    } catch {
      for file in staged { root.discard(file) }
      throw error
    }
  }
  /// The file must be what the edits were computed from: what they lead back to. Where that cannot be
  /// told, its hash says it.
  private func stageReplacement(_ file: FileWork) throws(Refusal) -> StagedFile {
    let patch = file.patch
    if let original = patch.uncheckedBytesBefore(from: file.content),
      original.count == patch.before?.size
    {
      return try root.stageReplacement(of: patch.path, with: file.content) {
        $0.isSame(as: original)
      }
    }
    return try root.stageReplacement(
      of: patch.path, with: file.content, expecting: patch.before?.sha256 ?? [])
  }
}
