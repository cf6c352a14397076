import ProfileRewriter

/// How much is read of a profile's files of one kind. A user may make any number of them, and give one file any number
/// of names, and a run over many homes must not stand still or run out of memory over one.
struct ReadBudget {
  private let bytes: Int
  private var left: Int

  /// - Parameter bytes: more than all files of the kind together have in any profile that is used.
  init(bytes: Int) {
    self.bytes = bytes
    left = bytes
  }

  /// - Throws: `too-large` for what goes beyond it; that takes nothing from what comes after.
  mutating func take(_ count: Int, of path: RelativePath) throws(Refusal) {
    guard count > left else {
      left -= count
      return
    }
    throw Refusal(
      .tooLarge,
      "\(path.shown) and the files of its kind have more than \(bytes) bytes together, more than the client ever "
        + "writes; look at them")
  }
}

/// Records of what POP has fetched, which a change keeps whole for undo.
enum KeptRecords {
  /// Of all accounts of a profile together: a million messages and more. They go into the journal of whoever runs this.
  static var budget: ReadBudget { ReadBudget(bytes: 64 << 20) }
}
