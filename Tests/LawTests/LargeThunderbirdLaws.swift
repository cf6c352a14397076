import Foundation
import Testing

@testable import ProfileRewriter

/// Plans of profiles with many accounts and large files: what all accounts ask of a file is found out once.
extension LargeProfileLaws {
  private struct Target: IMAPSettingsSource {
    var isOneServerForAll: Bool { false }
    var isOneUsernameForAll: Bool { false }

    func settings(for account: Account) throws(Refusal) -> ServerSettings {
      ServerSettings(
        host: "imap.lab.test", port: 993, security: .tls, auth: .passwordCleartext,
        username: account.settings.username)
    }
  }

  private static let accounts = Array(1...200)

  private func planned(
    _ home: Home, countingMail: Bool = false
  ) throws -> (profile: PlannedProfile?, problem: Refusal?) {
    let request = SwitchRequest(
      selection: home.selection, settings: Target(), countsMail: countingMail)
    var (profile, problem): (PlannedProfile?, Refusal?)
    try inTime(12) {
      try home.engine.plan(request) {
        if $0.name.client == "thunderbird" { profile = $0 }
      } problem: {
        if $0.client == "thunderbird" { problem = $1 }
      }
    }
    return (profile, problem)
  }

  /// The accounts of a plan in which nothing is refused.
  @discardableResult
  private func accounts(
    _ files: [String: String], of count: Int = accounts.count
  ) throws -> [PlannedAccount] {
    let planned = try planned(Home(files))
    #expect(planned.problem == nil)
    let accounts = try #require(planned.profile).accounts
    #expect(accounts.count == count && accounts.allSatisfy { $0.refusal == nil })
    return accounts
  }

  // MARK: Sending

  /// Every account with identities and outgoing servers of its own.
  private static func senders(_ accounts: Int, each: Int) -> [String: String] {
    var lines: [String] = []
    for account in 1...accounts {
      let own = (1...each).map { account * each + $0 }
      lines.append(
        pref(
          "mail.account.account\(account).identities",
          own.map { "id\($0)" }.joined(separator: ",")))
      for number in own {
        lines += [
          pref("mail.identity.id\(number).smtpServer", "smtp\(number)"),
          pref("mail.identity.id\(number).useremail", "a@lab.test"),
          pref("mail.smtpserver.smtp\(number).hostname", "smtp.lab.test"),
        ]
      }
    }
    let all = (1...accounts * each).map { "smtp\(each + $0)" }.joined(separator: ",")
    return thunderbird(Array(1...accounts), more: lines + [pref("mail.smtpservers", all)])
  }

  @Test(arguments: [(400, 1), (40, 20)])
  func manyOutgoingServersArePlannedInTime(_ accounts: Int, each: Int) throws {
    try self.accounts(Self.senders(accounts, each: each), of: accounts)
  }

  @Test func moreIdentitiesOrOutgoingServersThanAnybodyHasAreRefused() throws {
    let identities = (1...4_000).map { "id\($0)" }.joined(separator: ",")
    let servers = (1...4_000).map { "smtp\($0)" }.joined(separator: ",")
    let lines = [
      (pref("mail.account.account1.identities", identities), "4000 identities"),
      (pref("mail.smtpservers", servers), "4000 outgoing servers"),
    ]
    for (line, text) in lines {
      let rows = try Home(Self.thunderbird([1], more: [line])).scan("thunderbird").own
      #expect(rows.map(\.problem?.reason) == [.tooLarge])
      #expect(rows.first?.problem?.text.contains(text) == true)
    }
  }

  // MARK: Passwords

