import Foundation
import Testing

/// Law 8: no secret leaves its file. Secrets are planted in every format that is read, and beside;
/// then every command of the argument tree runs, and everything it says or leaves is looked through.
@Suite(.serialized) struct SecretsTests {
  private let secrets = PlantedSecrets()
  private let commands: EveryCommand

  init() throws {
    let secrets = secrets
    commands = EveryCommand(
      try Self.thunderbird(secrets), try Self.evolution(secrets), try Self.autoconfig(secrets))
  }

  // MARK: - Where they stand

  private static func thunderbird(_ secrets: PlantedSecrets) throws -> ThunderbirdHome {
    func pref(_ name: String, _ kind: String) -> String {
      #"user_pref("\#(name)", "\#(secrets.word(kind))");"#
    }
    // Beside those that are edited, so that a careless context would show them.
    let home = try ThunderbirdHome(extraPrefs: [
      pref("mail.server.server1.hostname.password", "password"),
      pref("mail.server.server1.oauth2.refreshToken", "refresh"),
      pref("mail.smtpserver.smtp1.password", "smtp"),
      pref("mail.identity.id1.archive_token", "token"),
      pref("network.proxy.password", "proxy"),
      pref("services.sync.cookie", "cookie"),
      #"user_pref("calendar.registry.x.uri", "https://alice:\#(secrets.word("url"))@dav.example.net/");"#,
    ])
    try home.write(
      home.profilePath("user.js"), pref("ldap_2.servers.x.auth.password", "userjs") + "\n")
    try home.write(
      home.profilePath("logins.json"),
      """
      {"nextId":2,"logins":[{"id":1,"hostname":"mailbox://pop.example.net",\
      "httpRealm":"mailbox://pop.example.net","formSubmitURL":null,"usernameField":"",\
      "passwordField":"","encryptedUsername":"MDoEEPgCipher\(secrets.word("user"))",\
      "encryptedPassword":"MDoEEPgCipher\(secrets.word("login"))",\
      "guid":"{7f0c5a6e-0000-4000-8000-000000000000}","encType":1,"timeCreated":1764000000000,\
      "timeLastUsed":1764000000000,"timePasswordChanged":1764000000000,"timesUsed":1,\
      "encryptedUnknownFields":"\(secrets.word("unknown"))","syncCounter":1}],\
      "potentiallyVulnerablePasswords":[{"guid":"x","encryptedPassword":"\(secrets.word("breach"))"}],\
      "dismissedBreachAlertsByLoginGUID":{},"version":3}
      """)
    for name in ["key4.db", "cookies.sqlite", "cert9.db", "openpgp.sqlite"] {
      try home.write(home.profilePath(name), "SQLite format 3\0 \(secrets.word("db"))\n")
    }
    try home.write(".netrc", "machine pop.example.net login a password \(secrets.word("netrc"))\n")
    try home.write(".fetchmailrc", "poll pop.example.net pass \(secrets.word("fetchmail"))\n")
    return home
  }

  private static func evolution(_ secrets: PlantedSecrets) throws -> EvolutionHome {
    let home = try EvolutionHome()
    let sources = home.home.appendingPathComponent(".config/evolution/sources")
    for name in try home.backends().keys {
      let file = sources.appendingPathComponent(name)
      let text =
        try String(contentsOf: file, encoding: .utf8)
        .replacing(
          "[Authentication]\n", with: "[Authentication]\nPassword=\(secrets.word("source"))\n")
        + "\n[OAuth2]\nRefreshToken=\(secrets.word("oauth"))\nAccessToken=\(secrets.word("access"))\n"
        + "\n[WebDAV Backend]\nUri=https://alice:\(secrets.word("dav"))@dav.example.net/\n"
      try Data(text.utf8).write(to: file)
    }
    let keyring = home.home.appendingPathComponent(".local/share/keyrings/login.keyring")
    try Data(
      "[keyring]\ndisplay-name=login\n\n[1]\nsecret=\(secrets.word("keyring"))\n".utf8
    ).write(to: keyring)
    let filters = home.home.appendingPathComponent(".config/evolution/mail/filters.xml")
    let text = try String(contentsOf: filters, encoding: .utf8)
    try Data(
      text.replacing("@lists.test", with: secrets.word("filter")).utf8
    ).write(to: filters)
    return home
  }

