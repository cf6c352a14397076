import Foundation
import Testing

@testable import Command

/// Autoconfig files through the command: one file, a tree of them, and homes in which none is looked
/// for.
@Suite struct AutoconfigCommandTests {
  private final class Tree {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("autoconfig-\(UUID().uuidString.prefix(8))")
    var state: [String] { ["--state", directory.appendingPathComponent("state").path] }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    func write(_ text: String, to name: String) throws {
      let file = directory.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }

    func text(_ name: String) throws -> String {
      try String(contentsOf: directory.appendingPathComponent(name), encoding: .utf8)
    }
  }

  private static func server(_ type: String, _ host: String, _ port: Int) -> String {
    """
    <incomingServer type="\(type)"><hostname>\(host)</hostname><port>\(port)</port>\
    <socketType>SSL</socketType><username>%EMAILADDRESS%</username>\
    <authentication>password-cleartext</authentication></incomingServer>
    """
  }

  private static func file(_ domain: String, _ servers: String) -> String {
    """
    <clientConfig version="1.1"><emailProvider id="\(domain)"><domain>\(domain)</domain>
    \(servers)
    </emailProvider></clientConfig>

    """
  }

  private func tree() throws -> Tree {
    let tree = Tree()
    let pop = Self.server("pop3", "pop.gmx.net", 995)
    let both = pop + Self.server("imap", "imap.example.com", 993)
    try tree.write(Self.file("gmx.net", pop), to: "isp/gmx.net.xml")
    try tree.write(Self.file("example.com", both), to: "isp/example.com")
    try tree.write(
      Self.file("example.org", Self.server("pop3", "pop.example.org", 995)), to: "isp/o.xml")
    try tree.write("<clientConfig>", to: "isp/broken.xml")
    return tree
  }

  /// By the facts, by the file's own IMAP, not at all, and not a file: each its own answer.
  @Test func aTreeInOneRun() throws {
    let tree = try tree()
    let before = try ["isp/gmx.net.xml", "isp/example.com"].map(tree.text)
    let scan = try Program.run(["scan", "--json", tree.path("isp")] + tree.state).rows()
    #expect(
      Set(scan.compactMap { $0["client"] as? String }) == ["autoconfig-xml"], "\(scan)")
    #expect(scan.allSatisfy { $0["home"] == nil || $0["home"] is NSNull })
    let plan = try Program.run(["plan", "--json", tree.path("isp")] + tree.state)
    let changes = try plan.rows().filter { $0["type"] as? String == "change" }
    #expect(changes.count == 2)
    let target = changes.first { ($0["profile"] as? String)?.hasSuffix("gmx.net.xml") == true }?[
      "to"]
    #expect((target as? [String: Any])?["username"] as? String == "%EMAILADDRESS%")
    let apply = try Program.run(["apply", "--json", tree.path("isp")] + tree.state)
    #expect(apply.status == 3)
    let rows = try apply.rows().filter { $0["type"] as? String == "result" }
    func outcome(_ name: String) -> [String] {
      rows.filter { ($0["profile"] as? String) == tree.path("isp/\(name)") }.map {
        ($0["reason"] as? String) ?? ($0["status"] as? String) ?? ""
      }
    }
    #expect(outcome("gmx.net.xml") == ["applied"])
    #expect(Set(outcome("example.com")) == ["applied", "unchanged"])
    #expect(outcome("o.xml") == ["no-imap-settings"])
    #expect(outcome("broken.xml") == ["syntax"])
    #expect(try tree.text("isp/gmx.net.xml").contains("type=\"imap\"><hostname>imap.gmx.net<"))
    #expect(try !tree.text("isp/example.com").contains("pop3"))
    #expect(try Program.run(["rollback", "--last"] + tree.state).status == 0)
    #expect(try ["isp/gmx.net.xml", "isp/example.com"].map(tree.text) == before)
  }

  /// Named by itself, with and without `.xml`; a saved plan and --keep-pop go all the way.
  @Test func oneFile() throws {
    let tree = try tree()
    for name in ["isp/example.com", "isp/gmx.net.xml"] {
      let before = try tree.text(name)
      let plan = tree.path("\(name.replacing("/", with: "-")).plan")
      #expect(
        try Program.run(["plan", tree.path(name), "--keep-pop", "--out", plan] + tree.state).status
          == 0)
      #expect(try Program.run(["apply", "--plan", plan] + tree.state).status == 0)
      let text = try tree.text(name)
      let (imap, pop) = (text.range(of: "\"imap\""), text.range(of: "\"pop3\""))
      #expect(try #require(imap).lowerBound < #require(pop).lowerBound)
      let again = try Program.run(["apply", "--json", "--keep-pop", tree.path(name)] + tree.state)
      #expect(
        try again.rows().compactMap { $0["status"] as? String } == ["unchanged", "unchanged"])
      #expect(
        try Program.run(["rollback", "--last", tree.path(name)] + tree.state).status == 0)
      #expect(try tree.text(name) == before)
    }
    let missing = try Program.run(["scan", "--json", tree.path("isp/none.xml")] + tree.state)
    #expect(try missing.rows().first?["reason"] as? String == "not-found")
    try tree.write("a text", to: "text")
    let other = try Program.run(["scan", "--json", tree.path("text")] + tree.state)
    #expect(try other.rows().first?["reason"] as? String == "not-regular")
  }

  /// A home that happens to hold such a file, and no other sign of being one.
  @Test func noHomeIsSearched() throws {
    let tree = try tree()
    let own = try Program.run(
      ["apply"] + tree.state, environment: ["HOME": tree.path("isp")])
    #expect(own.status == 0)
    #expect(try tree.text("isp/gmx.net.xml").contains("pop3"))
  }

  @Test func keepingPOPIsForFiles() throws {
    let home = try ThunderbirdHome(
      accounts: [.init(key: 1, user: "alice@gmx.de", host: "pop.gmx.net")])
    let result = try Program.run(["apply", "--json", "--keep-pop"] + home.arguments)
    #expect(result.status == 3)
    #expect(try result.rows().first?["reason"] as? String == "unsupported")
  }
}