  private static func logins(_ own: Int, others: Int) -> [String: String] {
    let entries = (1...own + others).map { number in
      let origin = "mailbox://\(number > others ? "pop" : "h\(number)").lab.test"
      return #"{"id":\#(number),"hostname":"\#(origin)","httpRealm":"\#(origin)","#
        + #""encryptedUsername":"u\#(number)","encryptedPassword":"p","guid":"{g\#(number)}"}"#
    }
    var files = thunderbird([1])
    files[".thunderbird/p/logins.json"] =
      #"{"nextId":\#(own + others + 1),"logins":[\#(entries.joined(separator: ","))],"version":3}"#
    return files
  }

  /// Copied, and after the client has written the file anew taken away by key.
  @Test func manyLoginsAreCopiedAndTakenAwayInTime() throws {
    let home = try Home(Self.logins(500, others: 8_000))
    let request = SwitchRequest(selection: home.selection, settings: Target())
    var rows: [ResultRow] = []
    try inTime(12) { try home.engine.apply(request) { rows.append($0) } }
    #expect(rows.filter { $0.name.client == "thunderbird" }.map(\.status) == [.applied])
    let file = URL(fileURLWithPath: home.path + "/.thunderbird/p/logins.json")
    let switched = try String(contentsOf: file, encoding: .utf8)
    #expect(switched.components(separatedBy: "imap://imap.lab.test").count == 1 + 2 * 500)
    try Data((switched + "\n").utf8).write(to: file)
    inTime(12) { _ = home.engine.examine { _ in } }
    rows = []
    try inTime(12) { try home.engine.rollback(UndoRequest(which: .lastRun)) { rows.append($0) } }
    #expect(rows.map(\.status) == [.undone])
    #expect(try !String(contentsOf: file, encoding: .utf8).contains("imap://"))
  }

  @Test func moreLoginsThanAnybodyHasAreRefused() throws {
    let planned = try planned(Home(Self.logins(501, others: 0)))
    let refusals = [planned.problem] + (planned.profile?.accounts.map(\.refusal) ?? [])
    #expect(refusals.compactMap(\.?.reason) == [.tooLarge])
  }

  /// An array of anything is no list of logins.
  @Test func whatIsNoLoginIsPassedOver() throws {
    var files = Self.thunderbird(Self.accounts)
    let zeros = String(repeating: "0,", count: 200_000)
    files[".thunderbird/p/logins.json"] = #"{"nextId":1,"logins":[\#(zeros)0],"version":3}"#
    try accounts(files)
  }

  // MARK: One file for all accounts

  enum Shared: String, CaseIterable {
    case certificates, downloads, unifiedFolders, identities, deferrals, directories, keys

    func add(to files: inout [String: String]) {
      let profile = ".thunderbird/p/"
      func prefs(_ line: (Int) -> String) {
        let lines = (1...30_000).map { line($0) }.joined()
        files[profile + "prefs.js", default: ""] += lines
      }
      switch self {
      case .certificates:
        files[profile + "cert_override.txt"] = String(repeating: "a\n", count: 250_000)
      case .downloads:
        files[profile + "Mail/popstate.dat"] = String(repeating: "k a 1\n", count: 60_000)
      case .unifiedFolders:
        files[profile + "virtualFolders.dat"] =
          "version=1\nuri=mailbox://nobody@smart%20mailboxes/Inbox\nscope="
          + String(repeating: "a|", count: 150_000) + "\n"
      case .identities: prefs { pref("mail.identity.x\($0).a", "b") }
      case .deferrals: prefs { pref("mail.server.x\($0).deferred_to_account", "account\($0)x") }
      case .directories:
        prefs { pref("mail.server.x\($0).directory-rel", "[ProfD]ImapMail/imap.lab.test-\($0)") }
      case .keys:
        files[profile + "key4.db"] = String(repeating: "password", count: 60_000)
      }
    }
  }

  @Test(arguments: Shared.allCases) func aFileOfAllAccountsIsReadOnce(_ file: Shared) throws {
    var files = Self.thunderbird(Self.accounts)
    // All of them in one directory.
    for (name, text) in files {
      files[name] = text.replacing(/\[ProfD\]Mail\/[0-9]+/, with: "[ProfD]Mail")
    }
    file.add(to: &files)
    try accounts(files)
  }

