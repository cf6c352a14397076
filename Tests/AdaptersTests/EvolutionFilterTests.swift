import Adapters
import ConfigFormats
import ProfileRewriter
import Testing

/// Rules for incoming mail: with them on, the first synchronisation would treat all old mail on the
/// server as new.
@Suite struct EvolutionFilterTests {
  private func lab(_ rules: String) -> EvolutionLab {
    var lab = EvolutionLab()
    lab.home["\(lab.profile)/mail/filters.xml"] = """
      <?xml version="1.0"?>
      <filteroptions>
        <ruleset>
          \(rules)
        </ruleset>
      </filteroptions>
      """
    return lab
  }

  private func filterInbox(_ lab: EvolutionLab) throws -> String? {
    let switched = try lab.switched()
    let isPaused = try lab.warnings().contains(.filtersPaused)
    let value = try switched.value("a", "Imapx Backend/FilterInbox")
    #expect(isPaused == (value == "false"))
    return value
  }

  /// An absent `enabled` is on, an absent `source` is incoming.
  @Test(arguments: [
    #"<rule enabled="true" grouping="all" source="incoming"/>"#, #"<rule source="incoming"/>"#,
    #"<rule enabled="true"/>"#, "<rule/>",
    #"<rule enabled="false" source="incoming"/><rule source="incoming"/>"#,
  ]) func on(_ rules: String) throws {
    #expect(try filterInbox(lab(rules)) == "false")
  }

  @Test(arguments: [
    "", #"<rule enabled="false" source="incoming"/>"#, #"<rule enabled="true" source="outgoing"/>"#,
    #"<rule enabled="true" source="demand"/>"#, #"<rule source="junktest"/>"#,
    "<!-- <rule/> -->", "<part><rule/></part>",
  ]) func off(_ rules: String) throws {
    #expect(try filterInbox(lab(rules)) == nil)
  }

  @Test func noFile() throws {
    #expect(try filterInbox(EvolutionLab()) == nil)
  }

  @Test func aFileOfAnotherKind() throws {
    var lab = EvolutionLab()
    lab.home["\(lab.profile)/mail/filters.xml"] = "<other><rule/></other>"
    #expect(try filterInbox(lab) == nil)
  }

  /// Evolution cannot read it either; nobody knows what it would do.
  @Test(arguments: ["", "<filteroptions>", "no xml", "<filteroptions><ruleset></filteroptions>"])
  func aBrokenFile(_ text: String) throws {
    var lab = EvolutionLab()
    lab.home["\(lab.profile)/mail/filters.xml"] = text
    #expect(try lab.refusal() == .syntax)
  }

  @Test(arguments: [(MemoryView.Entry.link, ReasonCode.symlink), (.locked, .io)])
  func aFileThatCannotBeRead(_ entry: MemoryView.Entry, _ reason: ReasonCode) throws {
    var lab = EvolutionLab()
    lab.home.put(entry, at: "\(lab.profile)/mail/filters.xml")
    #expect(try lab.refusal() == reason)
  }

  /// What was `true` before comes back with undo.
  @Test func aValueThatIsThere() throws {
    var lab = lab("<rule/>")
    lab["a"]? += "\n[Imapx Backend]\nFilterInbox=true\n"
    let edit = try #require(
      try lab.plan().edit("Imapx Backend/FilterInbox", in: "\(lab.profile)/sources/a.source"))
    #expect(edit.before == Array("true".utf8))
    #expect(edit.after == Array("false".utf8))
  }
}

/// Rules on again, once the first synchronisation is proved to be done.
@Suite struct EvolutionFollowUpTests {
  private static let rule = "<filteroptions><ruleset><rule/></ruleset></filteroptions>"

  /// A home whose rules were paused by `change`, with the cache that Evolution made since.
  private struct Switched {
    var lab: EvolutionLab
    var change: Change

    /// - Parameter cache: what the cache said before the switch.
    init(_ uids: [String] = ["a"], rules: String? = rule, cache: String? = nil) throws {
      var lab = EvolutionLab()
      for uid in uids where uid != "a" { lab.add(uid) }
      lab.home["\(lab.profile)/mail/filters.xml"] = rules
      if let cache { try lab.setCache("a", cache) }
      try self.init(uids, from: lab)
    }

