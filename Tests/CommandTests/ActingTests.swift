import Foundation
import Testing

/// The program itself, run as root over another user's home.
@Suite struct ActingTests {
  private static let user: uid_t = 31_001
  private let target = ["--imap-host", "imap.example.net"]

  init() throws { try #require(geteuid() == 0, "only root acts as others") }

  private func give(_ home: URL, to user: uid_t = user) {
    let names = FileManager.default.enumerator(atPath: home.path)
    chown(home.path, user, user)
    while let name = names?.nextObject() as? String {
      lchown(home.appendingPathComponent(name).path, user, user)
    }
  }

  private func home() throws -> ThunderbirdHome {
    let home = try ThunderbirdHome()
    give(home.home)
    return home
  }

  // MARK: - What the kernel sees

  /// Calls on the home, as strace(1) saw them: who the thread was to file systems at each.
  private struct Traced {
    var inHome = 0
    var broken: [String] = []

    /// - Parameter lines: of `strace -f -y`.
    init(_ lines: [Substring], home: String, user: uid_t) {
      var users: [Substring: uid_t] = [:]
      for line in lines {
        let thread = line.prefix { $0.isNumber }
        if let match = line.firstMatch(of: /setfsuid\((\d+)/), let uid = uid_t(match.output.1) {
          users[thread] = uid
          continue
        }
        guard line.contains(home + "/") || line.contains(home + ">") else { continue }
        // The process's own arguments, and what names the home in what it writes elsewhere.
        guard !line.contains("execve("), line.firstMatch(of: /(write|read)\(\d+<\/(?!tmp)/) == nil
        else { continue }
        // Letting go needs no right.
        if line.contains("close(") || line.contains("F_UNLCK") { continue }
        // The home is found from above, and who owns it looked at before anything is done as them.
        if !line.contains(home + "/"), Self.findsHome(line, home) { continue }
        inHome += 1
        if users[thread, default: 0] != user { broken.append(String(line)) }
      }
    }

    private static func findsHome(_ line: Substring, _ home: String) -> Bool {
      let result =
        line.hasSuffix("<\(home)>") && (line.contains("openat(") || line.contains("openat resumed"))
      return (result && !line.dropLast(home.count + 2).contains(home))
        || (line.contains("newfstatat(") && line.contains("<\(home)>, \"\", "))
        || line.contains("fstat(")
    }
  }

  /// Under the address sanitizer, which cannot look for leaks in a process that is traced.
  private static let withoutLeakSearch = ["-E", "ASAN_OPTIONS=detect_leaks=0"]

  private func trace(
    _ arguments: [String], home: URL, in scratch: URL
  ) throws -> (result: Program.Result, traced: Traced, lines: [Substring]) {
    let log = scratch.appendingPathComponent("strace").path
    let result = try Program.run(
      Self.withoutLeakSearch + ["-f", "-y", "-s", "0", "-e", "trace=setfsuid,%file,%desc"]
        + ["-o", log, Program.path] + arguments, as: "/usr/bin/strace")
    let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
    return (result, Traced(lines, home: home.path, user: Self.user), lines)
  }

  @Test func theKernelSeesTheOwnerAtEveryCallInAHome() throws {
    let home = try home()
    let applied = try trace(
      ["apply", "--json"] + target + home.arguments, home: home.home, in: home.scratch)
    #expect(applied.result.status == 0, "\(applied.result.output)")
    #expect(applied.traced.broken == [])
    #expect(applied.traced.inHome > 100)
    #expect(applied.lines.count { $0.contains("renameat") && $0.contains(home.home.path) } > 1)
    #expect(!applied.lines.contains { $0.contains("chown") && $0.contains(home.home.path) })
    let undone = try trace(
      ["rollback", "--last", "--json", "--state", home.state.path], home: home.home,
      in: home.scratch)
    #expect(undone.result.status == 0, "\(undone.result.output)")
    #expect(undone.traced.broken == [])
    #expect(undone.traced.inHome > 50)
    for (path, look) in try home.fingerprint() {
      #expect(look.contains(" \(Self.user):\(Self.user) "), "\(path): \(look)")
    }
  }

  /// With the client's database, which SQLite opens.
  @Test func theKernelSeesTheOwnerAtEvolutionsFiles() throws {
    let home = try EvolutionHome("filters")
    give(home.home)
    let applied = try trace(
      ["apply", "--json"] + target + home.arguments, home: home.home, in: home.scratch)
    #expect(applied.result.status == 0, "\(applied.result.output)")
    let uid = try #require(try home.backends().first { $0.value == "imapx" }).key.dropLast(7)
    let cache = home.home.appendingPathComponent(".cache/evolution/mail/\(uid)")
    try FileManager.default.createDirectory(at: cache, withIntermediateDirectories: true)
    let database = cache.appendingPathComponent("folders.db").path
    let made = try Program.run(
      [
        "-c",
        "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('create table folders(folder_name)'); c.commit()",
        database,
      ],
      as: "/usr/bin/python3")
    #expect(made.status == 0)
    give(home.home)
    chmod(database, 0o600)
    let finished = try trace(
      ["finish", "--json", "--state", home.state.path], home: home.home, in: home.scratch)
    #expect(finished.traced.broken == [])
    // Beside our own openat2.
    #expect(
      finished.lines.contains { $0.contains("openat(AT_FDCWD") && $0.contains("folders.db\",") },
      "\(finished.result.output)")
  }

  /// A deliberate failure of the look itself: a home of root's is worked on as root.
  @Test func theTraceTellsWhatIsDoneAsSomebodyElse() throws {
    let home = try ThunderbirdHome()
    let applied = try trace(
      ["apply", "--json"] + target + home.arguments, home: home.home, in: home.scratch)
    #expect(applied.result.status == 0)
    #expect(applied.traced.broken.count > 100)
  }

  // MARK: - Capabilities

  @Test func whatIsNotUsedIsGivenUpAtTheStart() throws {
    let home = try home()
    let log = home.scratch.appendingPathComponent("strace").path
    let run = try Program.run(
      Self.withoutLeakSearch + [
        "-f", "-e", "trace=capset,prctl,clone,clone3", "-o", log, Program.path, "history",
        "--state", home.state.path,
      ], as: "/usr/bin/strace")
    #expect(run.status == 0, "\(run.talk)")
    let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
    let set = try #require(lines.firstIndex { $0.contains("capset(") })
    // Before the first thread, which would keep what it is made with.
    #expect(!lines[..<set].contains { $0.contains("clone") })
    let text = lines[set]
    let effective = try #require(text.firstMatch(of: /effective=([^,]*),/)).output.1
    #expect(
      Set(effective.split(separator: "|")).isSubset(of: [
        "1<<CAP_CHOWN", "1<<CAP_DAC_OVERRIDE", "1<<CAP_DAC_READ_SEARCH", "1<<CAP_KILL",
        "1<<CAP_SETGID", "1<<CAP_SETUID", "1<<CAP_SYS_PTRACE",
      ]), "\(text)")
    #expect(!text.contains("CAP_SYS_RESOURCE"), "\(text)")
    #expect(text.contains("inheritable=0"), "\(text)")
    #expect(lines.contains { $0.contains("PR_CAPBSET_DROP, CAP_NET_ADMIN") })
  }

  /// The blocks that a file system keeps for root are not used for a user.
  @Test func whatIsReservedForRootIsNotUsed() throws {
    let home = try home()
    let image = home.scratch.appendingPathComponent("image").path
    let disk = home.scratch.appendingPathComponent("disk")
    try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
    func run(_ program: String, _ arguments: String...) throws {
      let result = try Program.run(arguments, as: program)
      try #require(result.status == 0, "\(program): \(result.talk)")
    }
    // Half of it for root.
    try run("/usr/sbin/mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-m", "50", image, "4m")
    try run("/usr/bin/mount", "-o", "loop", image, disk.path)
    defer { umount2(disk.path, Int32(MNT_DETACH)) }
    let copy = disk.appendingPathComponent("home")
    try FileManager.default.copyItem(at: home.home, to: copy)
    give(copy)
    // As the user, to the last block that is theirs.
    _ = try Program.run(
      [
        "--reuid=\(Self.user)", "--regid=\(Self.user)", "--clear-groups", "/bin/dd", "if=/dev/zero",
        "of=\(copy.path)/filler", "bs=1k",
      ], as: "/usr/bin/setpriv")
    var room = statvfs()
    #expect(statvfs(copy.path, &room) == 0)
    #expect(room.f_bavail == 0 && room.f_bfree > 100, "\(room)")
    let prefs = copy.appendingPathComponent(".thunderbird/\(home.profileName)/prefs.js")
    let before = try Data(contentsOf: prefs)
    let result = try Program.run(
      ["apply", "--json", copy.path, "--state", home.state.path] + target)
    #expect(result.status == 1, "\(result.output)")
    #expect(
      (try result.rows().first?["text"] as? String)?.contains("No space left") == true,
      "\(result.output)")
    #expect(try Data(contentsOf: prefs) == before)
  }

