/// Puts a staged change on disk: additions first, the committing file last.
///
/// All new contents are durable under temporary names before the first of them takes its place, so
/// that a full disk is met while everything is still old.
struct ChangeWriter {
  var root: OpenRoot

  func write(_ files: [StagedFile]) throws(Refusal) {
    var prepared: [PreparedFile] = []
    do {
      for file in files {
        switch file.patch.action {
        case .mkdir:
          try root.makeDirectory(file.patch.path)
        case .create:
          prepared.append(
            try root.prepareCreation(file.patch.path, content: file.content, like: file.like))
        case .edit:
          prepared.append(
            try root.prepareReplacement(
              file.patch.path, content: file.content,
              expecting: file.patch.before?.sha256 ?? []))
        }
      }
      for file in prepared { try root.commit(file) }
    } catch {
      for file in prepared { root.discard(file) }
      throw error
    }
  }
}