    init(_ uids: [String] = ["a"], from lab: EvolutionLab) throws {
      self.lab = lab
      let plan = try lab.plan(uids)
      #expect(plan.outcomes.allSatisfy { $0.refusal == nil }, "\(plan.outcomes)")
      let accounts = plan.outcomes.map {
        SwitchedAccount(key: $0.account, from: Lab.imap(), to: Lab.imap(), note: $0.note)
      }
      change = Change(
        id: "1", run: "1", root: lab.home.absolutePath, home: lab.home.absolutePath,
        client: "evolution", profile: RelativePath(lab.profile), accounts: accounts,
        files: plan.files.map(Self.patch), warnings: [], state: .applied, createdAt: 0)
      self.lab.home = try lab.home.applying(plan, of: lab.adapter)
    }

    private static func patch(_ file: PlannedFile) -> FilePatch {
      guard case .edit(_, let edits, let branches) = file.work else {
        return FilePatch(
          path: file.path, action: .mkdir, before: nil, after: nil, users: file.users)
      }
      return FilePatch(
        path: file.path, action: .edit, commits: file.commits, before: nil, after: nil,
        edits: edits.map {
          KeyedEdit(
            key: $0.key, before: $0.before, after: $0.after, spans: [], deciding: $0.deciding,
            users: $0.users)
        }, branches: branches, users: file.users)
    }

    func followUp(proved: Set<MailboxQuestion> = []) throws -> FollowUpPlan {
      try lab.adapter.followUp(
        to: change, accounts: change.accounts, in: lab.context, proved: proved)
    }
  }

  @Test func dueOnceTheFirstSynchronisationIsDone() throws {
    var switched = try Switched()
    try switched.lab.setCache("a", "4 1700000000 13 0")
    let plan = try switched.followUp()
    #expect(plan.states == ["a": .due])
    #expect(plan.files.map(\.path.text) == ["\(switched.lab.profile)/sources/a.source"])
    #expect(plan.files.map(\.commits) == [true])
    let before = try #require(switched.lab["a"])
    let after = try switched.lab.home.applying(
      ProfilePlan(outcomes: [], files: plan.files), of: switched.lab.adapter)[
        "\(EvolutionLab.config)/sources/a.source"]
    #expect(after == before.replacing("FilterInbox=false", with: "FilterInbox=true"))
    guard case .edit(_, let edits, _)? = plan.files.first?.work else { return }
    #expect(edits.map(\.key) == ["Imapx Backend/FilterInbox"])
    #expect(edits.allSatisfy { $0.deciding })
  }

  /// UIDNEXT is 0 until a whole synchronisation has come to its end.
  @Test(arguments: [
    nil, "4 1700000000 0 0", "4 0 13 0", "4 0 0 0", "3 1700000000 13 0", "4 1700000000 13", "",
    "4 x 13 0", "4 1700000000 -1 0", "4 1700000000 13 0 0", "4  1700000000 13",
    " 4 1700000000 13 0",
  ]) func notYet(_ cache: String?) throws {
    var switched = try Switched()
    if let cache { try switched.lab.setCache("a", cache) }
    let plan = try switched.followUp()
    #expect(plan.files.isEmpty)
    switch plan.states["a"] {
    case .notYet(let text): #expect(text.contains("run finish again"))
    case .ask(_, let text, _): #expect(text.contains("run finish again, or finish --online"))
    default: Issue.record("\(plan.states)")
    }
  }

  @Test func notYetWhereTheCacheCannotBeRead() throws {
    var switched = try Switched()
    let folders = "\(switched.lab.cacheTree)/mail/a/folders.db"
    for entry in [MemoryView.Entry.link, .fifo, .file(Array("no database".utf8))] {
      switched.lab.home.put(entry, at: folders)
      let plan = try switched.followUp()
      #expect(plan.files.isEmpty)
      guard case .notYet? = plan.states["a"] else {
        Issue.record("\(plan.states)")
        return
      }
    }
  }

