import Adapters
import Foundation
import MailFormats
import Testing

@testable import ProfileRewriter

/// Laws 2, 3, 4 and 6 for folders that are put back: nothing that is there changes, killed at any instant
/// all of them come or none, and an undo takes away what nobody has used.
@Suite struct RestoreLaws {
  static let fixtures = Fixture.all.filter {
    ["thunderbird/mbox", "thunderbird/maildir", "evolution/filters"].contains("\($0)")
  }

  @Test(arguments: fixtures) func restoreSettlesFromEveryInstant(_ fixture: Fixture) throws {
    let sandbox = try Sandbox(fixture)
    let before = try sandbox.tree()
    let album = try Album.of(sandbox) { _ = try sandbox.restore() }
    let after = try sandbox.tree()
    #expect(album.pictures.count > 30)
    var outcomes: Set<String> = []
    for picture in album.pictures {
      try picture.restore(into: sandbox)
      let shown = sandbox.fixture.client == "thunderbird" ? try sandbox.visible(before) : []
      try sandbox.engine.recover { _ in }
      let now = try sandbox.tree()
      let isOld = differences(before, now).isEmpty
      #expect(
        isOld || differences(after, now).isEmpty,
        "\(picture): \(differences(before, now)), \(differences(after, now))")
      #expect(try sandbox.unsettled().isEmpty, "\(picture)")
      // What the client would show before anybody recovers is nothing, or all below one folder.
      let isAll = try sandbox.folderCount() <= shown.count
      #expect(shown.isEmpty || isAll, "\(picture): \(shown)")
      outcomes.insert(isOld ? "old" : "new")
    }
    #expect(outcomes == ["old", "new"])
  }

  @Test(arguments: fixtures) func rollbackSettlesFromEveryInstant(_ fixture: Fixture) throws {
    let sandbox = try Sandbox(fixture)
    let before = try sandbox.tree()
    _ = try sandbox.restore()
    let after = try sandbox.tree()
    let album = try Album.of(sandbox) { try sandbox.rollback() }
    #expect(differences(before, try sandbox.tree()) == [])
    var outcomes: Set<String> = []
    for picture in album.pictures {
      try picture.restore(into: sandbox)
      try sandbox.engine.recover { _ in }
      let now = try sandbox.tree()
      let isOld = differences(before, now).isEmpty
      #expect(isOld || differences(after, now).isEmpty, "\(picture): \(differences(before, now))")
      #expect(try sandbox.unsettled().isEmpty, "\(picture)")
      outcomes.insert(isOld ? "old" : "new")
    }
    #expect(outcomes == ["old", "new"])
  }

  /// A call that fails: the restore says so and nothing is left, or all is in place.
  @Test(arguments: [Errno.noSpace, .io], fixtures)
  func aFailingCallLeavesNothingHalf(_ fault: Errno, _ fixture: Fixture) throws {
    let counter = CallCounter()
    let model = try Sandbox(fixture)
    let before = try model.tree()
    model.calls = WatchedSystemCalls { _ in _ = counter.next() }
    _ = try model.restore()
    let after = try model.tree()
    let calls = counter.next()
    #expect(calls > 50)
    // Every call near the end, where things move; of the many before, some.
    for number in (0..<calls).filter({ $0 % 7 == 3 || $0 > calls - 25 }) {
      let sandbox = try Sandbox(fixture)
      let counter = CallCounter()
      sandbox.calls = WatchedSystemCalls { (_) throws(Errno) in
        if counter.next() == number { throw fault }
      }
      let outcome = try? sandbox.restore()
      sandbox.calls = LinuxSystemCalls()
      try sandbox.engine.recover { _ in }
      let now = try sandbox.tree()
      let isNew = differences(after, now).isEmpty
      #expect(
        isNew || differences(before, now).isEmpty, "call \(number): \(differences(before, now))")
      if outcome != nil { #expect(isNew, "call \(number) was said to be done") }
    }
  }

  /// Nobody calls `recover`: the next change of the profile settles what was interrupted.
  @Test func theNextRunSettles() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    let before = try sandbox.tree()
    let album = try Album.of(sandbox) { _ = try sandbox.restore() }
    for picture in album.pictures.enumerated().filter({ $0.offset % 5 == 0 }).map(\.element) {
      try picture.restore(into: sandbox)
      let rows = try sandbox.apply()
      #expect(rows.allSatisfy { $0.status == .applied }, "\(picture): \(rows)")
      try sandbox.rollback(.all)
      #expect(differences(before, try sandbox.tree()) == [], "\(picture)")
    }
  }

  /// Bytes, flags and tags of every message, and every folder below the new one.
  @Test(arguments: fixtures) func everyMessageIsThere(_ fixture: Fixture) throws {
    let sandbox = try Sandbox(fixture)
    let before = try sandbox.tree()
    let (source, outcome) = try sandbox.restore()
    let now = try sandbox.tree()
    for (path, entry) in before { #expect(now[path] == entry, "\(path) was changed") }
    let change = try #require(try sandbox.engine.history().first)
    let root = try OpenRoot(path: change.root)
    var restored: [[String]: [String]] = [:]
    for (folder, row) in zip(source.folders, outcome.folders) {
      let file = try #require(
        change.files.first {
          $0.action != .mkdir && Self.leaf($0.path, fixture) == Self.spelled(row.target, fixture)
        },
        "\(row.target)")
      let format: MailFolderFormat =
        file.action == .create
        ? .mbox : fixture.client == "evolution" ? .maildir : .thunderbirdMaildir
      let place = MailFolder(names: folder.names, role: nil, path: file.path, format: format)
      restored[folder.names] = try Self.content(StoredMail(folders: [place], root: root), place)
    }
    for folder in source.folders {
      #expect(try Self.content(source, folder) == restored[folder.names], "\(folder.names)")
    }
    #expect(outcome.folders.reduce(0) { $0 + $1.messages } > 10)
  }

  private static func leaf(_ path: RelativePath, _ fixture: Fixture) -> String {
    fixture.client == "evolution"
      ? String(decoding: path.name, as: UTF8.self)
      : path.text.components(separatedBy: "Local Folders/")[1].replacingOccurrences(
        of: ".sbd", with: "")
  }

  private static func spelled(_ names: [String], _ fixture: Fixture) -> String {
    fixture.client == "evolution"
      ? names.dropFirst().map { "." + $0 }.joined() : names.dropFirst().joined(separator: "/")
  }

  /// Of every message that is shown hash, flags and tags.
  private static func content(_ source: StoredMail, _ folder: MailFolder) throws -> [String] {
    var found: [String] = []
    try source.forEachMessage(of: folder) { message in
      let hash = SHA256Stream()
      try? message.read {
        hash.update($0)
        return true
      }
      if !message.isGone {
        found.append(
          "\(hash.finish().hexadecimal) \(message.marks.flags.rawValue) \(message.marks.keywords)")
      }
      return true
    }
    return found.sorted()
  }

  // MARK: Undo after use

  /// A folder whose file somebody has changed stays, with those above it; the others go.
  @Test func whatWasUsedStays() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    let before = try sandbox.tree()
    _ = try sandbox.restore()
    let mail = try sandbox.restoredDirectory()
    let used = mail.appendingPathComponent("Archives.sbd/2023")
    try Data("From - changed\n".utf8).append(to: used)
    // The client's own, which goes with its folder.
    try Data("index".utf8).write(to: mail.appendingPathComponent("Inbox.msf"))
    let rows = try sandbox.rollback()
    #expect(rows.map(\.status) == [.undone])
    #expect(rows.first?.warnings.map(\.code) == [.usedSince])
    let left = differences(before, try sandbox.tree()).map {
      $0.components(separatedBy: "Local Folders/")[1]
    }
    let name = mail.deletingPathExtension().lastPathComponent
    #expect(
      left == [
        name, "\(name).sbd", "\(name).sbd/Archives", "\(name).sbd/Archives.sbd",
        "\(name).sbd/Archives.sbd/2023",
      ])
  }

  /// What the user has put there is not ours, and neither goes nor gets lost from sight.
  @Test func whatWasPutThereStays() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    let before = try sandbox.tree()
    _ = try sandbox.restore()
    let mail = try sandbox.restoredDirectory()
    let own = mail.appendingPathComponent("Projekte Ü.sbd/Own")
    try Data("mine".utf8).write(to: own)
    let rows = try sandbox.rollback()
    #expect(rows.first?.warnings.map(\.code) == [.usedSince])
    let left = differences(before, try sandbox.tree()).map {
      $0.components(separatedBy: "Local Folders/")[1]
    }
    let name = mail.deletingPathExtension().lastPathComponent
    #expect(
      Set(left) == [
        name, "\(name).sbd", "\(name).sbd/Projekte Ü", "\(name).sbd/Projekte Ü.sbd",
        "\(name).sbd/Projekte Ü.sbd/Own",
      ])
  }

  @Test(arguments: fixtures) func aNameThatIsTakenIsNotUsed(_ fixture: Fixture) throws {
    let sandbox = try Sandbox(fixture)
    let (_, first) = try sandbox.restore(named: "Back")
    let between = try sandbox.tree()
    let (_, second) = try sandbox.restore(named: "Back")
    #expect(Set(first.folders.map { $0.target[1] }) == ["Back"])
    #expect(Set(second.folders.map { $0.target[1] }) == ["Back 2"])
    for (path, entry) in between { #expect(try sandbox.tree()[path] == entry, "\(path)") }
    try sandbox.rollback()
    #expect(differences(between, try sandbox.tree()) == [])
  }

  @Test func aRunThatIsStoppedLeavesNothing() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    let before = try sandbox.tree()
    sandbox.shouldStop = { true }
    #expect { _ = try sandbox.restore() } throws: { ($0 as? Refusal)?.reason == .interrupted }
    #expect(differences(before, try sandbox.tree()) == [])
    #expect(try sandbox.unsettled().isEmpty)
  }

  @Test func aRunningClientIsRefused() throws {
    let sandbox = try Sandbox(try Fixture.named("filters", of: "evolution"))
    let before = try sandbox.tree()
    let processes = FakeProcesses()
    processes.start(
      RunningProcess(
        pid: 4711, uid: getuid(), program: "evolution", startedAt: 1,
        home: Array(sandbox.home.path.utf8)))
    sandbox.processes = processes
    #expect { _ = try sandbox.restore() } throws: { ($0 as? Refusal)?.reason == .clientRunning }
    #expect(differences(before, try sandbox.tree()) == [])
  }
}

