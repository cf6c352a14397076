import Adapters
import ConfigFormats
import ProfileRewriter
import Testing

/// `finish` for the rules of Claws Mail and Sylpheed.
@Suite struct FamilyFollowUpTests {
  private struct Switched {
    var lab: SylpheedFamilyTests.Lab
    var change: Change

    init(_ keys: String, in adapter: any ClientAdapter = ClawsMailAdapter()) throws {
      lab = SylpheedFamilyTests.Lab(keys, in: adapter)
      lab.view["matcherrc"] = "[filtering]\nenabled all move \"x\"\n"
      lab.view["filter.xml"] =
        #"<filter><rule name="a"><action-list><move/></action-list></rule></filter>"#
      let plan = try lab.plan()
      let accounts = plan.outcomes.map {
        SwitchedAccount(key: $0.account, from: Lab.imap(), to: Lab.imap(), note: $0.note)
      }
      let files = plan.files.map { file -> FilePatch in
        guard case .edit(_, let edits, _) = file.work else {
          return FilePatch(
            path: file.path, action: .mkdir, before: nil, after: nil, users: file.users)
        }
        return FilePatch(
          path: file.path, action: .edit, before: nil, after: nil,
          edits: edits.map {
            KeyedEdit(
              key: $0.key, before: $0.before, after: $0.after, spans: [], deciding: $0.deciding,
              users: $0.users)
          }, users: file.users)
      }
      change = Change(
        id: "1", run: "1", root: lab.view.absolutePath, home: nil, client: adapter.client,
        profile: nil, accounts: accounts, files: files, warnings: [], state: .applied, createdAt: 0)
      lab.view = try lab.view.applying(plan, of: adapter)
    }

    /// What the client keeps of the inbox: UIDs 1 to 3, validity 17.
    mutating func keepInbox(validity: String = "17") {
      lab.view["folderlist.xml"] =
        #"<folderlist><folder type="imap" account_id="1"><folderitem path="INBOX" mtime="\#(validity)"/></folder></folderlist>"#
      let name = lab.adapter.client == "sylpheed" ? ".sylpheed_mark" : ".claws_mark"
      let words: [UInt8] = [2, 1, 0, 2, 0, 3, 0]
      lab.view.put(
        .file(words.flatMap { [$0, 0, 0, 0] }), at: "imapcache/imap.lab.test/alice/INBOX/\(name)")
    }

    func followUp(proved: Set<MailboxQuestion> = []) throws -> FollowUpPlan {
      try lab.adapter.followUp(
        to: change, accounts: change.accounts, in: lab.context, proved: proved)
    }

    func finished() throws -> String {
      guard case .ask(let question, _, _)? = try followUp().states["1"] else {
        Issue.record("\(try followUp().states)")
        return ""
      }
      #expect(
        question.validity == 17 && question.known == [1, 2, 3] && question.mailbox == "INBOX")
      #expect(question.settings.host == "imap.lab.test")
      let plan = try followUp(proved: [question])
      #expect(plan.states == ["1": .due])
      return try #require(
        try lab.view.applying(ProfilePlan(outcomes: [], files: plan.files), of: lab.adapter)[
          "accountrc"])
    }
  }

  @Test(arguments: [
    ("config_version=4\nfilter_on_receive=1\n", "filter_on_receive=1\n"),
    // Absent, it is on.
    ("config_version=4\n", nil),
  ])
  func asTheServerSays(keys: String, wanted: String?) throws {
    var switched = try Switched(keys)
    switched.keepInbox()
    #expect(try switched.followUp().files.isEmpty, "nobody was asked")
    let text = try switched.finished()
    if let wanted { #expect(text.contains(wanted)) }
    #expect(!text.contains("filter_on_receive=0"))
  }

  /// Sylpheed has a key of its own for IMAP, which says nothing of a POP account.
  @Test(arguments: ["imap_filter_inbox_on_receive=0\n", "imap_filter_inbox_on_receive=1\n", ""])
  func sylpheed(keys: String) throws {
    var switched = try Switched(keys, in: SylpheedAdapter())
    switched.keepInbox()
    #expect(try switched.finished().contains("imap_filter_inbox_on_receive=1\n"))
  }

  @Test func notBeforeTheInboxIsKept() throws {
    var switched = try Switched("config_version=4\n")
    guard case .notYet? = try switched.followUp().states["1"] else {
      Issue.record("\(try switched.followUp().states)")
      return
    }
    // Sylpheed has 0 until the folder was opened.
    switched.keepInbox(validity: "0")
    guard case .notYet? = try switched.followUp().states["1"] else {
      Issue.record("\(try switched.followUp().states)")
      return
    }
  }

  @Test func whatTheUserSwitchedOnNeedsNothing() throws {
    var switched = try Switched("config_version=4\nfilter_on_receive=1\n")
    switched.keepInbox()
    let text = try #require(switched.lab.view["accountrc"])
    switched.lab.view["accountrc"] = text.replacing(
      "filter_on_receive=0", with: "filter_on_receive=1")
    #expect(try switched.followUp().states.isEmpty)
  }

  @Test func withoutRulesThereIsNothingToFinish() throws {
    var switched = try Switched("config_version=4\nfilter_on_receive=0\n")
    switched.keepInbox()
    #expect(try switched.followUp().states.isEmpty)
  }
}
