/// Changes as a command names them to people: one by its id; several by their run, so that no more need be
/// known than that they are several.
struct NamedChanges {
  /// nil where there are none, or several.
  private(set) var only: String?
  private var areSeveral = false

  mutating func add(_ change: String) {
    guard !areSeveral, only != change else { return }
    areSeveral = only != nil
    only = areSeveral ? nil : change
  }
}
