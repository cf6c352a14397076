import ConfigFormats
import ProfileRewriter
import Testing

@testable import Adapters

/// Profiles of Windows and macOS as a file server has them, and those of Thunderbird's relatives.
@Suite("Thunderbird: other systems and relatives")
struct ThunderbirdElsewhereTests {
  // MARK: Where they are

  private func listings(_ home: MemoryView) -> [String] {
    ThunderbirdAdapter().profiles(in: home).map {
      "\($0.path?.text ?? $0.shownPath)" + ($0.problem.map { " \($0.reason.rawValue)" } ?? "")
    }
  }

  @Test(arguments: KnownLocation.all.map(\.path.text)) func everyPlaceIsFound(place: String) throws
  {
    let location = try #require(KnownLocation.all.first { $0.path.text == place })
    let profile = location.system == .linux ? "abcd.default" : "Profiles/abcd.default"
    let home = MemoryView(
      at: "/srv/profiles/alice.V6",
      [
        "\(place)/profiles.ini": "[Profile0]\r\nIsRelative=1\r\nPath=\(profile)\r\n",
        "\(place)/\(profile)/prefs.js": "",
      ])
    #expect(listings(home) == ["\(place)/\(profile)"])
    let origin = ProfileOrigin(of: home.below("\(place)/\(profile)"))
    #expect(origin == ProfileOrigin(program: location.program.rawValue, system: location.system))
  }

  /// Samba can keep names in lower case.
  @Test func caseOfTheOtherSystem() {
    let home = MemoryView(
      at: "/srv/alice",
      [
        "appdata/roaming/thunderbird/profiles.ini": "[Profile0]\nIsRelative=1\nPath=Profiles/A.b\n",
        "appdata/roaming/thunderbird/profiles/a.B/prefs.js": "",
      ])
    #expect(listings(home) == ["appdata/roaming/thunderbird/profiles/a.B"])
    // On Linux, two names are two.
    let linux = MemoryView(
      at: "/home/lab",
      [
        ".thunderbird/profiles.ini": "[Profile0]\nIsRelative=1\nPath=X\n",
        ".thunderbird/x/times.json": "", ".Thunderbird/y/prefs.js": "",
      ])
    #expect(listings(linux) == [".thunderbird/X not-found"])
  }

