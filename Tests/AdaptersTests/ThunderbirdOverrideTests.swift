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

  @Test func cachedRemoteScript() throws {
    let files = [
      "usr/lib/thunderbird/defaults/pref/a.js": "pref(\"general.config.filename\", \"x.cfg\");",
      "usr/lib/thunderbird/x.cfg": "//\npref(\"autoadmin.global_config_url\", \"https://a/\");",
    ]
    let script = ["failover.jsc": "//\nlockPref(\"\(Self.type)\", \"pop3\");"]
    #expect(try refusal(files, profile: script) == .overriddenByPolicy)
    #expect(try refusal([:], profile: script) == nil)
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
