import Foundation
import GRDB
import Glibc
import Testing

@testable import ProfileRewriter

@Suite struct JournalRecordTests {
  let fixture: JournalFixture
  var journal: Journal { fixture.journal }

  init() throws { fixture = try JournalFixture() }

  @Test func everythingComesBackAsItWas() throws {
    let run = journal.beginRun(command: "apply")
    let change = Sample.full(journal.newChangeID(), run: run)
    try journal.prepare([change])
    #expect(try journal.changes() == [change])
    #expect(try fixture.again().change(change.id) == change)
    #expect(try journal.problems() == [])
  }

  /// SQLite does not ask the tables' checks for each row, so what is written is held against them here: a
  /// name that is new must be in its table's list.
  @Test func whatIsWrittenPassesTheTablesChecks() throws {
    var change = Sample.full("aaaa", run: "r")
    change.files += FilePatch.Action.allCases.map { action in
      FilePatch(
        path: RelativePath(action.rawValue)!, action: action, before: nil, after: nil, users: [])
    }
    let rules: [UndoRule] = [.value, .elements([]), .counter, .record]
    let written: [ClientRewrite.Values] = [.any, .absent, .beginning([1])]
    change.files[3].edits += rules.flatMap { rule in
      written.map { values in
        KeyedEdit(
          key: "k", before: nil, after: nil, spans: [], rule: rule,
          clientRewrites: ClientRewrite("seen", values), users: [])
      }
    }
    change.files[3].branches += [CreatedBranch.Kind.keys, .elements].map {
      CreatedBranch($0, prefix: "p", users: [])
    }
    try journal.prepare([change])
    for state in Change.State.allCases {
      try journal.write { db in
        try db.execute(sql: "UPDATE change SET state = ?", arguments: [state.rawValue])
      }
      #expect(try journal.problems() == [])
    }
    // And it is seen where one is not.
    for damage in [
      "UPDATE change SET state = 'odd'", "UPDATE edit SET rule = 'odd'",
      "UPDATE edit SET client_writes = 'odd'", "UPDATE file SET action = 'odd'",
      "UPDATE branch SET kind = 'odd'",
    ] {
      let other = try JournalFixture()
      try other.journal.prepare([change])
      try other.journal.write { db in try db.execute(sql: damage) }
      #expect(try other.journal.problems() != [], "\(damage)")
      // Looking does not make it stricter for what is written next.
      try other.journal.write { db in try db.execute(sql: damage) }
    }
  }

  @Test func runsAreRecordedWithTheirFirstChange() throws {
    let run = journal.beginRun(command: "apply --all-users")
    #expect(run.hasPrefix("20261124T015912-") && run.count == 20)
    #expect(try journal.runs() == [])
    #expect(try journal.lastRun() == nil)
    #expect(try journal.changesOfLastRun() == [])
    try journal.prepare([Sample.change("aaaa", run: run)])
    try journal.prepare([Sample.change("bbbb", run: run)])
    try journal.markApplied(["bbbb"])
    let summary = try #require(try journal.runs().first)
    #expect(summary.command == "apply --all-users" && summary.startedAt == 1_795_485_552)
    #expect(summary.changes == [.prepared: 1, .applied: 1])
    #expect(try journal.changesOfLastRun().map(\.id) == ["bbbb", "aaaa"])
  }

