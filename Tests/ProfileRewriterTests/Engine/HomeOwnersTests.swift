import Testing

@testable import ProfileRewriter

@Suite struct HomeOwnersTests {
  @Test func aHomeMayHaveSeveralAndNobodySaysOfOthers() {
    let homes = ["/home/b", "/home/a", "/home/b", "/home"].map { Array($0.utf8) }
    let owners = HomeOwners(ByteStrings(homes), [2, 1, 3, 0])
    #expect(owners[homes[0]] == [2, 3])
    #expect(owners[homes[1]] == [1])
    #expect(owners[homes[3]] == [0])
    #expect(owners[Array("/home/c".utf8)] == nil)
    #expect(owners[Array("/home/".utf8)] == nil)
    #expect(HomeOwners()[homes[0]] == nil)
  }

  @Test func writtenAsADictionary() {
    let home = Array("/home/a".utf8)
    let owners: HomeOwners = [home: [7, 8], Array("/home/b".utf8): [9]]
    #expect(owners[home] == [7, 8])
    #expect(owners[Array("/home/b".utf8)] == [9])
  }
}
