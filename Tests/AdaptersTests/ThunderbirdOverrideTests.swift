import ConfigFormats
import ProfileRewriter
import Testing

/// What an administrator sets for all profiles; forms and outcomes as seen with Thunderbird 153.
@Suite("Thunderbird: installation overrides")
struct ThunderbirdOverrideTests {
  private func refusal(_ files: [String: String], profile: [String: String] = [:]) throws
    -> ReasonCode?
  {
    var lab = Lab { $0.addPOP() }
    lab.installation = MemoryView(at: "/", files)
    for (name, text) in profile { lab.profile[name] = text }
    return try lab.refusal()
  }

  private static let type = "mail.server.server2.type"

  @Test(arguments: [
    ("\"pop3\"", true), ("{\"Value\":\"pop3\",\"Status\":\"locked\"}", true),
    ("{\"Value\":\"pop3\",\"Status\":\"user\"}", true), ("{\"Status\":\"clear\"}", true),
    ("{\"Value\":\"pop3\",\"Status\":\"default\"}", false), ("{\"Value\":\"pop3\"}", false),
    ("{\"Value\":\"pop3\",\"Status\":\"Locked\"}", false),
  ])
  func policies(value: String, refused: Bool) throws {
    let text = "{\"policies\":{\"Preferences\":{\"\(Self.type)\":\(value)}}}"
    let expected: ReasonCode? = refused ? .overriddenByPolicy : nil
    #expect(try refusal(["etc/thunderbird/policies/policies.json": text]) == expected)
    let bundled = "usr/lib/thunderbird/distribution/policies.json"
    #expect(try refusal([bundled: text]) == expected)
    // The one in /etc replaces the other.
    #expect(
      try refusal([bundled: text, "etc/thunderbird/policies/policies.json": "{}"]) == nil)
  }

  @Test(arguments: [
    ("pref(\"\(type)\", \"pop3\", locked);", true), ("pref(\"\(type)\", \"pop3\");", false),
    ("// pref(\"\(type)\", \"pop3\", locked);", false),
    ("# pref(\"\(type)\", \"pop3\", locked);", false),
    ("user_pref(\"\(type)\", \"pop3\", locked);", false),
    ("pref(\"mail.server.default.type\", \"pop3\", locked);", false),
  ])
  func defaults(text: String, refused: Bool) throws {
    for directory in [
      "etc/thunderbird/pref", "usr/lib/thunderbird/defaults/pref",
      "opt/thunderbird/defaults/preferences",
    ] {
      #expect(
        try refusal(["\(directory)/x.js": text]) == (refused ? .overriddenByPolicy : nil),
        "\(directory)")
      #expect(try refusal(["\(directory)/x.txt": text]) == nil)
    }
  }

  @Test(arguments: [
    ("lockPref(\"\(type)\", \"pop3\");", true), ("pref('\(type)', 'pop3');", true),
    ("clearPref(\"\(type)\");", true), ("defaultPref(\"\(type)\", \"pop3\");", false),
    ("lockPref(\"mail.server.\" + s + \".type\", \"pop3\");", true),
    ("lockPref(\"mail.server.server9.type\", \"pop3\");", false),
    ("lockPref(key, 1);", false), ("/* lockPref(\"\(type)\", \"pop3\"); */", false),
  ])
  func autoConfig(line: String, refused: Bool) throws {
    let script = "// first line\n\(line)\n"
    let expected: ReasonCode? = refused ? .overriddenByPolicy : nil
    let pointer = "pref(\"general.config.filename\", \"x.cfg\");"
    #expect(
      try refusal([
        "usr/lib/thunderbird/defaults/pref/a.js": pointer, "usr/lib/thunderbird/x.cfg": script,
      ]) == expected)
    #expect(try refusal(["usr/lib/thunderbird/x.cfg": script]) == nil)
    #expect(
      try refusal([
        "etc/thunderbird/pref/a.js": pointer, "usr/lib/thunderbird/x.cfg": line,
      ]) == nil, "the first line is never run")
    var lab = Lab { $0.addPOP() }
    lab.installation = MemoryView(
      at: "/",
      [
        "usr/lib/thunderbird/defaults/pref/a.js":
          pointer + "pref(\"general.config.obscure_value\", 13);"
      ])
    lab.installation.put(
      .file(script.utf8.map { $0 &+ 13 }), at: "usr/lib/thunderbird/x.cfg")
    #expect(try lab.refusal() == expected)
  }

  /// Those that the switch writes beyond the account's own branch.
  @Test(arguments: [
    "mail.accountmanager.accounts", "mail.account.lastKey", "mail.account.account3.server",
    "mail.server.server3.type", "mail.identity.id2.fcc_folder", "mail.server.server2.directory-rel",
    "mail.account.account2.server",
  ])
  func everyKeyThatIsWritten(key: String) throws {
    let lock = "pref(\"\(key)\", \"x\", locked);"
    #expect(try refusal(["etc/thunderbird/pref/x.js": lock]) == .overriddenByPolicy)
    let policy = "{\"policies\":{\"Preferences\":{\"\(key)\":{\"Value\":1,\"Status\":\"user\"}}}}"
    #expect(
      try refusal(["etc/thunderbird/policies/policies.json": policy]) == .overriddenByPolicy)
  }

  private static let pointer = "pref(\"general.config.filename\", \"x.cfg\");"

  private func plan(
    cfg: String, pointer: String = pointer, profile: [String: String] = [:]
  ) throws -> ProfilePlan.Outcome {
    var lab = Lab { $0.addPOP() }
    lab.installation = MemoryView(
      at: "/",
      [
        "usr/lib/thunderbird/defaults/pref/a.js": pointer, "usr/lib/thunderbird/x.cfg": cfg,
      ])
    for (name, text) in profile { lab.profile[name] = text }
    return try lab.plan().outcomes[0]
  }

  private static let remote = "//\npref(\"autoadmin.global_config_url\", \"https://a/\");"

  @Test func cachedRemoteScript() throws {
    let lock = "lockPref(\"\(Self.type)\", \"pop3\");"
    for script in [lock, "//\n\(lock)"] {
      let cached = ["failover.jsc": script]
      #expect(
        try plan(cfg: Self.remote, profile: cached).refusal?.reason == .overriddenByPolicy)
      // Without the address of a server the copy is not read.
      let local = try plan(cfg: "//\n", profile: cached)
      #expect(local.refusal == nil)
      #expect(!local.warnings.map(\.code).contains(.configurationScript))
    }
  }

  /// What the installation says is found out once in a run; what a profile says is that profile's.
  @Test func oneRunOverSeveralProfiles() throws {
    let script = "\(Self.remote)\n"
    var lab = Lab { $0.addPOP() }
    lab.facts = InstallationFacts()
    lab.installation = MemoryView(
      at: "/",
      [
        "usr/lib/thunderbird/defaults/pref/a.js": Self.pointer,
        "usr/lib/thunderbird/x.cfg": script,
      ])
    var other = lab
    lab.profile["failover.jsc"] = "lockPref(\"\(Self.type)\", \"pop3\");"
    #expect(try lab.refusal() == .overriddenByPolicy)
    #expect(try other.refusal() == nil)
    #expect(try lab.refusal() == .overriddenByPolicy)

    other.facts = InstallationFacts()
    other.installation = MemoryView(
      at: "/",
      ["usr/lib/thunderbird/defaults/pref/a.js": "pref(\"\(Self.type)\", \"pop3\", locked);"])
    #expect(try other.refusal() == .overriddenByPolicy)
    other.installation = MemoryView(at: "/")
    #expect(try other.refusal() == .overriddenByPolicy)
    other.facts = InstallationFacts()
    #expect(try other.refusal() == nil)
  }

  @Test func remoteScriptIsNamed() throws {
    let pointer = Self.pointer + "pref(\"autoadmin.global_config_url\", \"https://a/\");"
    for outcome in [try plan(cfg: Self.remote), try plan(cfg: "//\n", pointer: pointer)] {
      #expect(outcome.refusal == nil)
      #expect(outcome.warnings.map(\.code).contains(.configurationScript))
    }
    let harmless = try plan(
      cfg: Self.remote, profile: ["failover.jsc": "lockPref(\"mail.server.server9.type\", \"x\");"])
    #expect(harmless.refusal == nil)
  }

  @Test func computedNamesAreNamed() throws {
    let outcome = try plan(cfg: "//\nlockPref(prefix + name, 1);")
    #expect(outcome.refusal == nil)
    #expect(outcome.warnings.map(\.code).contains(.configurationScript))
    let harmless = try plan(
      cfg: "//\ndefaultPref(prefix + name, 1); lockPref(\"app.update\", false);")
    #expect(!harmless.warnings.map(\.code).contains(.configurationScript))
  }

  /// A value that equals a default is taken out of prefs.js at the client's exit: for undo that is
  /// no change by somebody else.
  @Test func valuesThatEqualADefaultMayVanish() throws {
    let key = "mail.server.server2.hostname"
    func edit(_ lab: Lab, _ key: String = key) throws -> PlannedEdit {
      try #require(try lab.plan().edit(key))
    }
    var lab = Lab { $0.addPOP() }
    #expect(try edit(lab).clientRewrites == nil)
    for (line, vanishes) in [
      ("pref(\"\(key)\", \"imap.lab.test\");", true), ("pref(\"\(key)\", \"other\");", false),
      ("sticky_pref(\"\(key)\", \"imap.lab.test\");", true),
      ("user_pref(\"\(key)\", \"imap.lab.test\");", false),
    ] {
      lab.installation = MemoryView(at: "/", ["etc/thunderbird/pref/a.js": line])
      #expect(try (edit(lab).clientRewrites != nil) == vanishes, "\(line)")
      #expect(try edit(lab, "mail.server.server2.type").clientRewrites == nil)
    }
    lab.installation = MemoryView(
      at: "/",
      [
        "etc/thunderbird/policies/policies.json":
          "{\"policies\":{\"Preferences\":{\"mail.server.server2.port\":{\"Value\":993}}}}"
      ])
    #expect(try edit(lab, "mail.server.server2.port").clientRewrites != nil)
    lab.installation = MemoryView(at: "/")
    lab.profile["user.js"] = "pref(\"\(key)\", \"imap.lab.test\");\n"
    #expect(try edit(lab).clientRewrites != nil)
  }

  /// Thunderbird's own defaults are no such case: seen with 153, a `socketType` of 0, an
  /// `authMethod` of 3 and a `retainBy` of 1 stay in prefs.js at its exit.
  @Test func builtInDefaultsStay() throws {
    let lab = Lab {
      $0.addPOP(more: ["socketType": .int(0), "authMethod": .int(4), "retainBy": .int(2)])
    }
    var before = lab
    before.options.allowWeaker = true
    let plan = try before.plan(to: Lab.imap(security: .none))
    for leaf in ["socketType", "authMethod", "retainBy"] {
      let edit = try #require(plan.edit("mail.server.server2.\(leaf)"))
      #expect(edit.clientRewrites == nil)
    }
  }

  /// An administrator's default is in force where the server has no value of its own.
  @Test(arguments: [
    ("etc/thunderbird/pref/a.js", "pref(\"KEY\", true);"),
    (
      "etc/thunderbird/policies/policies.json",
      "{\"policies\":{\"Preferences\":{\"KEY\":{\"Value\":true,\"Status\":\"default\"}}}}"
    ),
  ])
  func deletionByDefault(path: String, text: String) throws {
    var lab = Lab { $0.addPOP() }
    let named = "mail.server.default.empty_trash_on_exit"
    lab.installation[path] = text.replacing("KEY", with: named)
    #expect(try lab.warnings().contains(.serverSideDeletion))
    #expect(try lab.switched().server(2, "empty_trash_on_exit") == "false")
    lab.installation[path] = text.replacing("KEY", with: "mail.other")
    #expect(try lab.switched().server(2, "empty_trash_on_exit") == nil)
  }

  @Test func deletionThatIsLocked() throws {
    let text = "pref(\"mail.server.server2.empty_trash_on_exit\", true, locked);"
    #expect(try refusal(["etc/thunderbird/pref/a.js": text]) == .overriddenByPolicy)
  }

  @Test func deletionThatUserJSBringsBack() throws {
    var lab = Lab { $0.addPOP() }
    lab.profile["user.js"] = "user_pref(\"mail.server.server2.empty_trash_on_exit\", true);"
    #expect(try lab.refusal() == .overriddenByUserJS)
    lab.profile["user.js"] = "user_pref(\"mail.server.default.empty_trash_on_exit\", true);"
    #expect(try lab.switched().server(2, "empty_trash_on_exit") == "false")
  }
}