  /// An earlier IMAP time leaves a cache that says nothing of this one.
  @Test func aCacheAsBeforeTheSwitch() throws {
    var switched = try Switched(cache: "4 1700000000 13 5")
    #expect(switched.change.accounts.first?.note == "inbox 1700000000 13")
    guard case .ask? = try switched.followUp().states["a"] else {
      Issue.record("a cache from before the switch counts")
      return
    }
    // The modification sequence moves by itself, when somebody reads a message elsewhere.
    try switched.lab.setCache("a", "4 1700000000 13 9")
    #expect(try switched.followUp().states["a"] != .due)
    try switched.lab.setCache("a", "4 1700000000 14 9")
    #expect(try switched.followUp().states["a"] == .due)
    try switched.lab.setCache("a", "4 1700000001 13 9")
    #expect(try switched.followUp().states["a"] != .due)
    try switched.lab.setCache("a", "4 1700000001 2 9")
    #expect(try switched.followUp().states["a"] == .due, "the server began anew")
    try switched.lab.setCache("a", "4 1700000001 0 9")
    #expect(try switched.followUp().states["a"] != .due, "and has not come to its end")
  }

  /// A question names the account's own server as it is now, and every message with a row.
  @Test func whatAServerIsAsked() throws {
    var switched = try Switched(cache: "4 1700000000 13 5")
    let rows =
      "; UPDATE 'INBOX' SET uid = uid + 10; INSERT INTO 'INBOX' VALUES ('x-1'), (4294967296)"
    try switched.lab.setCache("a", "4 1700000000 13 5", savedCount: 4, more: rows)
    switched.lab["a"]?.set("Host", "imap2.example.net")
    guard case .ask(let question, _, let advice)? = try switched.followUp().states["a"] else {
      Issue.record("\(try switched.followUp().states)")
      return
    }
    #expect(question.settings.host == "imap2.example.net")
    #expect(question.mailbox == "INBOX" && question.validity == 1_700_000_000)
    #expect(question.known == [10, 11])
    #expect(advice.hasPrefix("filter rules stay off"))
    #expect(try switched.followUp().files.isEmpty)
  }

  /// A yes counts for what was asked, and for nothing that has changed since.
  @Test func whatAServerHasProved() throws {
    var switched = try Switched(cache: "4 1700000000 13 5")
    guard case .ask(let question, _, _)? = try switched.followUp().states["a"] else {
      Issue.record("\(try switched.followUp().states)")
      return
    }
    let plan = try switched.followUp(proved: [question])
    #expect(plan.states == ["a": .due])
    #expect(plan.files.map(\.commits) == [true])
    switched.lab["a"]?.set("Port", "9993")
    #expect(try switched.followUp(proved: [question]).files.isEmpty)
    try switched.lab.setCache("a", "4 1700000000 13 5", savedCount: 1, messages: 1)
    #expect(try switched.followUp(proved: [question]).files.isEmpty)
  }

  /// Where the cache alone is not believed for a setting of the account, a server may be.
  @Test func aSettingUnderWhichTheCacheProvesNothing() throws {
    var switched = try Switched()
    try switched.lab.setCache("a", "4 1700000000 13 0")
    switched.lab["a"]? += "FullUpdateOnMeteredNetwork=false\n"
    guard case .ask(let question, _, _)? = try switched.followUp().states["a"] else {
      Issue.record("\(try switched.followUp().states)")
      return
    }
    #expect(try switched.followUp(proved: [question]).states == ["a": .due])
  }

  /// An earlier synchronisation that did not come to its end proves as little as none.
  @Test func aCacheThatWasIncomplete() throws {
    var switched = try Switched(cache: "4 1700000000 0 0")
    try switched.lab.setCache("a", "4 1700000000 13 0")
    #expect(try switched.followUp().states["a"] == .due)
  }

  @Test func noNoteWhereNothingWaits() throws {
    let switched = try Switched(rules: nil, cache: "4 1700000000 13 5")
    #expect(switched.change.accounts.first?.note == nil)
    #expect(try switched.followUp().states.isEmpty)
  }

