import Foundation
import Testing

@testable import ProfileRewriter

/// How privileged programs were led astray by the owners of the files they worked on, each case done
/// to this one (docs/security.md says where each comes from). Nothing outside the home is read,
/// changed, created or given away, and nothing is waited for.
@Suite(.timeLimit(.minutes(2))) struct HostileHomeLaws {
  static let user = ActingLaws.user

  /// A home with an attack on it, and what must be answered.
  struct Attack: Sendable, CustomStringConvertible {
    var description: String
    /// What one of the rows must say; nil where the account may well be switched.
    var reasons: Set<ReasonCode>
    var make: @Sendable (Scene) throws -> Void
  }

  /// What an attack is made of.
  final class Scene {
    let sandbox: Sandbox
    let outside: Outside

    init(_ fixture: Fixture) throws {
      try #require(geteuid() == 0, "only root can be led astray")
      sandbox = try Sandbox(fixture)
      outside = try Outside(in: sandbox.directory, profile: sandbox.profile)
      sandbox.giveHome(to: HostileHomeLaws.user)
    }

    var profile: String { sandbox.profile.path }
    var home: String { sandbox.home.path }

    func remove(_ path: String) throws {
      if FileManager.default.fileExists(atPath: path) {
        try FileManager.default.removeItem(atPath: path)
      }
    }

    /// Puts a link of the user's where something was.
    func link(_ path: String, to target: String) throws {
      try remove(path)
      #expect(symlink(target, path) == 0)
      lchown(path, HostileHomeLaws.user, HostileHomeLaws.user)
    }

    func hardLink(_ path: String, to target: String) throws {
      try remove(path)
      #expect(Glibc.link(target, path) == 0)
    }

    func node(_ path: String, _ mode: mode_t, device: dev_t = 0) throws {
      try remove(path)
      #expect(mknod(path, mode | 0o666, device) == 0)
      chown(path, HostileHomeLaws.user, HostileHomeLaws.user)
    }

    func write(_ path: String, _ text: String) throws {
      try remove(path)
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      chown(path, HostileHomeLaws.user, HostileHomeLaws.user)
    }

    /// Every command in turn; the rows of all.
    func everything() throws -> [(status: String, reason: ReasonCode?, text: String)] {
      var rows: [(String, ReasonCode?, String)] = []
      sandbox.engine.scan(sandbox.selection()) { row in
        if let problem = row.problem { rows.append(("problem", problem.reason, problem.text)) }
      }
      try sandbox.engine.plan(sandbox.request()) { planned in
        for account in planned.accounts {
          rows.append(("planned", account.refusal?.reason, account.refusal?.text ?? ""))
        }
        rows.append(("diff", nil, String(decoding: planned.diff(context: 1000), as: UTF8.self)))
      } problem: { _, refusal in
        rows.append(("problem", refusal.reason, refusal.text))
      }
      let engine = sandbox.engine
      let keep = { (row: ResultRow) in
        rows.append(("\(row.status)", row.reason, row.text ?? ""))
      }
      try engine.apply(sandbox.request(), keep)
      try engine.recover(keep)
      try engine.finish(FinishRequest(), keep)
      try engine.rollback(UndoRequest(which: .all), keep)
      return rows
    }

    /// Root's secret in what was said or recorded.
    func leaks(_ rows: [(status: String, reason: ReasonCode?, text: String)]) -> [String] {
      var leaks = rows.map(\.text).filter { $0.contains(Outside.secret) }
      for name in (try? FileManager.default.subpathsOfDirectory(atPath: sandbox.state.path)) ?? [] {
        let file = sandbox.state.appendingPathComponent(name)
        let bytes = (try? Data(contentsOf: file)) ?? Data()
        if bytes.range(of: Data(Outside.secret.utf8)) != nil { leaks.append(name) }
      }
      return leaks
    }
  }

  static let names = ["prefs.js", "logins.json", ".parentlock", "user.js"]

  /// systemd-tmpfiles (CVE-2018-6954), logrotate, cinnamon-settings-users (CVE-2018-13054): a link
  /// at every component, the last one and each before it.
  static let links: [Attack] =
    [
      Attack(description: "the directory of profiles is a link", reasons: [.symlink]) {
        try $0.link($0.home + "/.thunderbird", to: $0.outside.directory.path)
      },
      Attack(description: "the profile is a link to root's", reasons: [.symlink]) {
        try $0.link($0.profile, to: $0.outside.path("profile"))
      },
      Attack(description: "profiles.ini is a link to shadow", reasons: [.symlink]) {
        try $0.link($0.home + "/.thunderbird/profiles.ini", to: $0.outside.path("shadow"))
      },
      Attack(description: "the old mail's directory is a link", reasons: []) {
        try $0.link($0.profile + "/Mail", to: $0.outside.path("empty"))
      },
      Attack(description: "the directory of new mail is a link", reasons: [.symlink]) {
        try $0.link($0.profile + "/ImapMail", to: $0.outside.path("empty"))
      },
      Attack(description: "the lock file is a link to nothing", reasons: [.symlink]) {
        try $0.link($0.profile + "/.parentlock", to: $0.outside.path("made-by-root"))
      },
      Attack(description: "prefs.js is a link of many steps up", reasons: [.symlink]) {
        try $0.link(
          $0.profile + "/prefs.js",
          to: String(repeating: "../", count: 40) + $0.outside.path("shadow").dropFirst())
      },
    ]
    + names.map { name in
      Attack(description: "\(name) is a link to shadow", reasons: [.symlink]) {
        try $0.link($0.profile + "/" + name, to: $0.outside.path("shadow"))
      }
    }

  /// systemd-tmpfiles (CVE-2017-18078): a second name for root's file.
  static let hardLinks: [Attack] =
    names.map { name in
      Attack(
        description: "\(name) is a second name of shadow", reasons: [.io, .notOwner, .metadata]
      ) { try $0.hardLink($0.profile + "/" + name, to: $0.outside.path("shadow")) }
    } + [
      Attack(description: "prefs.js is a second name of a file anybody reads", reasons: [.metadata])
      {
        let other = $0.outside.directory.deletingLastPathComponent().path + "/anybody"
        try FileManager.default.copyItem(atPath: $0.profile + "/prefs.js", toPath: other)
        chmod(other, 0o644)
        try $0.hardLink($0.profile + "/prefs.js", to: other)
      }
    ]

  static let nodes: [Attack] =
    names.flatMap { name in
      [
        Attack(description: "\(name) is a FIFO", reasons: [.notRegular]) {
          try $0.node($0.profile + "/" + name, S_IFIFO)
        },
        Attack(description: "\(name) is a socket", reasons: [.notRegular, .io]) {
          try $0.node($0.profile + "/" + name, S_IFSOCK)
        },
        Attack(description: "\(name) is a device without an end", reasons: [.notRegular]) {
          // /dev/zero
          try $0.node($0.profile + "/" + name, S_IFCHR, device: 1 << 8 | 5)
        },
        Attack(description: "\(name) is a directory", reasons: [.notRegular, .io, .metadata]) {
          try $0.remove($0.profile + "/" + name)
          try FileManager.default.createDirectory(
            atPath: $0.profile + "/" + name, withIntermediateDirectories: true)
          chown($0.profile + "/" + name, HostileHomeLaws.user, HostileHomeLaws.user)
        },
      ]
    } + [
      Attack(description: "profiles.ini is a FIFO", reasons: [.notRegular]) {
        try $0.node($0.home + "/.thunderbird/profiles.ini", S_IFIFO)
      },
      Attack(description: "the profile is a FIFO", reasons: [.notRegular]) {
        try $0.node($0.profile, S_IFIFO)
      },
    ]

  static let pointers: [Attack] = [
    Attack(description: "profiles.ini leads up and out", reasons: [.outsideHome]) {
      try $0.write(
        $0.home + "/.thunderbird/profiles.ini",
        "[Profile0]\nIsRelative=1\nPath=../../outside/profile\n")
    },
    Attack(description: "profiles.ini leads out by an absolute path", reasons: [.outsideHome]) {
      try $0.write(
        $0.home + "/.thunderbird/profiles.ini",
        "[Profile0]\nIsRelative=0\nPath=\($0.outside.path("profile"))\n")
    },
    Attack(description: "a setting leads to root's directory", reasons: []) {
      let prefs = $0.profile + "/prefs.js"
      let text =
        try String(contentsOfFile: prefs, encoding: .utf8)
        + "user_pref(\"mail.server.server1.directory\", \"\($0.outside.path("empty"))\");\n"
      try $0.write(prefs, text)
    },
  ]

  static let owners: [Attack] = [
    Attack(description: "prefs.js is somebody else's", reasons: [.notOwner]) {
      chown($0.profile + "/prefs.js", 31_002, 31_002)
      chmod($0.profile + "/prefs.js", 0o666)
    },
    Attack(description: "prefs.js is root's", reasons: [.notOwner]) {
      chown($0.profile + "/prefs.js", 0, 0)
      chmod($0.profile + "/prefs.js", 0o644)
    },
    Attack(description: "the profile's directory is root's", reasons: [.notOwner, .io]) {
      chown($0.profile, 0, 0)
      chmod($0.profile, 0o777)
    },
    Attack(description: "the profile's directory is sticky and root's", reasons: [.notOwner, .io]) {
      chown($0.profile, 0, 0)
      chmod($0.profile, 0o1777)
    },
  ]

  static let attacks = links + hardLinks + nodes + pointers + owners

  /// By the kernel's own walk, and by ours where it has none.
  @Test(arguments: attacks, [false, true])
  func theHomeIsRefusedAndNothingOutsideIsTouched(_ attack: Attack, isOldKernel: Bool) throws {
    #expect(try Self.broken(by: attack, isOldKernel: isOldKernel) == [])
  }

  /// What an attack got, or was not told.
  static func broken(
    by attack: Attack, isOldKernel: Bool = false, _ breakage: Breakage? = nil
  ) throws -> [String] {
    let scene = try Scene(try Fixture.named("mbox"))
    breakage?.apply(to: scene.sandbox)
    let watch = IdentityWatch(isOld: isOldKernel, scene.sandbox.calls)
    scene.sandbox.calls = watch
    try attack.make(scene)
    let rows = try scene.everything()
    var broken = try scene.outside.differences().map { "outside: \($0)" }
    broken += scene.leaks(rows).map { "leaked: \($0)" }
    broken += watch.calls(below: scene.outside.directory).map { "\($0.name) at \($0.place)" }
    if !attack.reasons.isEmpty,
      !rows.contains(where: { row in row.reason.map(attack.reasons.contains) ?? false })
    {
      broken.append("not refused: \(rows.map { "\($0.status) \($0.reason?.rawValue ?? "")" })")
    }
    for name in try FileManager.default.subpathsOfDirectory(atPath: scene.home)
    where name.contains(".profile-rewriter-") { broken.append("litter: \(name)") }
    return broken
  }

  // MARK: - The home itself

  @Test func aHomeThatIsALinkIsRefused() throws {
    let scene = try Scene(try Fixture.named("mbox"))
    let real = scene.sandbox.directory.appendingPathComponent("real").path
    #expect(rename(scene.home, real) == 0)
    #expect(symlink(real, scene.home) == 0)
    let rows = try scene.everything()
    #expect(rows.contains { $0.reason == .symlink })
    #expect(!rows.contains { $0.status == "applied" })
  }

  /// The directory above is the user's, who can put root's in the place of the profile.
  @Test func aNamedProfileBelowAUsersLinkIsRefused() throws {
    let scene = try Scene(try Fixture.named("mbox"))
    try scene.link(scene.home + "/way", to: scene.outside.directory.path)
    let engine = scene.sandbox.engine
    var reasons: [ReasonCode?] = []
    let request = SwitchRequest(
      selection: Selection(paths: [Array((scene.home + "/way/profile").utf8)]),
      settings: FixtureSettings(fixture: scene.sandbox.fixture))
    try engine.apply(request) { reasons.append($0.reason) }
    #expect(reasons == [.symlink])
    #expect(try scene.outside.differences() == [])
  }

  /// Root's directory moved below a user's: not a link anywhere.
  @Test func rootsDirectoryBelowAUsersIsRefused() throws {
    let scene = try Scene(try Fixture.named("mbox"))
    let moved = scene.home + "/roots"
    try FileManager.default.copyItem(atPath: scene.outside.path("profile"), toPath: moved)
    var reasons: [ReasonCode?] = []
    let request = SwitchRequest(
      selection: Selection(paths: [Array(moved.utf8)]),
      settings: FixtureSettings(fixture: scene.sandbox.fixture))
    try scene.sandbox.engine.apply(request) { reasons.append($0.reason) }
    #expect(reasons == [.notOwner])
  }

  @Test func aHomeOfAnotherThanTheUserDatabaseSaysIsRefused() throws {
    let scene = try Scene(try Fixture.named("mbox"))
    var selection = scene.sandbox.selection()
    selection.owners = [Array(scene.home.utf8): [31_002]]
    var reasons: [ReasonCode?] = []
    let settings = FixtureSettings(fixture: scene.sandbox.fixture)
    try scene.sandbox.engine.apply(SwitchRequest(selection: selection, settings: settings)) {
      reasons.append($0.reason)
    }
    #expect(reasons == [.notOwner])
    selection.owners = [Array(scene.home.utf8): [31_002, Self.user]]
    reasons = []
    try scene.sandbox.engine.apply(SwitchRequest(selection: selection, settings: settings)) {
      reasons.append($0.reason)
    }
    #expect(reasons.allSatisfy { $0 == nil })
  }

  // MARK: - Between apply and undo

  /// omarchy (2026): what restores opens the old path again, and finds another's file there.
  @Test(arguments: ["profile", "prefs.js", ".thunderbird", "home", "hard link", "fifo"])
  func undoFindsNothingElseInItsPlace(_ what: String) throws {
    let scene = try Scene(try Fixture.named("mbox"))
    try scene.sandbox.apply()
    let prefs = scene.profile + "/prefs.js"
    switch what {
    case "profile": try scene.link(scene.profile, to: scene.outside.path("profile"))
    case "prefs.js": try scene.link(prefs, to: scene.outside.path("profile/prefs.js"))
    case ".thunderbird":
      try scene.link(scene.home + "/.thunderbird", to: scene.outside.directory.path)
    case "home": try scene.link(scene.home, to: scene.outside.directory.path)
    case "hard link": try scene.hardLink(prefs, to: scene.outside.path("shadow"))
    default: try scene.node(prefs, S_IFIFO)
    }
    let rows = try scene.sandbox.rollback(.all)
    #expect(rows.allSatisfy { $0.status == .refused || $0.status == .failed }, "\(rows)")
    #expect(try scene.outside.differences() == [])
  }

  /// What looks like ours and is to be cleared away.
  @Test func litterIsTakenAwayByItsNameAlone() throws {
    let scene = try Scene(try Fixture.named("mbox"))
    try scene.link(
      scene.profile + "/.profile-rewriter-00000000.tmp", to: scene.outside.path("shadow"))
    try scene.hardLink(
      scene.profile + "/.profile-rewriter-00000001.tmp", to: scene.outside.path("other"))
    _ = try scene.everything()
    #expect(try scene.outside.differences() == [])
  }

  // MARK: - Modes that are passed on

  /// Files made in a set-group-ID directory get its group, not root's.
  @Test func aSetGroupIDDirectoryPassesItsGroupOn() throws {
    let scene = try Scene(try Fixture.named("mbox"))
    chown(scene.profile, Self.user, 31_005)
    chmod(scene.profile, 0o2700)
    let before = try scene.sandbox.tree()
    let rows = try scene.sandbox.apply()
    let after = try scene.sandbox.tree()
    for path in differences(before, after) { #expect(after[path]?.uid == Self.user, "\(path)") }
    // The kernel does not let one who is not in the group make such a directory.
    #expect(rows.allSatisfy { $0.status == .applied || $0.reason == .metadata }, "\(rows)")
    try scene.sandbox.rollback(.all)
    #expect(differences(before, try scene.sandbox.tree()) == [])
  }

  /// A group that the user is not in cannot be given by them.
  @Test func aGroupThatCannotBeKeptIsRefused() throws {
    let scene = try Scene(try Fixture.named("mbox"))
    chown(scene.profile + "/prefs.js", Self.user, 31_005)
    let before = try scene.sandbox.tree()
    let rows = try scene.sandbox.apply()
    #expect(rows.allSatisfy { $0.reason == .metadata }, "\(rows)")
    #expect(differences(before, try scene.sandbox.tree()) == [])
  }
}
