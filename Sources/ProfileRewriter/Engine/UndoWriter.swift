/// Puts a profile back, the committing file first.
struct UndoWriter {
  var root: OpenRoot

  func write(_ steps: [UndoPlan.Step]) throws(Refusal) {
    var prepared: [Int: PreparedFile] = [:]
    do {
      for (index, step) in steps.enumerated() {
        if case .replace(let content, let expecting) = step.work {
          prepared[index] = try root.prepareReplacement(
            step.path, content: content, expecting: expecting)
        }
      }
      for (index, step) in steps.enumerated() {
        switch step.work {
        case .replace:
          if let file = prepared[index] { try root.commit(file) }
        case .remove(let expecting):
          try root.remove(step.path, expecting: expecting)
        case .removeDirectoryIfEmpty:
          try root.removeDirectoryIfEmpty(step.path)
        }
      }
    } catch {
      for file in prepared.values { root.discard(file) }
      throw error
    }
  }
}
