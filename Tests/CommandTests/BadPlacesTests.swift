import Foundation
import Testing

/// Places that are not what they should be: profiles.ini, directories, permissions, disks, the
/// state directory.
@Suite struct BadPlacesTests {
  private let target = ["--imap-host", "imap.example.net"]

  private func apply(_ home: ThunderbirdHome, _ more: [String] = []) throws -> Program.Result {
    try Program.run(["apply", "--json"] + target + more + home.arguments)
  }

  private func reasons(_ result: Program.Result) throws -> Set<String> {
    Set(try result.rows().compactMap { $0["reason"] as? String })
  }

  // MARK: - profiles.ini

  @Test func whatProfilesIniNamesWronglyIsListedAndTheRestIsDone() throws {
    let home = try ThunderbirdHome()
    try home.write(
      ".thunderbird/profiles.ini",
      """
      [Profile0]
      IsRelative=1
      Path=\(home.profileName)
      [Profile1]
      IsRelative=1
      Path=x/../\(home.profileName)
      [Profile2]
      IsRelative=1
      Path=gone
      [Profile3]
      IsRelative=1
      Path=gone
      [Profile4]
      IsRelative=1
      Path=../../outside
      [Profile5]
      IsRelative=0
      Path=/etc
      [Profile6]
      IsRelative=1
      Path=loop
      """)
    let loop = home.home.appendingPathComponent(".thunderbird/loop").path
    #expect(symlink("loop", loop) == 0)
    let result = try apply(home)
    // What is named and not there could not be found.
    #expect(result.status == 1)
    let rows = try result.rows().filter { $0["type"] as? String == "result" }
    #expect(rows.count { $0["reason"] as? String == "not-found" } == 1)
    #expect(rows.count { $0["reason"] as? String == "outside-home" } == 2)
    #expect(rows.count { $0["reason"] as? String == "symlink" } == 1)
    #expect(rows.count { $0["status"] as? String == "applied" } == 1)
  }

