import Adapters
import ConfigFormats
import Foundation
import Testing

@testable import ProfileRewriter

/// Autoconfig files of every style and encoding, a whole tree of them in one run.
@Suite struct AutoconfigLaws {
  /// To the file's own IMAP server, else to one for all.
  private struct Target: IMAPSettingsSource {
    var isOneServerForAll: Bool { false }
    var isOneUsernameForAll: Bool { false }

    func settings(for account: Account) throws(Refusal) -> ServerSettings {
      account.ownIMAP
        ?? ServerSettings(
          host: "imap.example.com", port: 993, security: .tls, auth: account.imapAuth,
          username: account.settings.username)
    }
  }

  /// A tree of files with an engine upon it.
  private final class Tree {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("autoconfig-\(UUID().uuidString.prefix(8))")
    let files: [(name: String, file: GeneratedAutoconfig)]
    var root: URL { directory.appendingPathComponent("isp") }

    init(_ files: [GeneratedAutoconfig]) throws {
      self.files = files.enumerated().map { ("d\($0.offset).example.xml", $0.element) }
      try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
      for (name, file) in self.files { try write(file.original, to: name) }
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func write(_ bytes: [UInt8], to name: String) throws {
      try Data(bytes).write(to: root.appendingPathComponent(name))
    }

    func bytes(_ name: String) throws -> [UInt8] {
      [UInt8](try Data(contentsOf: root.appendingPathComponent(name)))
    }

    var engine: Engine {
      Engine(
        EngineConfiguration(
          adapters: builtInAdapters,
          stateDirectory: Array(directory.appendingPathComponent("state").path.utf8),
          processes: NoProcesses()))
    }

    func apply(keepPOP: Bool = false) throws -> [ResultRow] {
      var rows: [ResultRow] = []
      try engine.apply(
        SwitchRequest(
          selection: Selection(paths: [Array(root.path.utf8)]), settings: Target(),
          options: SwitchOptions(keepPOP: keepPOP))
      ) { rows.append($0) }
      return rows
    }

    func rollback() throws -> [ResultRow] {
      try engine.rollbackAsForetold(UndoRequest(which: .lastRun)) {
        try Sandbox.tree(of: root)
      }
    }

    /// Kinds of the incoming servers, in file order.
    func kinds(_ name: String) throws -> [String] {
      try XMLTree(parsing: bytes(name)).root.first("emailProvider")?.elements("incomingServer")
        .map { $0.attribute("type") ?? "" } ?? []
    }
  }

  private static func files() -> [GeneratedAutoconfig] {
    var random = SeededRandom(seed: 41)
    let wild = (0..<20).flatMap { _ in
      GeneratedEncoding.all.map { GeneratedAutoconfig.wild($0, &random) }
    }
    return GeneratedAutoconfig.database(&random) + wild
  }

  /// What the switch makes of each is known to the byte; libxml2 reads it so; undo gives the file
  /// back. A file that is no XML is told, and is in nobody's way.
  @Test func onlyWhatIsMeantChanges() throws {
    let tree = try Tree(Self.files())
    #expect(tree.files.count >= 300)
    try tree.write(Array("<clientConfig><unclosed>".utf8), to: "broken.example.xml")
    let rows = try tree.apply()
    let applied = rows.filter { $0.status == .applied }
    #expect(Set(applied.map(\.name.profile)).count == tree.files.count)
    #expect(rows.filter { $0.status == .refused }.map(\.reason) == [.syntax])
    var changed = 0
    for (name, file) in tree.files {
      let now = try tree.bytes(name)
      #expect(
        now == file.switched,
        "\(file.style)\n\(file.original.printable)\n\(now.printable)\n\(file.switched.printable)")
      if now != file.switched { changed += 1 }
      try expectOneIMAP(now, file)
    }
    #expect(changed == 0)
    #expect(try tree.rollback().allSatisfy { $0.status == .undone })
    for (name, file) in tree.files { #expect(try tree.bytes(name) == file.original, "\(name)") }
  }

