import Testing

@testable import Adapters
@testable import ProfileRewriter

/// Names that a client can hold.
@Suite struct RestoredFolderNameTests {
  /// As Thunderbird 153 cut off and hashed it: the folder of the fixtures.
  @Test func theHashIsTheClients() {
    #expect(String(FolderFileName.hash("2024: plan/x"), radix: 16) == "8d3b21ed")
  }

  @Test(arguments: [
    ("2023", "2023"), ("Projekte Ü", "Projekte Ü"), ("2024: plan/x", "2024_ plan_x"),
    (".hidden", "_hidden"), ("ends.", "ends_"), ("ends~", "ends_"), ("a;b#c", "a_b_c"),
    ("filterlog.html", "filterlog.html_"), ("x.sbd", "x.sbd_"), ("x.msf", "x.msf_"), ("", "_"),
    ("..", "__"), ("a\u{0}b", "a_b"),
  ])
  func thunderbird(_ name: String, _ file: String) {
    #expect(FolderFileName.spelled(name) == file)
    #expect(FolderFileName.spelled(file) == file, "the client would look for another file")
  }

  @Test func aLongNameIsCutOffAsTheClientDoes() {
    let long = FolderFileName.spelled(String(repeating: "x", count: 60))
    #expect(long.utf16.count == 55)
    #expect(long.hasPrefix(String(repeating: "x", count: 47)) && !long.hasSuffix("x"))
    let half = FolderFileName.spelled(String(repeating: "x", count: 46) + "😀" + long)
    #expect(half.utf16.count == 54)
  }

  @Test(arguments: [
    ("2023", "2023"), ("a.b_c", "a_2Eb_5Fc"), ("a/b", "a_5Fb"), ("Büro", "Büro"), ("", "_5F"),
  ])
  func evolution(_ name: String, _ directory: String) {
    #expect(EvolutionRestoredFolders.spelled(name) == directory)
    let shown = OnThisComputer.name(Array(directory.utf8)[...])
    #expect(shown == (name.isEmpty ? "_" : name.replacing("/", with: "_")))
  }

  @Test func foldersAboveAreMadeAndNamesAreOnes() {
    let tree = RestoredTree(named: "R", [["A", "B"], ["A"], ["a"], ["A"], ["C", "D", "E"]]).top
    #expect(tree.children.map(\.name) == ["A", "a", "A", "C"])
    #expect(tree.children.map(\.source) == [1, 2, 3, nil])
    #expect(tree.children[0].children.map(\.source) == [0])
    #expect(tree.children[3].children[0].children.map(\.source) == [4])
    var names = UniqueNames(taken: ["R"])
    #expect(["r", "A", "a"].map { names.next($0) { $0 } } == ["r 2", "A", "a 2"])
  }
}