  private static func autoconfig(_ secrets: PlantedSecrets) throws -> URL {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("profile-rewriter-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let server = """
      <hostname>NAME.example.net</hostname><port>PORT</port><socketType>SSL</socketType>
      <username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication>
      """
    let text = """
      <?xml version="1.0"?>
      <!-- mailbox password \(secrets.word("comment")) -->
      <clientConfig version="1.1"><emailProvider id="example.net"><domain>example.net</domain>
      <incomingServer type="pop3">
      \(server.replacing("NAME", with: "pop").replacing("PORT", with: "995"))
      <password>\(secrets.word("xml"))</password></incomingServer>
      <outgoingServer type="smtp">
      \(server.replacing("NAME", with: "smtp").replacing("PORT", with: "465"))
      </outgoingServer>
      <oAuth2><issuer>i.example.net</issuer><clientSecret>\(secrets.word("client"))</clientSecret></oAuth2>
      <documentation url="https://alice:\(secrets.word("doc"))@example.net/"/>
      </emailProvider></clientConfig>

      """
    try Data(text.utf8).write(to: directory.appendingPathComponent("example.net.xml"))
    return directory
  }

  /// Files that cannot be read any more, in a line with a secret in it.
  private func damage() throws {
    func cut(_ mark: String, _ replacement: String) -> (Data) -> Data {
      { Data(String(decoding: $0, as: UTF8.self).replacing(mark, with: replacement).utf8) }
    }
    let sources = commands.evolution.home.appendingPathComponent(".config/evolution/sources")
    let source = try #require(try commands.evolution.backends().keys.first)
    commands.damages = [
      (
        commands.thunderbird.prefs,
        cut(#"user_pref("network.proxy.password", "#, #"user_pref("network.proxy.password" "#)
      ),
      (commands.thunderbird.prefs, cut(#"user_pref("services.sync.cookie", "#, "user_pref(")),
      (
        commands.thunderbird.profile.appendingPathComponent("logins.json"),
        cut(#""encryptedPassword":"#, #""encryptedPassword""#)
      ),
      (
        commands.thunderbird.profile.appendingPathComponent("user.js"),
        cut(#"user_pref("ldap_2.servers.x.auth.password", "#, "user_pref(")
      ),
      (sources.appendingPathComponent(source), cut("RefreshToken=", "")),
      (sources.appendingPathComponent(source), cut("Password=", "[Password=")),
      (
        commands.autoconfig.appendingPathComponent("example.net.xml"),
        cut("<password>", "<password")
      ),
      (commands.autoconfig.appendingPathComponent("example.net.xml"), cut("</password>", "<&")),
    ]
  }

  // MARK: -

  @Test func nothingThatIsSaidOrKeptHoldsASecret() throws {
    try damage()
    let words = secrets
    var leaks: Set<String> = []
    commands.look = { [state = commands.state, other = commands.otherState] said in
      for (place, bytes) in [("says", said.result.stdout), ("says beside", said.result.stderr)] {
        for word in words.found(in: Data(bytes)) where !said.showsPublicFile {
          leaks.insert("\(said) \(place) \(word)")
        }
        if String(decoding: bytes, as: UTF8.self).contains(EveryCommand.givenSecret),
          !said.arguments.contains("--password-command")
        {
          leaks.insert("\(said) \(place) what was handed over")
        }
      }
      for directory in [state, other] {
        for (path, word) in words.found(below: directory) {
          leaks.insert("\(said) leaves \(word) in \(path)")
        }
      }
    }
    try commands.runAll()
    leaks.formUnion(words.found(below: commands.written).map { "\($0.path) holds \($0.word)" })
    #expect(leaks.sorted() == [])
    #expect(try commands.untried() == [])
    // They are where they were: nothing was shown because nothing was there.
    #expect(words.words.count > 20)
    for home in [commands.thunderbird.home, commands.evolution.home, commands.autoconfig] {
      #expect(!words.found(below: home).isEmpty)
    }
    try? FileManager.default.removeItem(at: commands.autoconfig)
  }

  /// What is looked for is found, however it is spelled and wherever it stands in a longer text.
  @Test func everySpellingIsFound() {
    let secrets = PlantedSecrets()
    let word = secrets.word("x")
    #expect(secrets.found(in: Data("nothing".utf8)) == [])
    for before in ["", "a", "ab", "abc", "abcd"] {
      let plain = Data((before + word + "zz").utf8)
      let spelled = [
        plain, Data(plain.base64EncodedString().utf8),
        Data(plain.map { String($0, radix: 16) }.joined().utf8),
        Data(plain.map { "%" + String($0, radix: 16, uppercase: true) }.joined().utf8),
        (before + word).data(using: .utf16LittleEndian) ?? Data(),
        (before + word).data(using: .utf16BigEndian) ?? Data(),
      ]
      for data in spelled { #expect(secrets.found(in: data) == [word], "\(data)") }
    }
  }
}
