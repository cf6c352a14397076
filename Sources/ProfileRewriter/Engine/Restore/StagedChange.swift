import ConfigFormats

/// The files of a change that makes folders, and where they are: in its staging directory, or in
/// their places.
struct StagedChange {
  let change: Change
  let root: OpenRoot
  private let layout: StagedLayout

  init(_ change: Change, _ root: OpenRoot) {
    self.change = change
    self.root = root
    layout = StagedLayout(change.files)
  }

  private func staged(_ index: Int) -> RelativePath? {
    change.staging?.appending(layout.place(index))
  }

  /// Moves all to their places, in order, those that are there already excepted; then the staging
  /// directory goes.
  func moveOut() throws(Refusal) {
    for index in layout.tops {
      guard let staged = staged(index), try root.status(staged) != nil else { continue }
      try root.move(staged, to: change.files[index].path)
    }
    try removeStaging()
  }

  func removeStaging() throws(Refusal) {
    if let staging = change.staging { try root.removeStaging(staging) }
  }

  /// Whether all has come to its place: what is last is no longer in the staging directory. Only where
  /// something was recorded to be moved.
  var isAllOut: Bool {
    get throws(Refusal) {
      guard let last = layout.tops.last, let staged = staged(last) else { return false }
      if try root.status(staged) != nil { return false }
      return try root.status(change.files[last].path) != nil
    }
  }

  /// Indices of files that have come to their places, each with those that went with it.
  func indicesOut() throws(Refusal) -> Set<Int> {
    var out: Set<Int> = []
    for top in layout.tops {
      guard let staged = staged(top), try root.status(staged) == nil else { continue }
      let path = change.files[top].path
      for (index, file) in change.files.enumerated()
      where index == top || file.path.relative(to: path) != nil {
        out.insert(index)
      }
    }
    return out
  }
}