  /// With a quota that is full, switch and undo are refused and the home is as it was; with room again they go on.
  @Test func aFullQuotaLeavesTheHomeAsItIs() throws {
    let home = try home()
    let image = home.scratch.appendingPathComponent("image").path
    let disk = home.scratch.appendingPathComponent("disk")
    let copy = disk.appendingPathComponent("home")
    try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
    func run(_ program: String, _ arguments: String...) throws {
      let result = try Program.run(arguments, as: program)
      try #require(result.status == 0, "\(program): \(result.talk)")
    }
    try run("/usr/bin/truncate", "-s", "150M", image)
    try run("/usr/sbin/mkfs.btrfs", "-q", image)
    try run("/usr/bin/mount", "-o", "loop", image, disk.path)
    defer { umount2(disk.path, Int32(MNT_DETACH)) }
    try run("/usr/bin/btrfs", "quota", "enable", disk.path)
    try run("/usr/bin/btrfs", "subvolume", "create", copy.path)
    try run("/usr/bin/cp", "-a", home.home.path + "/.", copy.path)
    give(copy)
    try run("/usr/bin/btrfs", "qgroup", "limit", "8M", copy.path)

    let filler = copy.appendingPathComponent("filler")
    func fill() throws {
      for size in ["64k", "1k"] {
        let result = try Program.run(
          [
            "--reuid=\(Self.user)", "--regid=\(Self.user)", "--clear-groups", "/bin/dd",
            "if=/dev/zero", "of=\(filler.path)", "oflag=append", "conv=notrunc,fsync", "bs=\(size)",
          ], as: "/usr/bin/setpriv")
        #expect(result.talk.contains("quota exceeded"), "\(result.talk)")
      }
    }
    func contents() throws -> [String: Data] {
      var found: [String: Data] = [:]
      for path in try FileManager.default.subpathsOfDirectory(atPath: copy.path)
      where path != "filler" && !path.hasSuffix("/.parentlock") {
        found[path] = FileManager.default.contents(atPath: copy.path + "/" + path) ?? Data()
      }
      return found
    }
    func changed(_ words: [String], _ status: Int32) throws -> [String: Any] {
      let result = try Program.run(words + ["--json", "--state", home.state.path])
      #expect(result.status == status, "\(result.output)")
      return try #require(try result.rows().first)
    }
    let apply = ["apply", copy.path] + target
    let old = try contents()

    try fill()
    let refused = try changed(apply, 1)
    #expect(refused["reason"] as? String == "io")
    #expect((refused["text"] as? String)?.contains("quota") == true, "\(refused)")
    #expect(try contents() == old)
    try FileManager.default.removeItem(at: filler)
    #expect(try changed(apply, 0)["status"] as? String == "applied")
    let new = try contents()
    #expect(new != old)

    try fill()
    let kept = try changed(["rollback", "--last"], 1)
    #expect(kept["reason"] as? String == "io", "\(kept)")
    #expect(try contents() == new)
    try FileManager.default.removeItem(at: filler)
    #expect(try changed(["rollback", "--last"], 0)["status"] as? String == "undone")
    #expect(try contents() == old)
  }

