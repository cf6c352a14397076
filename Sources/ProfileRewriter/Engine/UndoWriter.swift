/// Puts a profile back, the committing file first.
struct UndoWriter {
  var root: OpenRoot

  func write(_ steps: [UndoPlan.Step]) throws(Refusal) {
    var staged: [Int: StagedFile] = [:]
    do throws(Refusal) {
      for (index, step) in steps.enumerated() {
        if case .replace(let content, let expecting) = step.work {
          staged[index] = try root.stageReplacement(
            of: step.path, with: content, expecting: expecting)
        }
      }
      for (index, step) in steps.enumerated() {
        switch step.work {
        case .replace:
          if let file = staged[index] { try root.commit(file) }
        case .remove(let expecting):
          try root.remove(step.path, expecting: expecting)
        case .removeDirectoryIfEmpty:
          try root.removeDirectoryIfEmpty(step.path)
        }
      }
    } catch {
      for file in staged.values { root.discard(file) }
      throw error
    }
  }
}