  /// libxml2's tree says what was meant, and all that it said beside.
  private func expectOneIMAP(_ bytes: [UInt8], _ file: GeneratedAutoconfig) throws {
    func provider(_ bytes: [UInt8]) throws -> XMLElement {
      try #require(try XMLTree(parsing: bytes).root.first("emailProvider"))
    }
    let (before, after) = (try provider(file.original), try provider(bytes))
    let servers = after.elements("incomingServer")
    #expect(servers.map { $0.attribute("type") } == ["imap"])
    let imap = try #require(servers.first)
    let values = ["hostname", "port", "socketType", "authentication"].map {
      imap.first($0)?.trimmedText
    }
    #expect(values == ["imap.example.com", "993", "SSL", "password-cleartext"])
    let username = before.elements("incomingServer")[0].first("username")?.trimmedText
    #expect(imap.first("username")?.trimmedText == username)
    #expect(imap.first("pop3") == nil)
    func others(_ provider: XMLElement) -> [XMLElement] {
      provider.elements.filter { $0.name != "incomingServer" }
    }
    #expect(others(before) == others(after))
  }

  /// With POP kept it comes behind IMAP; a second run has nothing to do, undo gives the file back.
  @Test func keptPOPComesSecond() throws {
    let tree = try Tree(Self.files())
    let before = try tree.files.map { try tree.kinds($0.name) }
    #expect(
      try tree.apply(keepPOP: true).allSatisfy { [.applied, .unchanged].contains($0.status) })
    for ((name, file), before) in zip(tree.files, before) {
      let now = try tree.kinds(name)
      #expect(now.first == "imap", "\(file.style)")
      #expect(now.filter { $0 == "pop3" } == before.filter { $0 == "pop3" })
      #expect(now.count { $0 == "imap" } == 1)
      if before.first == "imap" { #expect(try tree.bytes(name) == file.original) }
    }
    let again = try tree.apply(keepPOP: true)
    #expect(again.allSatisfy { $0.status == .unchanged })
    let servers = try tree.files.flatMap { try tree.kinds($0.name) }
    #expect(again.count == servers.count)
    #expect(try tree.rollback().allSatisfy { $0.status == .undone })
    for (name, file) in tree.files { #expect(try tree.bytes(name) == file.original, "\(name)") }
  }

  /// Another run at work on a file keeps this one from changing it, and from nothing else.
  @Test func whatNeedsNothingIsNotBusy() throws {
    var random = SeededRandom(seed: 41)
    let tree = try Tree([GeneratedAutoconfig.database(&random)[0]])
    #expect(try tree.apply(keepPOP: true).contains { $0.status == .applied })
    let kept = try tree.bytes("d0.example.xml")
    let journal = try #require(
      try Journal.open(
        stateDirectory: tree.engine.configuration.stateDirectory, create: false))
    let held = try journal.guardProfile(
      root: Array(tree.root.path.utf8), client: "autoconfig-xml",
      profile: RelativePath("d0.example.xml"), timeout: 0)
    #expect(try tree.apply(keepPOP: true).allSatisfy { $0.status == .unchanged })
    let rows = try tree.apply()
    #expect(rows.contains { $0.status == .refused })
    #expect(rows.allSatisfy { $0.status != .refused || $0.reason == .busy })
    #expect(try tree.bytes("d0.example.xml") == kept)
    withExtendedLifetime(held) {}
  }

  /// What reading and writing with libxml2 would have changed of the same files, by the real
  /// xmllint; a switch and its undo change nothing.
  @Test func xmllintWouldHaveChangedMore() throws {
    var random = SeededRandom(seed: 41)
    let files = GeneratedAutoconfig.database(&random)
    let tree = try Tree(files)
    var changed = 0
    for (name, file) in tree.files {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/xmllint")
      process.arguments = [tree.root.appendingPathComponent(name).path]
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      let bytes = [UInt8](output.fileHandleForReading.readDataToEndOfFile())
      process.waitUntilExit()
      try #require(process.terminationStatus == 0)
      if bytes != file.original { changed += 1 }
    }
    let percent = Double(changed) * 100 / Double(files.count)
    print("xmllint would have changed \(changed) of \(files.count) files (\(percent) %)")
    #expect(percent >= 28)
    _ = try tree.apply()
    _ = try tree.rollback()
    let ours = try tree.files.filter { try tree.bytes($0.name) != $0.file.original }
    #expect(ours.isEmpty)
  }
}
