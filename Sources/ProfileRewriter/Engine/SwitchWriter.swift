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
          staged.append(
            try root.stageReplacement(
              of: file.patch.path, with: file.content,
              expecting: file.patch.before?.sha256 ?? []))
        }
      }
      for file in staged { try root.commit(file) }
    } catch {
      for file in staged { root.discard(file) }
      throw error
    }
  }
}
