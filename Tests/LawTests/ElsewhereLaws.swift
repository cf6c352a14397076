import Foundation
import Testing

@testable import ProfileRewriter

/// Law 5 where the client runs on another machine: whether it does cannot be seen, so nothing is
/// changed, forth or back, without the user's word.
@Suite struct ElsewhereLaws {
  static let fixtures = Fixture.all.filter(\.isElsewhere)

  @Test func fixturesAreThere() {
    #expect(
      Set(Self.fixtures.map(\.description))
        .isSuperset(of: ["thunderbird/windows", "thunderbird/macos", "windows-mail/windows-mail"]))
  }

  @Test(arguments: fixtures) func nothingIsChangedWithoutTheWord(_ fixture: Fixture) throws {
    let sandbox = try Sandbox(fixture)
    sandbox.clientIsClosed = false
    let before = try sandbox.tree()
    var accounts: [Account] = []
    sandbox.engine.scan(sandbox.selection()) { row in
      accounts += [row.account].compactMap(\.self)
      #expect(row.origin?.isElsewhere == true)
    }
    // An account that could not be switched at all is told so.
    #expect(!accounts.contains { $0.state == .ready })
    #expect(accounts.count { $0.reason == .lockNotProvable } == fixture.imap.count)
    let refused = try sandbox.apply().filter { $0.status != .unchanged }
    #expect(!refused.isEmpty)
    for row in refused {
      #expect(row.status == .refused && row.reason == .lockNotProvable)
      #expect(row.text?.contains("--client-is-closed") == true, "\(row.text ?? "")")
    }
    #expect(differences(before, try sandbox.tree()) == [])
    #expect(!FileManager.default.fileExists(atPath: sandbox.state.path))
  }

  /// The word holds for one run.
  @Test(arguments: fixtures) func undoNeedsTheWordAgain(_ fixture: Fixture) throws {
    let sandbox = try Sandbox(fixture)
    let before = try sandbox.tree()
    try sandbox.apply()
    let after = try sandbox.tree()
    #expect(differences(before, after) != [])
    sandbox.clientIsClosed = false
    for row in try sandbox.rollback() {
      #expect(row.status == .refused && row.reason == .lockNotProvable)
    }
    #expect(differences(after, try sandbox.tree()) == [])
    sandbox.clientIsClosed = true
    #expect(try sandbox.rollback().allSatisfy { $0.status == .undone })
    #expect(differences(before, try sandbox.tree()) == [])
  }

  /// What was interrupted waits for it, too.
  @Test func recoveryNeedsTheWord() throws {
    let sandbox = try Sandbox(try Fixture.named("windows"))
    let before = try sandbox.tree()
    let album = try Album.of(sandbox) { try sandbox.apply() }
    let after = try sandbox.tree()
    try album.pictures[album.pictures.count / 2].restore(into: sandbox)
    #expect(try sandbox.engine.history().contains { $0.state == .prepared })
    let found = try sandbox.tree()
    sandbox.clientIsClosed = false
    try sandbox.engine.recover { row in #expect(row.reason == .lockNotProvable, "\(row)") }
    #expect(differences(found, try sandbox.tree()) == [])
    sandbox.clientIsClosed = true
    try sandbox.engine.recover { _ in }
    let now = try sandbox.tree()
    #expect(differences(before, now).isEmpty || differences(after, now).isEmpty)
  }

  /// A client of this machine that has the profile open all the same is seen, word or not.
  @Test func aLocalClientIsRefusedWithTheWord() throws {
    let sandbox = try Sandbox(try Fixture.named("windows"))
    let before = try sandbox.tree()
    let file = sandbox.profile.appendingPathComponent(".parentlock").path
    let descriptor = open(file, O_RDWR | O_CREAT, 0o600)
    defer { close(descriptor) }
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    // An open-file-description lock, so that it stands against this very process.
    #expect(fcntl(descriptor, 37, &lock) == 0)
    #expect(try sandbox.apply().allSatisfy { $0.status == .refused && $0.reason == .busy })
    #expect(differences(before, try sandbox.tree()) == [])
  }

  /// In the spelling of the other system, and with its line ends.
  @Test func whatIsWrittenIsSpelledAsThere() throws {
    let sandbox = try Sandbox(try Fixture.named("windows"))
    try sandbox.apply()
    let files = [
      "prefs.js", "virtualFolders.dat", "ImapMail/imap.lab.test/msgFilterRules.dat",
    ]
    for name in files {
      let bytes = [UInt8](try Data(contentsOf: sandbox.profile.appendingPathComponent(name)))
      let lone = bytes.indices.filter { bytes[$0] == 0x0A && ($0 == 0 || bytes[$0 - 1] != 0x0D) }
      #expect(lone.isEmpty && bytes.contains(0x0A), "\(name)")
    }
    let prefs = try String(
      contentsOf: sandbox.profile.appendingPathComponent("prefs.js"), encoding: .utf8)
    let place =
      #"C:\\Users\\lab\\AppData\\Roaming\\Thunderbird\\Profiles\\lab00001.default-default"#
    #expect(
      prefs.contains(
        #"user_pref("mail.server.server1.directory", "\#(place)\\ImapMail\\imap.lab.test");"#))
    #expect(prefs.contains(#"directory-rel", "[ProfD]ImapMail/imap.lab.test");"#))
    #expect(prefs.contains(#""\#(place)\\Mail\\pop.lab.test");"#))
    #expect(!prefs.contains(sandbox.home.path))
  }
}
