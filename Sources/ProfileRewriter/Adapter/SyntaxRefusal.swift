import ConfigFormats

extension Refusal {
  /// A file that breaks its format's grammar, with the place shown, and nothing of what stands there.
  /// - Parameter sensitive: the line is not even outlined.
  public init(
    syntax error: SyntaxError, in path: RelativePath, root: [UInt8], sensitive: Bool = false
  ) {
    let file = JournalPlace.join(root, path).printable
    self.init(
      .syntax,
      "\(file), line \(error.position.line), column \(error.position.column): "
        + "\(error.problem); expected \(error.expected)\(error.expected.hasSuffix(";") ? "" : ";") "
        + "correct it before the client runs again, which may drop for good what it cannot read"
        + (sensitive ? "" : "\n" + error.outline))
  }
}
