import ConfigFormats
import ProfileRewriter

/// Profiles as Thunderbird 153 writes them (facts section 1), without mail that nobody reads here.
struct ProfileBuilder {
  static let path = "/home/lab/.thunderbird/abcd.default-esr"

  var prefs: [String: PrefValue] = [:]
  var view = MemoryView(at: ProfileBuilder.path)
  private var accounts: [String] = []
  private var logins: [(origin: String, number: Int)] = []

  /// Local Folders come with every profile.
  init() { addLocalFolders() }

  private mutating func addLocalFolders() {
    set(
      "mail.server.server1.",
      [
        "type": .string("none"), "hostname": .string("Local Folders"),
        "userName": .string("nobody"),
        "name": .string("Local Folders"),
        "directory": .string("\(Self.path)/Mail/Local Folders"),
        "directory-rel": .string("[ProfD]Mail/Local Folders"),
        "storeContractID": .string("@mozilla.org/msgstore/berkeleystore;1"),
      ])
    prefs["mail.account.account1.server"] = .string("server1")
    prefs["mail.accountmanager.localfoldersserver"] = .string("server1")
    view["Mail/Local Folders/Trash"] = ""
    accounts = ["account1"]
  }

  mutating func set(_ prefix: String, _ values: [String: PrefValue]) {
    for (key, value) in values { prefs[prefix + key] = value }
  }

  /// A POP account `account<N>` on `server<N>` with identity `id<N>`, a saved password, two filters
  /// and mail in `Mail/<directory>`.
  mutating func addPOP(
    _ number: Int = 2, user: String = "alice@lab.test", host: String = "pop.lab.test",
    directory: String? = nil, leaveOnServer: Bool = true, filters: Bool = true,
    login: Bool = true, more: [String: PrefValue] = [:]
  ) {
    let directory = directory ?? host
    let uri = "mailbox://\(Self.escaped(user))@\(host)"
    set(
      "mail.server.server\(number).",
      [
        "type": .string("pop3"), "hostname": .string(host), "userName": .string(user),
        "name": .string("Lab \(number)"), "port": .int(995), "socketType": .int(3),
        "directory": .string("\(Self.path)/Mail/\(directory)"),
        "directory-rel": .string("[ProfD]Mail/\(directory)"),
        "storeContractID": .string("@mozilla.org/msgstore/berkeleystore;1"),
        "check_new_mail": .bool(true), "login_at_startup": .bool(true),
        "num_days_to_leave_on_server": .int(14),
        "spamActionTargetAccount": .string(uri), "spamActionTargetFolder": .string("\(uri)/Junk"),
      ])
    if leaveOnServer { prefs["mail.server.server\(number).leave_on_server"] = .bool(true) }
    set("mail.server.server\(number).", more)
    set(
      "mail.account.account\(number).",
      [
        "server": .string("server\(number)"), "identities": .string("id\(number)"),
      ])
    set(
      "mail.identity.id\(number).",
      [
        "useremail": .string(user), "fcc_folder": .string("\(uri)/Sent"),
        "fcc_folder_picker_mode": .string("0"), "draft_folder": .string("\(uri)/Drafts"),
        "drafts_folder_picker_mode": .string("0"), "stationery_folder": .string("\(uri)/Templates"),
        "archive_folder": .string("\(uri)/Archives"),
      ])
    accounts.insert("account\(number)", at: accounts.count - 1)
    view["Mail/\(directory)/Inbox"] = "From - \nSubject: x\n\nx\n"
    view["Mail/\(directory)/Trash"] = ""
    view["Mail/\(directory)/popstate.dat"] = "*\(host) \(user)\n"
    if filters { view["Mail/\(directory)/msgFilterRules.dat"] = Self.filters(uri) }
    if login { logins.append(("mailbox://\(host)", number)) }
  }

  mutating func addIMAP(
    _ number: Int, user: String = "bob@lab.test", host: String = "imap.lab.test"
  ) {
    set(
      "mail.server.server\(number).",
      [
        "type": .string("imap"), "hostname": .string(host), "userName": .string(user),
        "port": .int(993), "socketType": .int(3),
        "directory": .string("\(Self.path)/ImapMail/\(host)"),
        "directory-rel": .string("[ProfD]ImapMail/\(host)"),
      ])
    prefs["mail.account.account\(number).server"] = .string("server\(number)")
    accounts.insert("account\(number)", at: accounts.count - 1)
    view["ImapMail/\(host)/INBOX.msf"] = "x"
  }

  mutating func addUnifiedInbox(_ scope: String) {
    view["virtualFolders.dat"] = """
      version=1
      uri=mailbox://nobody@smart%20mailboxes/Inbox
      searchFolderFlag=1000
      scope=\(scope)
      terms=ALL
      searchOnline=true

      """
  }

  /// The profile as it stands on disk.
  func build() -> MemoryView {
    var view = view
    if view["prefs.js"] == nil { view["prefs.js"] = prefsText }
    if view["logins.json"] == nil, !logins.isEmpty { view["logins.json"] = loginsText }
    return view
  }

  private var prefsText: String {
    var prefs = prefs
    prefs["mail.accountmanager.accounts"] =
      prefs["mail.accountmanager.accounts"] ?? .string(accounts.joined(separator: ","))
    prefs["mail.account.lastKey"] =
      prefs["mail.account.lastKey"]
      ?? .int(Int32(accounts.compactMap { Int($0.dropFirst(7)) }.max() ?? 0))
    let lines = prefs.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map {
      "user_pref(\"\($0.key)\", \(String(decoding: $0.value.canonicalBytes, as: UTF8.self)));\n"
    }
    return "// Mozilla User Preferences\n\n" + lines.joined()
  }

  private var loginsText: String {
    let entries = logins.enumerated().map { index, login in
      Self.login(id: index + 1, origin: login.origin, secret: "s\(login.number)")
    }
    return "{\"nextId\":\(logins.count + 1),\"logins\":[\(entries.joined(separator: ","))],"
      + "\"potentiallyVulnerablePasswords\":[],\"version\":3}"
  }

  static func login(id: Int, origin: String, secret: String) -> String {
    "{\"id\":\(id),\"hostname\":\"\(origin)\",\"httpRealm\":\"\(origin)\",\"formSubmitURL\":null,"
      + "\"encryptedUsername\":\"U\(secret)\",\"encryptedPassword\":\"P\(secret)\","
      + "\"guid\":\"{00000000-0000-4000-8000-00000000000\(id)}\",\"encType\":1,\"timesUsed\":1}"
  }

  static func filters(_ uri: String) -> String {
    """
    version="9"
    logging="no"
    name="to Projekte"
    enabled="yes"
    type="17"
    action="Move to folder"
    actionValue="\(uri)/Projekte%20%C3%9C"
    condition="AND (subject,contains,plain subject)"
    name="pop only"
    enabled="yes"
    type="17"
    action="Delete from Pop3 server"
    condition="AND (subject,contains,broken)"

    """
  }

  static func escaped(_ user: String) -> String {
    var text = ""
    for byte in user.utf8 {
      let scalar = Character(Unicode.Scalar(byte))
      text +=
        byte < 0x80 && (scalar.isLetter || scalar.isNumber || scalar == ".")
        ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
    return text
  }
}
