import Testing

@testable import Command

@Suite struct NamedChangesTests {
  @Test(arguments: [
    ([], nil), (["a"], "a"), (["a", "a"], "a"), (["a", "b"], nil), (["a", "b", "a", "a"], nil),
  ]) func oneIsNamedByItself(_ changes: [String], _ only: String?) {
    var named = NamedChanges()
    for change in changes { named.add(change) }
    #expect(named.only == only)
  }
}