  /// As on a file server that takes root for nobody: without root's rights over files, which the
  /// process gives up for this, only the owner gets in.
  @Test func aHomeThatRootCannotEnterIsSwitchedAndBack() throws {
    let home = try home()
    chmod(home.home.path, 0o700)
    let before = try home.contents()
    func run(_ words: [String]) throws -> Program.Result {
      try Program.run(
        ["--bounding-set=-dac_override,-dac_read_search"] + words, as: "/usr/bin/setpriv")
    }
    #expect(try run(["/bin/ls", home.home.path]).status != 0)
    let applied = try run([Program.path, "apply", "--json"] + target + home.arguments)
    #expect(applied.status == 0, "\(applied.output)")
    #expect(try home.readPrefs().contains(#""mail.server.server1.type", "imap""#))
    let undone = try run(
      [Program.path, "rollback", "--last", "--json", "--state", home.state.path])
    #expect(undone.status == 0, "\(undone.output)")
    #expect(try home.contents() == before)
  }

  // MARK: - What cannot be kept

  @Test func anAttributeThatOnlyRootSeesIsRefused() throws {
    let home = try home()
    let set = try Program.run(
      ["-n", "trusted.note", "-v", "x", home.prefs.path], as: "/usr/bin/setfattr")
    try #require(set.status == 0, "\(set.talk)")
    let before = try home.fingerprint()
    let result = try Program.run(["apply", "--json"] + target + home.arguments)
    #expect(result.status == 3, "\(result.output)")
    let row = try #require(try result.rows().first)
    #expect(row["reason"] as? String == "metadata")
    #expect((row["text"] as? String)?.contains("trusted.note") == true)
    #expect(try home.fingerprint() == before)
  }

