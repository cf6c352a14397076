import ConfigFormats

extension Refusal {
  /// A file that breaks its format's grammar, with the place shown.
  /// - Parameter sensitive: the line itself stays unsaid.
  public init(
    syntax error: SyntaxError, in path: RelativePath, root: [UInt8], sensitive: Bool = false
  ) {
    let file = JournalPlace.join(root, path).printable
    self.init(
      .syntax,
      "\(file), line \(error.position.line), column \(error.position.column): "
        + "\(error.problem); expected \(error.expected); correct it before the client runs "
        + "again, which may drop for good what it cannot read"
        + (sensitive ? "" : "\n" + error.excerpt))
  }
}