  @Test func aBatchIsAllOrNothing() throws {
    try journal.prepare([Sample.change("aaaa")])
    #expect(
      reason { try journal.prepare([Sample.change("bbbb"), Sample.change("aaaa")]) } == .journal)
    #expect(try journal.changes().map(\.id) == ["aaaa"])
    #expect(reason { try journal.markApplied(["aaaa", "none"]) } == .notFound)
    #expect(try journal.change("aaaa").state == .prepared)
  }

  @Test func aTextThatCannotBeKeptIsRefused() throws {
    for mutate: (inout Change) -> Void in [
      { $0.files[0].edits[0].key = "a\0b" }, { $0.accounts[0].from.username = "a\0" },
      { $0.files[0].users = ["\0"] }, { $0.accounts[0].key = "\0" }, { $0.client = "t\0b" },
    ] {
      var change = Sample.change("aaaa")
      mutate(&change)
      #expect(reason { try journal.prepare([change]) } == .unsupported)
    }
    #expect(try journal.changes() == [])
  }

  @Test func changeIdentifiers() throws {
    let ids = Set((0..<1000).map { _ in journal.newChangeID() })
    #expect(ids.count == 1000)
    for id in ids {
      #expect(id.count == 10 && id.allSatisfy { !"ilou".contains($0) && $0.isASCII })
    }
  }

  // MARK: - States

  @Test func onlyTheSpecifiedStepsArePossible() throws {
    typealias Step = (
      name: String, from: Set<Change.State>, to: Change.State, (String) throws -> Void
    )
    let journal = journal
    func intent(_ id: String) -> UndoIntent { UndoIntent(change: id, accounts: [], files: []) }
    let steps: [Step] = [
      (
        "markApplied", [.prepared, .undoing, .conflict], .applied, { try journal.markApplied([$0]) }
      ),
      ("abandon", [.prepared, .conflict], .undone, { try journal.abandon($0) }),
      (
        "recordUndoIntent", [.applied, .undoing, .conflict], .undoing,
        { try journal.recordUndoIntent(intent($0)) }
      ),
      (
        "markUndone", [.undoing, .conflict], .undone,
        { try journal.markUndone($0, accounts: [], fully: true) }
      ),
      (
        "markUndone", [.undoing, .conflict], .applied, { try journal.markUndone($0, accounts: []) }
      ),
      (
        "markConflict", [.prepared, .applied, .undoing, .conflict], .conflict,
        { try journal.markConflict($0) }
      ),
    ]
    let ways: [Change.State: (String) throws -> Void] = [
      .prepared: { _ in }, .applied: { try journal.markApplied([$0]) },
      .undoing: {
        try journal.markApplied([$0])
        try journal.recordUndoIntent(intent($0))
      },
      .undone: { try journal.abandon($0) }, .conflict: { try journal.markConflict($0) },
    ]
    for (state, way) in ways {
      for (name, from, to, step) in steps {
        let id = journal.newChangeID()
        try journal.prepare([Sample.change(id)])
        try way(id)
        let refused = reason { try step(id) }
        #expect(refused == (from.contains(state) ? nil : .journal), "\(name) from \(state)")
        #expect(try journal.change(id).state == (from.contains(state) ? to : state), "\(name)")
      }
    }
    #expect(reason { try journal.markConflict("none") } == .notFound)
  }

  @Test func anUndoIsIntendedThenDone() throws {
    try journal.prepare([Sample.change("aaaa", accounts: ["one", "two"])])
    try journal.markApplied(["aaaa"])
    #expect(try journal.unsettled() == [])
    var intent = UndoIntent(
      change: "aaaa", accounts: ["one"],
      files: [
        .init(path: "tb/p/prefs.js", before: sha("1"), after: sha("2")),
        .init(path: "tb/p/new", before: sha("3"), after: nil),
        .init(path: "tb/p/dir", before: nil, after: nil),
      ], extraValues: [KeyValue(key: "k", value: [1]), KeyValue(key: "l", value: nil)])
    try journal.recordUndoIntent(intent)
    #expect(try fixture.again().undoIntent(of: "aaaa") == intent)
    #expect(try journal.unsettled().map(\.id) == ["aaaa"])
    #expect(
      try journal.unsettled(
        root: Array("/home/dora/tb".utf8), client: "thunderbird", profile: "p"
      ).count == 1)
    #expect(
      try journal.unsettled(root: Array("/home/dora".utf8), client: "thunderbird", profile: "p")
        == [])
    // Recovery may intend anew.
    intent.files.removeLast()
    intent.extraValues = []
    try journal.recordUndoIntent(intent)
    #expect(try journal.undoIntent(of: "aaaa") == intent)
    try journal.markUndone("aaaa", accounts: ["one"])
    var change = try journal.change("aaaa")
    #expect(change.state == .applied && change.undoneAccounts == ["one"])
    #expect(try journal.undoIntent(of: "aaaa") == nil)
    intent.accounts = ["two"]
    try journal.recordUndoIntent(intent)
    try journal.markUndone("aaaa", accounts: ["two"])
    change = try journal.change("aaaa")
    #expect(change.state == .undone && change.undoneAccounts == ["one", "two"])
    #expect(try journal.problems() == [])
  }

  @Test func anAbandonedChangeIsUndoneAndNoLastRun() throws {
    try journal.prepare([Sample.change("aaaa", run: "r1")])
    try journal.prepare([Sample.change("bbbb", run: "r2")])
    try journal.abandon("bbbb")
    #expect(try journal.lastRun() == "r1")
    #expect(try journal.change("bbbb").undoneAccounts == ["server1"])
  }

  // MARK: - Queries

  @Test func aPrefixNamesOneChange() throws {
    for id in ["abcdefghjk", "abcdzzzzzz", "xyz"] { try journal.prepare([Sample.change(id)]) }
    #expect(try journal.change("abcde").id == "abcdefghjk")
    #expect(try journal.change("xyz").id == "xyz")
    #expect(reason { _ = try journal.change("abcd") } == .notFound)
    #expect(refusal { _ = try journal.change("abcd") }?.text.contains("abcdzzzzzz") == true)
    #expect(reason { _ = try journal.change("none") } == .notFound)
    #expect(reason { _ = try journal.change("") } == .notFound)
    #expect(reason { _ = try journal.change("%") } == .notFound)
    // An id that begins another one is still its own.
    try journal.prepare([Sample.change("xyzz")])
    #expect(try journal.change("xyz").id == "xyz")
  }

  @Test func filters() throws {
    let changes = [
      Sample.change("a", run: "r1", root: "/home/dora"),
      Sample.change("b", run: "r1", root: "/home/dora2"),
      Sample.change("c", run: "r2", root: "/home/dora/tb/p", profile: nil),
      Sample.change("d", run: "r2", root: "/data/x", profile: nil),
    ]
    try journal.prepare(changes)
    try journal.markApplied(["a", "d"])
    func ids(_ filter: ChangeFilter) throws -> String {
      try journal.changes(filter).map(\.id).joined()
    }
    #expect(try ids(ChangeFilter()) == "dcba")
    #expect(try ids(ChangeFilter(run: "r1")) == "ba")
    #expect(try ids(ChangeFilter(under: Array("/home/dora".utf8))) == "ca")
    #expect(try ids(ChangeFilter(under: Array("/home/dora/".utf8))) == "ca")
    #expect(try ids(ChangeFilter(under: Array("/home/dora/tb/p".utf8))) == "ca")
    #expect(try ids(ChangeFilter(under: Array("/home/dora/tb/q".utf8))) == "")
    #expect(try ids(ChangeFilter(under: Array("/home".utf8))) == "cba")
    #expect(try ids(ChangeFilter(under: Array("/".utf8))) == "dcba")
    #expect(try ids(ChangeFilter(place: Array("/home/dora/tb/p".utf8))) == "ca")
    #expect(try ids(ChangeFilter(states: [.prepared])) == "cb")
    #expect(try ids(ChangeFilter(states: [])) == "")
    #expect(try ids(ChangeFilter(states: [.applied, .prepared], limit: 3)) == "dcb")
    #expect(try ids(ChangeFilter(client: "evolution")) == "")
    // Names that sort between a home and what lies in it.
    for name in ["dora-old", "dora.bak", "dora "] {
      try journal.prepare([Sample.change(name, run: "r3", root: "/home/" + name)])
    }
    #expect(try ids(ChangeFilter(under: Array("/home/dora".utf8))) == "ca")
    #expect(try ids(ChangeFilter(run: "r2", under: Array("/data".utf8))) == "d")
  }

  @Test func aHomeElsewhereIsFoundByItsName() throws {
    var change = Sample.change("a", root: "/data/x", profile: nil)
    change.home = Array("/home/dora".utf8)
    try journal.prepare([change])
    #expect(try journal.changes(ChangeFilter(under: Array("/home/dora".utf8))).count == 1)
    #expect(try journal.changes(ChangeFilter(under: Array("/home".utf8))).count == 1)
    #expect(try journal.changes(ChangeFilter(under: Array("/home/dor".utf8))).count == 0)
  }

  @Test func usersOfASharedRecord() throws {
    let key = "logins/imap.example.org/dora"
    try journal.prepare([
      Sample.change("a", accounts: ["one", "two"], key: key, rule: .record),
      Sample.change(
        "b", root: "/home/dora/tb/p", profile: nil, accounts: ["three"], key: key,
        rule: .record),
      Sample.change("c", root: "/home/emil", key: key, rule: .record),
      Sample.change("d", key: "other", rule: .record), Sample.change("e", key: key),
    ])
    let file = Array("/home/dora/tb/p/prefs.js".utf8)
    func uses(_ id: String) throws -> [KeyUse] {
      try journal.usersOfKey(client: "thunderbird", file: file, key: key, excluding: id)
    }
    #expect(try uses("a") == [KeyUse(change: "b", users: ["three"])])
    #expect(try uses("b") == [KeyUse(change: "a", users: ["one", "two"])])
    try journal.markApplied(["a"])
    try journal.recordUndoIntent(UndoIntent(change: "a", accounts: ["one"], files: []))
    try journal.markUndone("a", accounts: ["one"])
    #expect(try uses("b") == [KeyUse(change: "a", users: ["two"])])
    try journal.recordUndoIntent(UndoIntent(change: "a", accounts: ["two"], files: []))
    try journal.markUndone("a", accounts: ["two"])
    #expect(try uses("b") == [])
  }

  @Test func newerChangesOnTheSameKeys() throws {
    try journal.prepare([
      Sample.change("a"), Sample.change("b", key: "other"),
      Sample.change("c", root: "/home/dora/tb/p", profile: nil),
      Sample.change("d", root: "/home/x"),
    ])
    let file = Array("/home/dora/tb/p/prefs.js".utf8)
    let overlap = KeyOverlap(
      change: "c", file: file, key: "mail.server.server1.type", rule: "value")
    #expect(try journal.newerChanges(onKeysOf: "a") == [overlap])
    #expect(try journal.newerChanges(onKeysOf: "c") == [])
    try journal.abandon("c")
    #expect(try journal.newerChanges(onKeysOf: "a") == [])
  }
}