  @Test func whatTheOwnerMayDoIsKept() throws {
    let home = try home()
    let list = try Program.run(["-m", "u:31005:r", home.prefs.path], as: "/usr/bin/setfacl")
    try #require(list.status == 0, "\(list.talk)")
    let set = try Program.run(
      ["-n", "user.note", "-v", "x", home.prefs.path], as: "/usr/bin/setfattr")
    try #require(set.status == 0, "\(set.talk)")
    #expect(try Program.run(["apply", "--json"] + target + home.arguments).status == 0)
    let shown = try Program.run(["-n", "-c", home.prefs.path], as: "/usr/bin/getfacl").output
    #expect(shown.contains("user:31005:r--"), "\(shown)")
    let notes = try Program.run(["-d", home.prefs.path], as: "/usr/bin/getfattr").output
    #expect(notes.contains("user.note=\"x\""), "\(notes)")
  }

  // MARK: - Links that are allowed

  @Test func aHomeThatIsALinkIsTakenOnlyWhenSaid() throws {
    let home = try home()
    let link = home.scratch.appendingPathComponent("link").path
    #expect(symlink(home.home.path, link) == 0)
    let old = try home.contents()
    let state = ["--state", home.state.path]
    let refused = try Program.run(["apply", "--json", link] + target + state)
    #expect(refused.status == 3)
    #expect(try refused.rows().first?["reason"] as? String == "symlink")
    let applied = try Program.run(["apply", "--json", "--allow-links", link] + target + state)
    #expect(applied.status == 0, "\(applied.output)")
    #expect(try applied.rows().first?["home"] as? String == home.home.path)
    // What was named by a link is recorded as what it led to.
    let undone = try Program.run(["rollback", "--json", "--all", "--allow-links", link] + state)
    #expect(undone.status == 0, "\(undone.output)")
    #expect(try undone.rows().count { $0["status"] as? String == "undone" } == 1)
    #expect(try home.contents() == old)
  }

  @Test func aProfileThatIsALinkIsTakenOnlyWhenSaid() throws {
    let home = try home()
    let elsewhere = home.scratch.appendingPathComponent("elsewhere").path
    #expect(rename(home.profile.path, elsewhere) == 0)
    #expect(symlink(elsewhere, home.profile.path) == 0)
    lchown(home.profile.path, Self.user, Self.user)
    let refused = try Program.run(["apply", "--json"] + target + home.arguments)
    #expect(try refused.rows().first?["reason"] as? String == "symlink")
    let applied = try Program.run(["apply", "--json", "--allow-links"] + target + home.arguments)
    #expect(applied.status == 0, "\(applied.output)")
    #expect(try applied.rows().first?["profile"] as? String == elsewhere)
  }

  /// As Debian's ~/.icedove, or profiles on another disk.
  @Test func aDirectoryOfProfilesThatIsALinkIsTakenOnlyWhenSaid() throws {
    let home = try home()
    let elsewhere = home.scratch.appendingPathComponent("elsewhere").path
    let location = home.home.appendingPathComponent(".thunderbird").path
    #expect(rename(location, elsewhere) == 0)
    #expect(symlink(elsewhere, location) == 0)
    lchown(location, Self.user, Self.user)
    let refused = try Program.run(["scan", "--json", home.home.path])
    let said = try #require(refused.rows().first)
    #expect(said["reason"] as? String == "symlink")
    #expect((said["text"] as? String)?.contains("--allow-links") == true)
    let prefs = "\(elsewhere)/\(home.profile.lastPathComponent)/prefs.js"
    let old = try Data(contentsOf: URL(fileURLWithPath: prefs))
    let named = try Program.run(["scan", "--json", elsewhere]).output
    #expect(named.contains(#""state":"ready""#))
    #expect(try Program.run(["scan", "--json", "--allow-links", home.home.path]).output == named)
    let applied = try Program.run(["apply", "--json", "--allow-links"] + target + home.arguments)
    #expect(applied.status == 0, "\(applied.output)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: prefs)) != old)
    let undone = try Program.run(
      ["rollback", "--json", "--all", elsewhere, "--state", home.state.path])
    #expect(undone.status == 0, "\(undone.output)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: prefs)) == old)
  }