  /// Somebody has put the rules on, or the account back: nothing is left to do.
  @Test func nothingLeftToDo() throws {
    var switched = try Switched()
    try switched.lab.setCache("a", "4 1700000000 13 0")
    var on = switched
    on.lab["a"] = on.lab["a"]?.replacing("FilterInbox=false", with: "FilterInbox=true")
    #expect(try on.followUp().states.isEmpty)
    var back = switched
    back.lab["a"]?.set("BackendName", "pop")
    #expect(try back.followUp().states.isEmpty)
    var gone = switched
    gone.lab["a"] = nil
    #expect(try gone.followUp().states.isEmpty)
  }

  /// The user had switched rules off for the account before: they are not ours to switch on.
  @Test func rulesThatWereOffBefore() throws {
    var lab = EvolutionLab { $0 += "\n[Imapx Backend]\nFilterInbox=false\n" }
    lab.home["\(lab.profile)/mail/filters.xml"] = Self.rule
    let edit = try #require(
      try lab.plan().edit("Imapx Backend/FilterInbox", in: "\(lab.profile)/sources/a.source"))
    #expect(edit.before == edit.after)
  }

  @Test func oneOfTwo() throws {
    var switched = try Switched(["a", "b"])
    try switched.lab.setCache("b", "4 1 7 0")
    var plan = try switched.followUp()
    #expect(plan.states["b"] == .due)
    #expect(plan.states["a"] != .due && plan.states["a"] != nil)
    #expect(plan.files.map(\.path.text) == ["\(switched.lab.profile)/sources/b.source"])
    try switched.lab.setCache("a", "4 1 7 0")
    plan = try switched.followUp()
    #expect(plan.states == ["a": .due, "b": .due])
    #expect(plan.files.map(\.commits) == [false, true])
  }

  /// One that nobody could read at the switch may hold anything of an earlier time.
  @Test func aCacheThatCannotBeReadAtTheSwitch() throws {
    var lab = EvolutionLab()
    lab.home["\(lab.profile)/mail/filters.xml"] = Self.rule
    lab.home["\(lab.cacheTree)/mail/a/folders.db"] = "no database"
    var switched = try Switched(from: lab)
    #expect(switched.change.accounts.first?.note == "inbox unclear")
    try switched.lab.setCache("a", "4 1700000000 13 0")
    #expect(try switched.followUp().states["a"] != .due)
  }

  /// A note of a later version of this program.
  @Test func aNoteOfAnotherKind() throws {
    var switched = try Switched()
    try switched.lab.setCache("a", "4 1700000000 13 0")
    for note in ["other", "inbox 1 2 3 4", "inbox x 2"] {
      switched.change.accounts[0].note = note
      #expect(try switched.followUp().states["a"] != .due)
    }
  }

  /// Rows that are not all there, and a folder that is not the only one of its name.
  @Test func aCacheThatContradictsItself() throws {
    var switched = try Switched()
    for (saved, rows, more) in [
      (3, 2, ""), (2, 3, ""), (2, 2, ", ('inbox', '4 1 1 0', 2)"),
    ] {
      try switched.lab.setCache(
        "a", "4 1700000000 13 0", savedCount: saved, messages: rows, more: more)
      let state = try switched.followUp().states["a"]
      #expect(state != .due && state != nil, "\(saved) \(rows) \(more)")
    }
    try switched.lab.setCache("a", "4 1700000000 13 0", savedCount: 3, messages: 3)
    #expect(try switched.followUp().states["a"] == .due)
  }

  /// Settings under which a synchronisation passes over old messages and notes its end.
  @Test(arguments: [
    ("FullUpdateOnMeteredNetwork=false", false), ("FullUpdateOnMeteredNetwork=true", true),
    ("SingleClientMode=true", false), ("SingleClientMode=false", true), ("UseQresync=true", true),
  ]) func settingsThatProveNothing(_ line: String, _ isDue: Bool) throws {
    var switched = try Switched()
    try switched.lab.setCache("a", "4 1700000000 13 0")
    switched.lab["a"]? += "\(line)\n"
    #expect((try switched.followUp().states["a"] == .due) == isDue)
  }

  @Test func quickResynchronisationAfterAnEarlierTime() throws {
    var switched = try Switched(cache: "4 1700000000 13 5")
    switched.lab["a"]? += "UseQresync=true\n"
    try switched.lab.setCache("a", "4 1700000000 14 5")
    #expect(try switched.followUp().states["a"] != .due)
  }
}
