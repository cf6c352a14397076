/// Puts a profile back, the committing file first.
struct UndoWriter {
  var root: OpenRoot

  func write(_ steps: [UndoPlan.Step]) throws(Refusal) {
    try root.asOwner { () throws(Refusal) in try writeAsOwner(steps) }
  }

  private func writeAsOwner(_ steps: [UndoPlan.Step]) throws(Refusal) {
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
        case .restore(let content, let mode):
          try restore(step.path, content, mode: mode)
        }
      }
    } catch {
      for file in staged.values { root.discard(file) }
      throw error
    }
  }

  private func restore(_ path: RelativePath, _ content: [UInt8], mode: UInt32) throws(Refusal) {
    var missing: [RelativePath] = []
    var directory = path.parent
    while let next = directory, try root.status(next) == nil {
      missing.append(next)
      directory = next.parent
    }
    for directory in missing.reversed() {
      try root.makeDirectory(directory, like: nil, mode: 0o700)
    }
    let file = try root.stageCreation(of: path, with: content, like: nil, mode: mode)
    do throws(Refusal) { try root.commit(file) } catch {
      root.discard(file)
      throw error
    }
  }
}
