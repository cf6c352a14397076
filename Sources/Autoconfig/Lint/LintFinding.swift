import ConfigFormats

/// One thing that a rule has to say about a file.
public struct LintFinding: Sendable, Hashable {
  /// Another place that belongs to it, such as the first of two that are alike.
  public struct Place: Sendable, Hashable {
    public var file: String
    public var line: Int
    public var column: Int

    public init(file: String, line: Int, column: Int) {
      self.file = file
      self.line = line
      self.column = column
    }
  }

  public var rule: LintRule
  /// As it was named on the command line, or found below a directory named there.
  public var file: String
  /// From 1; nil for what is about the file as a whole.
  public var line: Int?
  /// From 1, in characters.
  public var column: Int?
  public var text: String
  /// What to write instead, where that is known for this very place.
  public var fix: String?
  /// The line, made printable, and a caret under the place.
  public var excerpt: String?
  public var related: [Place] = []

  public var severity: LintSeverity { rule.severity }
}

extension LintFinding.Place {
  init(_ file: String, _ text: XMLSourceText, _ offset: Int) {
    let position = text.position(at: offset)
    self.init(file: file, line: position.line, column: position.column)
  }
}

extension LintFinding {
  init(
    _ rule: LintRule, _ file: String, _ source: XMLSourceText, at offset: Int, _ text: String,
    fix: String? = nil, related: [Place] = []
  ) {
    let position = source.position(at: offset)
    self.init(
      rule: rule, file: file, line: position.line, column: position.column, text: text, fix: fix,
      excerpt: source.excerpt(at: offset), related: related)
  }
}
