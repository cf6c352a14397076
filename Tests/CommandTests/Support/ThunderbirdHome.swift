import Foundation

/// A home with one Thunderbird profile, as the client lays it out, in a directory that goes with
/// this object. Its saved passwords are marked, so that a leak of one is found anywhere.
final class ThunderbirdHome {
  struct Account {
    var key: Int
    var user = "alice@example.net"
    var host = "pop.example.net"
    /// As spelled inside the quotes of prefs.js.
    var name = "Account"
    var kind = "pop3"
    var leaveOnServer = true
  }

  static let passwordMark = "MDoEEPgSECRETPASSWORD"
  static let usernameMark = "MDoEEPgSECRETUSERNAME"
  static let keyMark = "secret-of-another-setting"

  let scratch: URL
  let home: URL
  let state: URL
  let profileName: String

  init(
    accounts: [Account] = [Account(key: 1)], homeName: String = "home",
    profileName: String = "abcd1234.default-default", extraPrefs: [String] = []
  ) throws {
    scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("profile-rewriter-tests-\(UUID().uuidString)")
    home = scratch.appendingPathComponent(homeName)
    state = scratch.appendingPathComponent("state")
    self.profileName = profileName
    try FileManager.default.createDirectory(at: profile, withIntermediateDirectories: true)
    try write(".thunderbird/profiles.ini", Self.profilesIni(profileName))
    try write(profilePath("prefs.js"), Self.prefs(accounts, profile: profile.path, extraPrefs))
    try write(profilePath("logins.json"), Self.logins(accounts))
    try write(profilePath("key4.db"), "not read by anybody here\n")
    for account in accounts where account.kind == "pop3" { try writeMail(account) }
    chmod(profilePath("prefs.js"), 0o600)
  }

  deinit { try? FileManager.default.removeItem(at: scratch) }

  var profile: URL { home.appendingPathComponent(".thunderbird/\(profileName)") }
  var prefs: URL { profile.appendingPathComponent("prefs.js") }
  var arguments: [String] { [home.path, "--state", state.path] }

  func profilePath(_ name: String) -> String { ".thunderbird/\(profileName)/\(name)" }