  @Test func aBinaryProfilesIniHidesNoProfile() throws {
    let home = try ThunderbirdHome()
    let noise = Data((0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 89 &+ 0x80) })
    try noise.write(to: home.home.appendingPathComponent(".thunderbird/profiles.ini"))
    #expect(try apply(home).status == 0)
    #expect(try home.readPrefs().contains(#""mail.server.server1.type", "imap""#))
  }

  @Test func aFIFOForProfilesIniIsNotWaitedFor() throws {
    let home = try ThunderbirdHome()
    let file = home.home.appendingPathComponent(".thunderbird/profiles.ini").path
    unlink(file)
    #expect(mkfifo(file, 0o600) == 0)
    let result = try apply(home)
    #expect(result.status == 3)
    #expect(try reasons(result) == ["not-regular"])
    #expect(try result.rows().last?["applied"] as? Int == 1)
  }

  // MARK: - PATHs

  @Test func aPathWithoutAProfileIsSaid() throws {
    let home = try ThunderbirdHome()
    let empty = home.scratch.appendingPathComponent("empty").path
    #expect(mkdir(empty, 0o700) == 0)
    for command in ["scan", "plan", "apply"] {
      let paths = [empty, "--state", home.state.path]
      let result = try Program.run(
        [command, "--json"] + (command == "scan" ? [] : target) + paths)
      #expect(result.status == 0)
      #expect(result.talk.contains("no mail profile below \(empty)"), "\(result.talk)")
    }
    #expect(!home.hasState)
  }

  @Test func aPathThatIsNotThereIsAFailureAndTheOthersAreDone() throws {
    let home = try ThunderbirdHome()
    let gone = home.scratch.appendingPathComponent("gone").path
    let result = try apply(home, [gone])
    #expect(result.status == 1)
    #expect(try reasons(result) == ["not-found"])
    #expect(try result.rows().last?["applied"] as? Int == 1)
  }

  /// Home, profile, its file, and the home by another way: one profile, done once, and not taken
  /// for another run at work.
  @Test func aProfileNamedSeveralTimesIsDoneOnce() throws {
    let home = try ThunderbirdHome()
    let way = home.scratch.appendingPathComponent("way")
    #expect(symlink(".", way.path) == 0)
    let paths = [
      home.profile.path, home.prefs.path, way.appendingPathComponent("home").path,
      home.home.appendingPathComponent(".thunderbird").path,
    ]
    for command in ["plan", "apply"] {
      let result = try Program.run([command, "--json"] + target + home.arguments + paths)
      #expect(result.status == 0, "\(result.output)")
      #expect(try result.rows().count == 2, "\(result.output)")
    }
    let again = try apply(home, paths)
    #expect(again.status == 0)
    #expect(try again.rows().last?["unchanged"] as? Int == 1)
    let history = try Program.run(["history", "--json", "--state", home.state.path]).rows()
    #expect(history.count { $0["type"] as? String == "recorded" } == 1)
  }

  // MARK: - Permissions

  private func unprivileged(
    _ home: ThunderbirdHome, _ command: String = "apply", _ more: [String] = []
  ) throws -> Program.Result {
    try Unprivileged.run([command, "--json"] + target + more + home.arguments)
  }

  @Test(
    arguments: ["prefs.js", "logins.json", "user.js", "Mail/pop.example.net-1/msgFilterRules.dat"])
  func whatCannotBeReadIsNeverTakenAsAbsent(_ name: String) throws {
    let home = try ThunderbirdHome()
    if name == "user.js" { try home.write(home.profilePath(name), "") }
    try Unprivileged.own(home)
    home.chmod(home.profilePath(name), 0)
    let before = try home.fingerprint()
    for command in ["plan", "apply"] {
      let result = try unprivileged(home, command)
      #expect(result.status == 1, "\(command): \(result.output)")
      let row = try #require(result.rows().first)
      #expect(row["reason"] as? String == "io")
      let text = row["text"] as? String ?? ""
      #expect(text.contains(name) && text.contains("run as its owner or as root"), "\(text)")
    }
    #expect(try home.fingerprint() == before)
    #expect(!home.hasState)
  }

  @Test
  func aProfileThatCannotBeWrittenIsLeftAndTheOthersAreDone() throws {
    let home = try ThunderbirdHome()
    let good = try ThunderbirdHome()
    try Unprivileged.own(home)
    try Unprivileged.own(good)
    home.chmod(".thunderbird/\(home.profileName)", 0o500)
    let before = try home.fingerprint()
    let alone = try unprivileged(home)
    #expect(alone.status == 1)
    #expect(try reasons(alone) == ["io"])
    #expect(!home.hasState, "a state directory was made for nothing")
    let both = try Unprivileged.run(
      ["apply", "--json", home.home.path, good.home.path, "--state", good.state.path] + target)
    #expect(both.status == 1)
    #expect(try both.rows().last?["applied"] as? Int == 1)
    #expect(try home.fingerprint() == before)
    home.chmod(".thunderbird/\(home.profileName)", 0o700)
  }

  /// The directory of one companion alone refuses: the whole profile stays as it was.
  @Test
  func aDirectoryInsideThatCannotBeWrittenLeavesTheProfileWhole() throws {
    let home = try ThunderbirdHome()
    try home.write(home.profilePath("ImapMail/other/msgFilterRules.dat"), "")
    try Unprivileged.own(home)
    home.chmod(home.profilePath("ImapMail"), 0o500)
    let before = try home.fingerprint()
    let result = try unprivileged(home)
    #expect(result.status == 1, "\(result.output)")
    #expect(try reasons(result) == ["io"])
    #expect(try home.fingerprint() == before)
    #expect(try home.litter() == [])
    home.chmod(home.profilePath("ImapMail"), 0o700)
  }

  @Test
  func anUndoThatCannotBeWrittenLeavesTheProfileWhole() throws {
    let home = try ThunderbirdHome()
    try Unprivileged.own(home)
    let old = try home.contents()
    #expect(try unprivileged(home).status == 0)
    home.chmod(".thunderbird/\(home.profileName)", 0o500)
    let before = try home.fingerprint()
    let undo = ["rollback", "--last", "--json", "--state", home.state.path]
    let result = try Unprivileged.run(undo)
    #expect(result.status == 1, "\(result.output)")
    #expect(try home.fingerprint() == before)
    home.chmod(".thunderbird/\(home.profileName)", 0o700)
    #expect(try Unprivileged.run(undo).status == 0)
    #expect(try home.contents() == old)
  }

  // MARK: - The state directory

  @Test func aStateDirectoryThatCannotBeUsedStopsTheRunBeforeAnyWrite() throws {
    typealias Spoiling = (name: String, says: String, spoil: (String) -> Void)
    let ways: [Spoiling] = [
      ("a file", "--state", { try? Data().write(to: URL(fileURLWithPath: $0)) }),
      (
        "written by others", "chmod 700",
        {
          mkdir($0, 0o700)
          chmod($0, 0o777)
        }
      ),
      (
        "below a file", "--state",
        { path in
          let parent = URL(fileURLWithPath: path).deletingLastPathComponent()
          try? Data().write(to: parent)
        }
      ),
    ]
    for way in ways {
      let home = try ThunderbirdHome()
      let below = way.name == "below a file" ? "/state" : ""
      let state = home.state.path + below
      way.spoil(state)
      let before = try home.fingerprint()
      let result = try Program.run(
        ["apply", "--json", home.home.path, "--state", state] + target)
      #expect(result.status == 1, "\(way.name): \(result.output)")
      let last = try #require(result.rows().last)
      #expect(last["type"] as? String == "error")
      #expect((last["text"] as? String)?.contains(way.says) == true, "\(way.name): \(last)")
      #expect(try home.fingerprint() == before)
    }
  }

  @Test func somebodyElsesStateDirectoryIsNotUsed() throws {
    let home = try ThunderbirdHome()
    #expect(mkdir(home.state.path, 0o755) == 0)
    #expect(chown(home.state.path, Unprivileged.user, Unprivileged.user) == 0)
    let before = try home.fingerprint()
    let result = try apply(home)
    #expect(result.status == 1)
    #expect(try result.rows().last?["code"] as? String == "journal")
    #expect(result.talk.contains("belongs to user \(Unprivileged.user)"))
    #expect(try home.fingerprint() == before)
  }

  // MARK: - Disks

  /// A small file system of its own, as long as `body` runs.
  private func withDisk(
    _ options: String, at directory: URL, _ body: () throws -> Void
  ) throws -> Bool {
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    guard mount("tmpfs", directory.path, "tmpfs", 0, options) == 0 else { return false }
    defer { umount2(directory.path, Int32(MNT_DETACH)) }
    try body()
    return true
  }

  @Test func aFullDiskLeavesTheProfileAsItWas() throws {
    let home = try ThunderbirdHome()
    let disk = home.scratch.appendingPathComponent("disk")
    let done = try withDisk("size=256k", at: disk) {
      let copy = disk.appendingPathComponent("home")
      try FileManager.default.copyItem(at: home.home, to: copy)
      let prefs = copy.appendingPathComponent(".thunderbird/\(home.profileName)/prefs.js")
      let before = try Data(contentsOf: prefs)
      // Fill it to the last block.
      let filler = FileManager.default.createFile(
        atPath: disk.appendingPathComponent("filler").path, contents: nil)
      #expect(filler)
      let handle = try FileHandle(forWritingTo: disk.appendingPathComponent("filler"))
      while (try? handle.write(contentsOf: Data(count: 4096))) != nil {}
      try handle.close()
      let good = try ThunderbirdHome()
      let result = try Program.run(
        ["apply", "--json", copy.path, good.home.path, "--state", home.state.path] + target)
      #expect(result.status == 1, "\(result.output)")
      let row = try #require(result.rows().first { $0["reason"] as? String == "io" })
      #expect((row["text"] as? String)?.contains("make room") == true, "\(row)")
      #expect(try result.rows().last?["applied"] as? Int == 1)
      #expect(try Data(contentsOf: prefs) == before)
      let names = try FileManager.default.subpathsOfDirectory(atPath: copy.path)
      #expect(!names.contains { $0.contains(".profile-rewriter-") || $0.contains("ImapMail") })
    }
    #expect(done)
  }

  @Test func aFullDiskForTheJournalLeavesEveryProfileAsItWas() throws {
    let home = try ThunderbirdHome()
    let disk = home.scratch.appendingPathComponent("disk")
    let done = try withDisk("size=32k", at: disk) {
      let before = try home.fingerprint()
      let result = try Program.run(
        ["apply", "--json", home.home.path, "--state", disk.path + "/state"] + target)
      #expect(result.status == 1, "\(result.output)")
      let last = try #require(result.rows().last)
      #expect(last["code"] as? String == "journal")
      #expect(try home.fingerprint() == before)
    }
    #expect(done)
  }

  @Test func aReadOnlyFileSystemIsSaidBeforeAnythingIsMade() throws {
    let home = try ThunderbirdHome()
    let disk = home.scratch.appendingPathComponent("disk")
    let done = try withDisk("size=1m", at: disk) {
      let copy = disk.appendingPathComponent("home")
      try FileManager.default.copyItem(at: home.home, to: copy)
      let readOnly = UInt(MS_REMOUNT | MS_RDONLY)
      #expect(mount("tmpfs", disk.path, "tmpfs", readOnly, nil) == 0)
      let result = try Program.run(
        ["apply", "--json", copy.path, "--state", home.state.path] + target)
      #expect(result.status == 1, "\(result.output)")
      let row = try #require(result.rows().first)
      #expect(row["reason"] as? String == "io")
      #expect((row["text"] as? String)?.contains("Read-only file system") == true, "\(row)")
      #expect(!home.hasState)
    }
    #expect(done)
  }
}