  @Test func manyFiltersOfAllAccountsAreReadOnce() throws {
    var files = Self.thunderbird(Array(1...100))
    for (name, text) in files {
      files[name] = text.replacing(/\[ProfD\]Mail\/[0-9]+/, with: "[ProfD]Mail")
    }
    files[".thunderbird/p/Mail/msgFilterRules.dat"] =
      "version=\"9\"\nlogging=\"no\"\n"
      + (1...15_000).map {
        """
        name="rule \($0)"
        enabled="yes"
        type="17"
        action="Move to folder"
        actionValue="mailbox://a@b/c"
        condition="ALL"

        """
      }.joined()
    let accounts = try accounts(files, of: 100)
    let rules = try #require(accounts.last?.risk?.settings.rules)
    #expect(rules.incoming == 15_000)
    #expect(rules.moving.count == 101)
    #expect(rules.moving.suffix(2) == ["rule 100", "and 14900 more"])
  }

  @Test func manyURIsAreLookedThroughInTime() throws {
    var files = Self.thunderbird(
      Self.accounts,
      more: Self.accounts.dropLast().map {
        pref("mail.server.server\($0).deferred_to_account", "account200")
      })
    files[".thunderbird/p/xulstore.json"] = String(repeating: "mailbox://x", count: 40_000)
    try accounts(files)
  }

  // MARK: Finding profiles and folders

  private static let windows = "AppData/Roaming/Thunderbird/"

  @Test func absentProfilesOfAnotherSystemAreLookedForInTime() throws {
    var files = [Self.windows + "profiles.ini": Self.profiles(500)]
    for number in 1...15_000 { files[Self.windows + "Profiles/z\(number)"] = "" }
    let rows = try Home(files).scan("thunderbird").own
    #expect(rows.map(\.problem?.reason) == Array(repeating: .notFound, count: 500))
  }

  @Test(arguments: [LargeProfileLaws.windows, ".thunderbird/"])
  func moreProfilesThanAnybodyHasAreRefused(_ place: String) throws {
    let rows = try Home([place + "profiles.ini": Self.profiles(501)]).scan("thunderbird").own
    #expect(rows.map(\.problem?.reason) == [.tooLarge])
    #expect(rows.first?.problem?.text.contains("501 profiles") == true)
  }

  private static func profiles(_ count: Int) -> String {
    (1...count).map { "[Profile\($0)]\nIsRelative=1\nPath=Profiles/q\($0)\n" }.joined()
  }

  @Test func placesOfAProfileAreFoundOutOnce() throws {
    var files: [String: String] = [:]
    let absolute = (10_000...20_000).flatMap { number in
      [
        "user_pref(\"mail.server.x\(number).directory\", \"C:\\\\r\(number)\\\\m\");\n",
        pref("mail.server.x\(number).directory-rel", "[ProfD]m"),
      ]
    }
    for (name, text) in Self.thunderbird(Self.accounts, more: absolute) {
      let place = name.replacing(".thunderbird/", with: Self.windows)
      files[place] = text.replacing(/directory-rel", "\[ProfD\]Mail\/([0-9]+)/) {
        "directory\", \"C:\\\\x\\\\m\\\\\($0.1)"
      }
    }
    let rows = try Home(files).scan("thunderbird").own
    #expect(rows.count == Self.accounts.count)
  }

  @Test func aDirectoryOfManyFoldersIsListedInTime() throws {
    var files = Self.thunderbird([1])
    for number in 10_000..<40_000 { files[".thunderbird/p/Mail/1/f\(number)"] = "" }
    let planned = try planned(Home(files), countingMail: true)
    #expect(planned.profile?.accounts.map(\.refusal) == [nil])
  }
}

private func pref(_ key: String, _ value: String) -> String {
  "user_pref(\"\(key)\", \"\(value)\");\n"
}
