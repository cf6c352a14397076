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
    // What is made lies beside each other, or in what was made before.
    let changing = files.filter(\.changesBytes)
    let root = try root.holding(changing.first?.patch.path.parent)
    var newest: (path: RelativePath, root: OpenRoot)?
    var staged: [StagedFile] = []
    do throws(Refusal) {
      for file in changing {
        let parent = file.patch.path.parent
        let root = newest.flatMap { $0.path == parent ? $0.root : nil } ?? root
        switch file.patch.action {
        case .keep, .tree: break
        case .mkdir:
          let made = try root.makeOpenDirectory(file.patch.path, like: nil, mode: file.mode)
          newest = (file.patch.path, root.holding(file.patch.path, as: made))
        case .create:
          staged.append(
            try root.stageCreation(of: file.patch.path, with: file.content, like: file.like))
        case .edit:
          staged.append(try stageReplacement(file, root))
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
  private func stageReplacement(
    _ file: FileWork, _ root: OpenRoot
  ) throws(Refusal) -> StagedFile {
    let patch = file.patch
    return try root.stageReplacement(of: patch.path, with: file.content) { present in
      if present.count == patch.before?.size, patch.leads(from: file.content, backTo: present) {
        return true
      }
      return SHA256.hash(present) == patch.before?.sha256
    }
  }
}
