import Foundation
import Testing

/// A home, or a directory in one, that nobody may look into is one thing to say: that no client has a profile
/// there is not known, and neither that one has.
@Suite struct UnsearchableHomeTests {
  private func rows(_ command: [String], _ home: ThunderbirdHome) throws -> [[String: Any]] {
    let result = try Unprivileged.run(command + ["--json"] + home.arguments)
    #expect(result.status == 1, "\(result.output)")
    #expect(!result.output.contains("old version"), "\(result.output)")
    return try result.rows().filter { $0["type"] as? String != "summary" }
  }

  private func expectOne(_ home: ThunderbirdHome, _ place: String, _ profile: String) throws {
    for command in [
      ["scan"], ["plan", "--imap-host", "h"], ["apply", "--imap-host", "h", "--max-failures", "2"],
    ] {
      let rows = try rows(command, home)
      #expect(rows.count == 1, "\(command): \(rows)")
      #expect(rows.first?["reason"] as? String == "io")
      #expect(rows.first?["profile"] as? String == profile, "\(command): \(rows)")
      let text = rows.first?["text"] as? String ?? ""
      #expect(text.hasPrefix("cannot read \(place): Permission denied"), "\(text)")
    }
  }

  @Test(arguments: [0, 0o400]) func aHomeIsOneRefusal(_ mode: Int) throws {
    let home = try ThunderbirdHome()
    try home.write(".claws-mail/accountrc", "")
    try Unprivileged.own(home)
    home.chmod("", mode)
    defer { home.chmod("", 0o700) }
    try expectOne(home, home.home.path, home.home.path)
  }

  @Test func aDirectoryOfSeveralClientsIsOneRefusal() throws {
    let home = try ThunderbirdHome()
    try FileManager.default.removeItem(at: home.home.appendingPathComponent(".thunderbird"))
    try home.write(".config/evolution/sources/x.source", "")
    try Unprivileged.own(home)
    home.chmod(".config", 0)
    defer { home.chmod(".config", 0o700) }
    try expectOne(home, home.home.appendingPathComponent(".config").path, ".config")
  }

  /// What lies beside it is done, and one such home is one failure.
  @Test func theOthersAreDone() throws {
    let (home, good) = (try ThunderbirdHome(), try ThunderbirdHome())
    try Unprivileged.own(home)
    try Unprivileged.own(good)
    home.chmod("", 0)
    defer { home.chmod("", 0o700) }
    let result = try Unprivileged.run(
      ["apply", "--json", "--imap-host", "imap.example.net", "--max-failures", "2", home.home.path]
        + good.arguments)
    #expect(try result.rows().last?["applied"] as? Int == 1, "\(result.output)")
    #expect(try result.rows().last?["failed"] as? Int == 0, "\(result.output)")
    #expect(try result.rows().last?["refused"] as? Int == 1, "\(result.output)")
  }
}
