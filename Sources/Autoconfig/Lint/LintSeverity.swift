/// How much a finding matters.
public enum LintSeverity: String, Sendable, Hashable, CaseIterable {
  /// A client refuses the file or leaves the server out, or the entry cannot work as declared.
  case error
  /// It works, and is not advised.
  case warning
  /// Good to know.
  case note
}