  /// It would be gone through for ever.
  @Test func aLinkBackToTheHomeIsNotFollowedAgain() throws {
    let home = try home()
    let location = home.home.appendingPathComponent(".thunderbird").path
    #expect(rename(location, home.home.appendingPathComponent("kept").path) == 0)
    #expect(symlink(home.home.path, location) == 0)
    lchown(location, Self.user, Self.user)
    let rows = try Program.run(["scan", "--json", "--allow-links", home.home.path]).rows()
    #expect(rows.first?["reason"] as? String == "symlink", "\(rows)")
  }

  /// A user's link leads to nothing but what is that user's, allowed or not.
  @Test(arguments: [0, 31_002] as [uid_t]) func aLinkToWhatIsNotTheirsIsRefused(_ other: uid_t)
    throws
  {
    let home = try home()
    let elsewhere = home.scratch.appendingPathComponent("elsewhere")
    #expect(rename(home.profile.path, elsewhere.path) == 0)
    #expect(symlink(elsewhere.path, home.profile.path) == 0)
    lchown(home.profile.path, Self.user, Self.user)
    give(elsewhere, to: other)
    chmod(elsewhere.path, 0o755)
    let before = try Data(contentsOf: elsewhere.appendingPathComponent("prefs.js"))
    for path in [home.home.path, home.profile.path] {
      let result = try Program.run(
        ["apply", "--json", "--allow-links", path, "--state", home.state.path] + target)
      #expect(result.status == 3, "\(result.output)")
      #expect(try result.rows().first?["reason"] as? String == "not-owner", "\(result.output)")
    }
    #expect(try Data(contentsOf: elsewhere.appendingPathComponent("prefs.js")) == before)
  }

  // MARK: - Owners

  @Test func aFileOfSomebodyElseIsRefusedByName() throws {
    let home = try home()
    chown(home.prefs.path, 31_002, 31_002)
    chmod(home.prefs.path, 0o644)
    let before = try home.fingerprint()
    for command in ["plan", "apply"] {
      let result = try Program.run([command, "--json"] + target + home.arguments)
      #expect(result.status == 3, "\(result.output)")
      let row = try #require(try result.rows().first)
      #expect(row["reason"] as? String == "not-owner", "\(row)")
      #expect((row["text"] as? String)?.contains("belongs to user 31002") == true, "\(row)")
    }
    #expect(try home.fingerprint() == before)
  }

  /// Root may read it; its owner may not, and that counts.
  @Test func whatTheOwnerCannotReadIsNotReadForThem() throws {
    let home = try home()
    home.chmod(home.profilePath("logins.json"), 0)
    let result = try Program.run(["apply", "--json"] + target + home.arguments)
    #expect(result.status == 1, "\(result.output)")
    let text = try #require(try result.rows().first?["text"] as? String)
    #expect(text.contains("as user \(Self.user), whose home it is"), "\(text)")
  }

  // MARK: - The state directory

  @Test(arguments: ["theirs", "theirs above", "open above", "their link", "sticky above"])
  func aStateDirectoryThatOthersCouldReplaceIsRefused(_ way: String) throws {
    let home = try home()
    let above = home.scratch.appendingPathComponent("above").path
    var state = above + "/state"
    mkdir(above, 0o755)
    mkdir(state, 0o700)
    switch way {
    case "theirs": chown(state, Self.user, Self.user)
    case "theirs above": chown(above, Self.user, Self.user)
    case "open above": chmod(above, 0o777)
    case "sticky above": chmod(above, 0o1777)
    default:
      let link = home.scratch.appendingPathComponent("link").path
      #expect(symlink(state, link) == 0)
      lchown(link, Self.user, Self.user)
      state = link
    }
    let before = try home.fingerprint()
    if way.hasSuffix("above"), way != "sticky above" {
      // Of a path that is not there yet, nothing is made in a directory of theirs.
      let deeper = above + "/not/there"
      let result = try Program.run(["apply", "--json", home.home.path, "--state", deeper] + target)
      #expect(try result.rows().last?["code"] as? String == "journal", "\(result.output)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: above) == ["state"])
    }
    let result = try Program.run(["apply", "--json", home.home.path, "--state", state] + target)
    guard way != "sticky above" else {
      #expect(result.status == 0, "\(result.output)")
      return
    }
    #expect(result.status == 1, "\(result.output)")
    #expect(try result.rows().last?["code"] as? String == "journal", "\(result.output)")
    #expect(try home.fingerprint() == before)
  }
}