  @Test(arguments: [
    (#"C:\Users\alice\AppData\Roaming\Thunderbird\Profiles\x.y"#, true),
    (#"\\server\profiles\alice.V6\appdata\roaming\thunderbird\profiles\X.Y"#, true),
    (#"H:\Thunderbird\x.y"#, false),
    (#"C:\Users\alice\AppData\Roaming\Thunderbird\Profiles\gone"#, false),
    (#"C:\Users\alice\AppData\Roaming\Thunderbird\..\..\x.y"#, false),
  ])
  func absolutePathsOfWindows(path: String, isHere: Bool) {
    let files = [
      "profiles.ini": "[Profile0]\r\nIsRelative=0\r\nPath=\(path)\r\n",
      "Profiles/x.y/prefs.js": "",
    ]
    let place = "AppData/Roaming/Thunderbird"
    let home = MemoryView(
      at: "/srv/alice.V6",
      Dictionary(uniqueKeysWithValues: files.map { ("\(place)/\($0.key)", $0.value) }))
    let found = "\(place)/Profiles/x.y"
    #expect(listings(home) == (isHere ? [found] : ["\(path) outside-home", found]))
    // The user named the directory itself.
    let named = MemoryView(at: "/srv/alice.V6/\(place)", files)
    #expect(
      listings(named) == (isHere ? ["Profiles/x.y"] : ["\(path) outside-home", "Profiles/x.y"]))
  }

  @Test func absolutePathOfMacOS() {
    let path = "/Users/alice/Library/Thunderbird/Profiles/x.y"
    let home = MemoryView(
      at: "/srv/alice",
      [
        "Library/Thunderbird/profiles.ini": "[Profile0]\nIsRelative=0\nPath=\(path)\n",
        "Library/Thunderbird/Profiles/x.y/prefs.js": "",
      ])
    #expect(listings(home) == ["Library/Thunderbird/Profiles/x.y"])
  }

  // MARK: Whose they are

  private static let stale = #"user_pref("mail.root.pop3", "C:\\old\\x\\Mail");"#

  @Test(
    arguments: [
      ("/home/a/.thunderbird/x", nil, "", "thunderbird linux"),
      ("/home/a/.thunderbird/x", "Linux_x86_64-gcc3", "", "thunderbird linux"),
      // Moved here from Windows: opened here since, or a place that only this system has.
      ("/home/a/.thunderbird/x", "Linux_x86_64-gcc3", stale, "thunderbird linux"),
      ("/home/a/.thunderbird/x", nil, stale, "thunderbird linux"),
      // A Windows client opens it over the network.
      ("/home/a/.thunderbird/x", "WINNT_x86_64-msvc", "", "thunderbird windows"),
      ("/home/a/.thunderbird/x", "winnt_x86-msvc", "", "thunderbird windows"),
      ("/srv/x", "Darwin_aarch64-gcc3", "", "thunderbird macos"),
      // Somebody looked into it here.
      (
        "/srv/a/AppData/Roaming/Thunderbird/Profiles/x", "Linux_x86_64-gcc3", "",
        "thunderbird windows"
      ),
      ("/srv/a/appdata/ROAMING/Thunderbird/Profiles/x", nil, "", "thunderbird windows"),
      ("/srv/x", nil, stale, "thunderbird windows"),
      (
        "/srv/x", nil, #"user_pref("mail.server.server1.directory", "\\\\fs\\x\\Mail");"#,
        "thunderbird windows"
      ),
      ("/srv/x", nil, #"user_pref("mail.root.pop3", "/Users/a/x/Mail");"#, "thunderbird macos"),
      ("/srv/x", nil, #"user_pref("mail.root.pop3", "/home/a/x/Mail");"#, "thunderbird linux"),
      ("/Users/x", nil, #"user_pref("mail.root.pop3", "/Users/a/x/Mail");"#, "thunderbird linux"),
      ("/srv/x", nil, "", "thunderbird linux"),
    ] as [(String, String?, String, String)])
  func origin(place: String, abi: String?, prefs: String, expected: String) {
    var view = MemoryView(at: place, ["prefs.js": prefs])
    if let abi { view["compatibility.ini"] = "[Compatibility]\r\nLastOSABI=\(abi)\r\n" }
    let origin = ProfileOrigin(of: view)
    #expect("\(origin.program) \(origin.system)" == expected)
  }

  @Test(arguments: [
    ("/home/a/.thunderbird/x", "/opt/betterbird", "betterbird"),
    ("/home/a/.thunderbird/x", "/usr/lib/thunderbird", "thunderbird"),
    ("/home/a/.icedove/x", "/usr/lib/thunderbird", "thunderbird"),
    ("/home/a/.icedove/x", "", "icedove"),
    (
      "/home/a/.var/app/eu.betterbird.Betterbird/.thunderbird/x", "/app/lib/thunderbird",
      "betterbird"
    ),
    ("/srv/x", #"C:\Program Files\SeaMonkey"#, "seamonkey"),
    ("/srv/x", #"C:\Program Files\Betterbird"#, "betterbird"),
    ("/srv/x", "/opt/mail", "thunderbird"),
  ])
  func program(place: String, directory: String, expected: String) {
    let view = MemoryView(
      at: place, ["compatibility.ini": "[Compatibility]\nLastAppDir=\(directory)\n"])
    #expect(ProfileOrigin(of: view).program == expected)
  }

  @Test func whatWasNotTriedIsSaid() throws {
    var lab = Lab { $0.addPOP() }
    #expect(try !lab.warnings().contains(.untriedProgram))
    lab.profile["compatibility.ini"] = "[Compatibility]\nLastAppDir=/usr/lib/seamonkey\n"
    #expect(try lab.warnings().contains(.untriedProgram))
  }

  // MARK: Directories

  @Test func directoriesAreSpelledAsThere() throws {
    let lab = try Elsewhere.windows().switched()
    let root = Elsewhere.windowsRoot
    #expect(lab.server(2, "directory") == root + #"\ImapMail\imap.lab.test"#)
    #expect(lab.server(2, "directory-rel") == "[ProfD]ImapMail/imap.lab.test")
    #expect(lab.server(3, "directory") == root + #"\Mail\pop.lab.test"#)
    let text = try #require(lab.profile["prefs.js"])
    #expect(text.contains(#""C:\\Users\\alice\\AppData"#))
    #expect(!text.utf8.split(separator: 0x0A).dropLast().contains { $0.last != 0x0D })
    let mac = try Elsewhere.mac().switched()
    #expect(mac.server(2, "directory") == Elsewhere.macRoot + "/ImapMail/imap.lab.test")
  }

  private func without(_ keys: String..., in lab: Lab) -> Lab {
    var lab = lab
    // CR LF is one Character.
    let text = lab.profile["prefs.js"] ?? ""
    let end: Character = text.contains("\r\n") ? "\r\n" : "\n"
    lab.profile["prefs.js"] = text.split(separator: end, omittingEmptySubsequences: false)
      .filter { line in !keys.contains { line.contains("\"\($0)\"") } }
      .joined(separator: String(end))
    return lab
  }

  @Test func anAbsoluteDirectoryCountsInsideTheProfile() throws {
    let relative = "mail.server.server2.directory-rel"
    for lab in [Elsewhere.windows(), Elsewhere.mac()] {
      let switched = try without(relative, in: lab).switched()
      #expect(switched.server(2, "directory-rel") == "[ProfD]ImapMail/imap.lab.test")
      #expect(switched.profile["ImapMail/imap.lab.test/msgFilterRules.dat"] != nil)
    }
    let elsewhere = [#"D:\Mail\pop.lab.test"#, "/Volumes/Mail", Elsewhere.windowsRoot + #"\..\x"#]
    for place in elsewhere {
      let lab = Elsewhere.windows {
        $0.prefs["mail.server.server2.directory"] = .string(place)
      }
      #expect(try without(relative, in: lab).refusal() == .outsideHome, "\(place)")
    }
    // A profile of this system that was moved: its client goes to where the path says.
    let moved = Lab {
      $0.addPOP()
      for key in ["mail.server.server1.directory", "mail.server.server2.directory"] {
        $0.prefs[key] = .string(
          "/old/x/Mail/" + (key.contains("1") ? "Local Folders" : "pop.lab.test"))
      }
    }
    #expect(try without(relative, in: moved).refusal() == .outsideHome)
  }

  @Test func aRootThatNobodyKnowsIsNotMadeUp() throws {
    let lab = Elsewhere.windows {
      $0.prefs["mail.server.server1.directory"] = nil
      $0.prefs["mail.server.server2.directory"] = .string(#"D:\moved"#)
    }
    #expect(try lab.switched().server(2, "directory") == nil)
    #expect(try lab.switched().server(3, "directory") == #"D:\moved"#)
  }

  @Test func namesInAnotherCase() throws {
    var lab = Elsewhere.windows()
    let filters = try #require(lab.profile["Mail/pop.lab.test/msgFilterRules.dat"])
    for name in ["Inbox", "Trash", "popstate.dat", "msgFilterRules.dat"] {
      lab.profile.put(nil, at: "Mail/pop.lab.test/\(name)")
    }
    lab.profile.put(nil, at: "Mail/pop.lab.test")
    lab.profile["Mail/POP.lab.test/msgFilterRules.dat"] = filters
    lab.profile["imapmail/Imap.Lab.Test/x"] = "x"
    let switched = try lab.switched()
    #expect(switched.server(2, "directory-rel") == "[ProfD]imapmail/imap.lab.test-1")
    #expect(switched.profile["imapmail/imap.lab.test-1/msgFilterRules.dat"] != nil)
    #expect(try lab.plan().file("ImapMail") == nil)
    // Of two spellings none can be told to be meant.
    lab.profile["Mail/Pop.Lab.Test/msgFilterRules.dat"] = filters
    #expect(try lab.switched().profile["imapmail/imap.lab.test-1/msgFilterRules.dat"] == nil)
  }

  @Test func takenDirectoriesInTheOtherSpelling() throws {
    let lab = Elsewhere.windows {
      $0.prefs["mail.server.server7.directory"] = .string(#"C:\x\ImapMail\Imap.Lab.Test"#)
    }
    #expect(try lab.switched().server(2, "directory-rel") == "[ProfD]ImapMail/imap.lab.test-1")
  }

  @Test func newFiltersHaveItsLineEnds() throws {
    let lab = Elsewhere.windows {
      $0.view["Mail/pop.lab.test/msgFilterRules.dat"] = ""
      $0.view["training.dat"] = "x"
      $0.prefs["mail.server.server2.moveOnSpam"] = .bool(true)
    }
    let path = "ImapMail/imap.lab.test/msgFilterRules.dat"
    let text = try #require(try lab.switched().profile[path])
    #expect(
      text.utf8.count { $0 == 0x0A } == text.utf8.count { $0 == 0x0D } && text.utf8.contains(0x0A))
  }

  @Test func namesOfFoldersAreFoundByTheirPathThere() throws {
    var lab = Elsewhere.windows()
    lab.profile["Mail/pop.lab.test/20248d3b21ed"] = "From - \n"
    let key = (Elsewhere.windowsRoot + #"\mail\pop.lab.test\20248d3b21ed.msf"#)
      .replacing(#"\"#, with: #"\\"#)
    lab.profile["folderCache.json"] = "{\"\(key)\":{\"flags\":4,\"folderName\":\"2024: plan/x\"}}"
    let place = try lab.adapter.localMail(of: "account2", in: lab.context).first
    #expect(place?.folders.map(\.names).contains(["2024: plan/x"]) == true)
  }

  // MARK: Installations

  @Test func theInstallationElsewhereIsNotSeen() throws {
    var lab = Elsewhere.windows()
    let policy = #"{"policies":{"Preferences":{"mail.server.server2.type":"pop3"}}}"#
    lab.installation = MemoryView(
      at: "/", ["usr/lib/thunderbird/distribution/policies.json": policy])
    #expect(try lab.warnings().contains(.installationNotSeen))
    #expect(try Lab { $0.addPOP() }.warnings().contains(.installationNotSeen) == false)
  }

  @Test(arguments: [
    ("usr/lib/seamonkey", "seamonkey", true), ("usr/lib64/seamonkey", "seamonkey", true),
    ("usr/lib/seamonkey", "thunderbird", false), ("usr/lib/thunderbird", "seamonkey", false),
    ("opt/betterbird", "thunderbird", true), ("usr/lib/icedove", "thunderbird", true),
    ("usr/local/lib/thunderbird", "betterbird", true), ("etc/icedove", "icedove", true),
    ("etc/seamonkey", "icedove", false),
  ])
  func installationsThatMayOpenAProfile(directory: String, program: String, counts: Bool) throws {
    var lab = Lab { $0.addPOP() }
    lab.profile["compatibility.ini"] = "[Compatibility]\nLastAppDir=/usr/lib/\(program)\n"
    let leaf = directory.hasPrefix("etc/") ? "pref" : "defaults/pref"
    lab.installation = MemoryView(
      at: "/",
      ["\(directory)/\(leaf)/x.js": #"pref("mail.server.server2.type", "pop3", locked);"#])
    #expect(try lab.refusal() == (counts ? .overriddenByPolicy : nil))
  }

  /// Its default, like Firefox's, is a byte shifted by 13.
  @Test func autoConfigOfSeaMonkey() throws {
    var lab = Lab { $0.addPOP() }
    lab.profile["compatibility.ini"] = "[Compatibility]\nLastAppDir=/usr/lib/seamonkey\n"
    let script = "//\nlockPref(\"mail.server.server2.type\", \"pop3\");\n"
    lab.installation = MemoryView(
      at: "/",
      ["usr/lib/seamonkey/defaults/pref/x.js": #"pref("general.config.filename", "x.cfg");"#])
    lab.installation.put(.file(script.utf8.map { $0 &+ 13 }), at: "usr/lib/seamonkey/x.cfg")
    #expect(try lab.refusal() == .overriddenByPolicy)
  }
}