  func write(_ path: String, _ text: String) throws {
    let file = home.appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  func chmod(_ path: String, _ mode: Int) {
    try? FileManager.default.setAttributes(
      [.posixPermissions: mode], ofItemAtPath: home.appendingPathComponent(path).path)
  }

  func readPrefs() throws -> String { try String(contentsOf: prefs, encoding: .utf8) }

  func replaceInPrefs(_ old: String, _ new: String) throws {
    var bytes = try Data(contentsOf: prefs)
    var start = bytes.startIndex
    while let place = bytes.range(of: Data(old.utf8), in: start..<bytes.endIndex) {
      bytes.replaceSubrange(place, with: Data(new.utf8))
      start = place.lowerBound + new.utf8.count
    }
    try bytes.write(to: prefs)
  }

  /// Every file of the home but the client's lock file, by path.
  func contents() throws -> [String: Data] {
    var result: [String: Data] = [:]
    let names = FileManager.default.enumerator(atPath: home.path)
    while let name = names?.nextObject() as? String {
      var isDirectory: ObjCBool = false
      let file = home.appendingPathComponent(name)
      guard FileManager.default.fileExists(atPath: file.path, isDirectory: &isDirectory),
        !name.hasSuffix(".parentlock")
      else { continue }
      result[name] = isDirectory.boolValue ? Data("directory".utf8) : try Data(contentsOf: file)
    }
    return result
  }

  private func writeMail(_ account: Account) throws {
    let directory = profilePath("Mail/\(account.host)-\(account.key)/")
    try write(directory + "Inbox", "From - Mon Nov 23 10:00:00 2026\nSubject: one\n\nbody\n")
    try write(directory + "Sent", "")
    try write(directory + "popstate.dat", "# POP3 State File\n*\(account.host) \(account.user)\n")
    try write(
      directory + "msgFilterRules.dat",
      """
      version="9"
      logging="no"
      name="lists"
      enabled="yes"
      type="17"
      action="Mark read"
      condition="AND (subject,contains,list)"

      """)
  }

  private static func profilesIni(_ name: String) -> String {
    """
    [Install4F96D1932A9F858E]
    Default=\(name)
    Locked=1

    [Profile0]
    Name=default-default
    IsRelative=1
    Path=\(name)

    [General]
    StartWithLastProfile=1
    Version=2

    """
  }

  private static func prefs(_ accounts: [Account], profile: String, _ extra: [String]) -> String {
    var lines = [
      #"user_pref("mail.accountmanager.accounts", "\#(accounts.map { "account\($0.key)" }.joined(separator: ",")),account9");"#,
      #"user_pref("mail.accountmanager.localfoldersserver", "server9");"#,
      #"user_pref("mail.account.account9.server", "server9");"#,
      #"user_pref("mail.account.lastKey", 9);"#,
      #"user_pref("mail.server.server9.type", "none");"#,
      #"user_pref("mail.server.server9.hostname", "Local Folders");"#,
      #"user_pref("mail.server.server9.userName", "nobody");"#,
      #"user_pref("mail.server.server9.directory", "\#(profile)/Mail/Local Folders");"#,
      #"user_pref("mail.server.server9.directory-rel", "[ProfD]Mail/Local Folders");"#,
      #"user_pref("network.proxy.password", "\#(keyMark)");"#,
    ]
    for account in accounts { lines += prefs(account, profile: profile) }
    let sorted = (lines + extra).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return "// Mozilla User Preferences\n\n" + sorted.joined(separator: "\n") + "\n"
  }

  private static func prefs(_ account: Account, profile: String) -> [String] {
    let key = account.key
    let server = "mail.server.server\(key)"
    let user = account.user.replacingOccurrences(of: "@", with: "%40")
    let pop = account.kind == "pop3"
    let directory = "\(pop ? "Mail" : "ImapMail")/\(account.host)-\(key)"
    let uri = "\(pop ? "mailbox" : "imap")://\(user)@\(account.host)"
    var lines = [
      #"user_pref("mail.account.account\#(key).identities", "id\#(key)");"#,
      #"user_pref("mail.account.account\#(key).server", "server\#(key)");"#,
      #"user_pref("mail.identity.id\#(key).draft_folder", "\#(uri)/Drafts");"#,
      #"user_pref("mail.identity.id\#(key).fcc_folder", "\#(uri)/Sent");"#,
      #"user_pref("mail.identity.id\#(key).fullName", "Alice");"#,
      #"user_pref("mail.identity.id\#(key).useremail", "\#(account.user)");"#,
      #"user_pref("\#(server).directory", "\#(profile)/\#(directory)");"#,
      #"user_pref("\#(server).directory-rel", "[ProfD]\#(directory)");"#,
      #"user_pref("\#(server).hostname", "\#(account.host)");"#,
      #"user_pref("\#(server).name", "\#(account.name) \#(key)");"#,
      #"user_pref("\#(server).port", \#(pop ? 995 : 993));"#,
      #"user_pref("\#(server).socketType", 3);"#,
      #"user_pref("\#(server).storeContractID", "@mozilla.org/msgstore/berkeleystore;1");"#,
      #"user_pref("\#(server).type", "\#(account.kind)");"#,
      #"user_pref("\#(server).userName", "\#(account.user)");"#,
    ]
    if pop, account.leaveOnServer {
      lines.append(#"user_pref("\#(server).leave_on_server", true);"#)
    }
    return lines
  }

  private static func logins(_ accounts: [Account]) -> String {
    let entries = accounts.enumerated().map { index, account in
      let origin = "\(account.kind == "pop3" ? "mailbox" : "imap")://\(account.host)"
      return #"{"id":\#(index + 1),"hostname":"\#(origin)","httpRealm":"\#(origin)","#
        + #""formSubmitURL":null,"usernameField":"","passwordField":"","#
        + #""encryptedUsername":"\#(usernameMark)\#(account.key)","#
        + #""encryptedPassword":"\#(passwordMark)\#(account.key)","#
        + #""guid":"{7f0c5a6e-0000-4000-8000-00000000000\#(index)}","encType":1,"#
        + #""timeCreated":1764000000000,"timeLastUsed":1764000000000,"#
        + #""timePasswordChanged":1764000000000,"timesUsed":1}"#
    }
    return #"{"nextId":\#(accounts.count + 1),"logins":[\#(entries.joined(separator: ","))],"#
      + #""potentiallyVulnerablePasswords":[],"dismissedBreachAlertsByLoginGUID":{},"version":3}"#
  }
}