private final class CallCounter: @unchecked Sendable {
  private var count = -1
  private let lock = NSLock()

  func next() -> Int {
    lock.withLock {
      count += 1
      return count
    }
  }
}

extension Data {
  fileprivate func append(to file: URL) throws {
    let handle = try FileHandle(forWritingTo: file)
    defer { try? handle.close() }
    try handle.seekToEnd()
    try handle.write(contentsOf: self)
  }
}

extension RestoreLaws {
  /// What an undo would take away, and what it would leave, is told beforehand.
  @Test func doctorTellsWhatAnUndoWouldLeave() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    _ = try sandbox.restore()
    func findings() -> [DoctorFinding] {
      var findings: [DoctorFinding] = []
      sandbox.engine.examine { findings.append($0) }
      return findings
    }
    #expect(findings().isEmpty)
    let inbox = try sandbox.restoredDirectory().appendingPathComponent("Inbox")
    try (Data(contentsOf: inbox) + Data("more".utf8)).write(to: inbox)
    let found = findings()
    #expect(found.map(\.rule) == [.undoInPart])
    #expect(found.first?.text.contains("Inbox") == true)
  }
}

extension Sandbox {
  /// Puts all mail of the profile's first account into new folders of the same profile.
  @discardableResult
  func restore(named name: String? = nil) throws -> (source: StoredMail, RestoreOutcome) {
    var mail: LocalMail?
    let stops = shouldStop
    shouldStop = { false }
    engine.localMail(selection()) { row in
      if case .mail(let found) = row, mail == nil { mail = found }
    }
    let source = try #require(mail).source
    var targets: [RestoreTarget] = []
    engine.restoreTargets(selection()) {
      if case .target(let target) = $0 { targets.append(target) }
    }
    #expect(targets.count == 1)
    shouldStop = stops
    let request = RestoreRequest(
      source: WithoutGone(source: source),
      folders: source.folders.map { .init(folder: $0, messages: 0, bytes: 0) }, name: name)
    return (source, try engine.restore(request, into: try #require(targets.first)))
  }

  func unsettled() throws -> [Change] {
    try engine.history().filter { [.prepared, .undoing, .conflict].contains($0.state) }
  }

  /// Folders that the client would show and that were not there before.
  func visible(_ before: [String: Entry]) throws -> [String] {
    try tree().keys.filter { path in
      before[path] == nil && !path.contains("/.profile-rewriter-")
        && path.contains("Local Folders/Restored")
    }
  }

  func folderCount() throws -> Int {
    var count = 0
    engine.localMail(selection()) {
      if case .mail(let mail) = $0 { count += mail.source.folders.count }
    }
    return count
  }

  /// Of Thunderbird: the directory with the restored folders.
  func restoredDirectory() throws -> URL {
    let path = try #require(
      try tree().keys.first {
        $0.hasSuffix(".sbd") && $0.contains("/Restored ") && !$0.contains(".sbd/")
      })
    return home.appendingPathComponent(path)
  }
}

/// As a backup is: without what the user has deleted.
private struct WithoutGone: MailSource {
  let source: StoredMail
  var folders: [MailFolder] { source.folders }

  func forEachMessage(
    of folder: MailFolder, _ body: (any LocalMessage) -> Bool
  ) throws(Refusal) {
    try source.forEachMessage(of: folder) { $0.isGone || body($0) }
  }
}
