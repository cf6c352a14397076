import Foundation
import Testing

@testable import Command

/// Homes of as many providers as the facts have, planned in one run without a word on where to go.
@Suite struct FleetTests {
  private static let localPart = "m.muster"

  /// One account at one provider, with the client that it is in.
  private final class Member {
    let row: ProviderRow
    let thunderbird: ThunderbirdHome?
    let evolution: EvolutionHome?
    /// The name by which it signs in now.
    let user: String

    var home: String { thunderbird?.home.path ?? evolution?.home.path ?? "" }
    var popHost: String { row.filled(row.pop[0].host, localPart: localPart) }

    /// - Parameter signsInOtherwise: with another name than the provider wants.
    init(_ row: ProviderRow, inEvolution: Bool, signsInOtherwise: Bool) throws {
      self.row = row
      let address = "\(localPart)@\(row.domain)"
      let pattern = row.imap.first?.user ?? row.pop[0].user
      let wanted = row.filled(pattern, localPart: localPart)
      user = !signsInOtherwise ? wanted : wanted == address ? localPart : address
      if inEvolution {
        thunderbird = nil
        evolution = try EvolutionHome("keep")
      } else {
        thunderbird = try ThunderbirdHome(
          accounts: [
            .init(key: 1, user: user, host: row.filled(row.pop[0].host, localPart: localPart))
          ])
        evolution = nil
      }
      try setUp(address)
    }

    private func setUp(_ address: String) throws {
      let pop = row.pop[0]
      if let thunderbird {
        let socket = ["tls": 3, "starttls": 2][pop.security] ?? 0
        try thunderbird.replaceInPrefs("server1.port\", 995", "server1.port\", \(pop.port)")
        try thunderbird.replaceInPrefs("server1.socketType\", 3", "server1.socketType\", \(socket)")
        try thunderbird.replaceInPrefs("useremail\", \"\(user)\"", "useremail\", \"\(address)\"")
      }
      guard let evolution else { return }
      let sources = evolution.home.appendingPathComponent(".config/evolution/sources")
      for name in try FileManager.default.contentsOfDirectory(atPath: sources.path) {
        let place = sources.appendingPathComponent(name)
        var text = try String(contentsOf: place, encoding: .utf8)
        if text.contains("BackendName=pop\n") {
          let method = ["tls": "ssl-on-alternate-port", "starttls": "starttls-on-standard-port"]
          text = text.replacing("pop.lab.test", with: popHost)
            .replacing("Port=25995", with: "Port=\(pop.port)")
            .replacing("User=alice@lab.test", with: "User=\(user)")
            .replacing("ssl-on-alternate-port", with: method[pop.security] ?? "none")
        }
        text = text.replacing("Address=alice@lab.test", with: "Address=\(address)")
        try Data(text.utf8).write(to: place)
      }
    }
  }

  /// What must come of it, from the row alone.
  private enum Expected: Equatable {
    case change
    case refused(String)
  }

  private static func expected(_ row: ProviderRow) -> Expected {
    guard let first = row.imap.first else { return .refused("no-imap-settings") }
    let offers = row.imap.filter { $0.host == first.host }
    if offers.allSatisfy({ $0.auth == ["OAuth2"] }) { return .refused("oauth2-only") }
    if row.pop[0].security != "none", offers.allSatisfy({ $0.security == "none" }) {
      return .refused("would-weaken-security")
    }
    return .change
  }

  private static func fleet() throws -> [Member] {
    try ProviderRow.withPOP().enumerated().map { index, row in
      try Member(row, inEvolution: index % 2 == 1, signsInOtherwise: index % 3 == 0)
    }
  }

  @Test func everyProviderIsPlannedRightInOneRun() throws {
    let fleet = try Self.fleet()
    let state = FileManager.default.temporaryDirectory
      .appendingPathComponent("profile-rewriter-fleet-\(UUID().uuidString)")
    let result = try Program.run(["plan", "--json", "--state", state.path] + fleet.map(\.home))
    #expect(result.status == 3, "some are refused: \(result.talk)")
    let rows = try result.rows()
    let byHome = Dictionary(grouping: rows) { $0["home"] as? String ?? "" }
    var changes = [true: 0, false: 0]
    var refusals: [String: Int] = [:]
    var otherNames = 0
    var wrong = 0
    for member in fleet {
      let row = try #require(byHome[member.home]?.first, "\(member.row.id)")
      #expect(byHome[member.home]?.count == 1, "\(member.row.id)")
      switch Self.expected(member.row) {
      case .refused(let reason):
        #expect(row["reason"] as? String == reason, "\(member.row.id): \(row)")
        refusals[reason, default: 0] += 1
        if reason == "no-imap-settings" {
          #expect((row["text"] as? String)?.contains("POP3 only") == true, "\(row)")
        }
      case .change:
        try check(row, member)
        changes[member.evolution != nil, default: 0] += 1
        let target = row["to"] as? [String: Any]
        if (target?["username"] as? String) != member.user { otherNames += 1 }
        if Self.isWrongByText(member) { wrong += 1 }
      }
    }
    #expect(changes.values.allSatisfy { $0 >= 40 }, "\(changes)")
    #expect(refusals["no-imap-settings", default: 0] >= 30, "\(refusals)")
    #expect(refusals["oauth2-only", default: 0] >= 1, "\(refusals)")
    #expect(otherNames >= 20)
    let summary = try #require(rows.last)
    #expect(summary["changes"] as? Int == changes.values.reduce(0, +))
    #expect(summary["refused"] as? Int == refusals.values.reduce(0, +))
    #expect(summary["text_replacement_wrong"] as? Int == wrong)
    #expect(wrong >= 20)
  }

  private func check(_ row: [String: Any], _ member: Member) throws {
    let provider = member.row
    let target = try #require(row["to"] as? [String: Any], "\(provider.id): \(row)")
    let host = provider.filled(provider.imap[0].host, localPart: Self.localPart).lowercased()
    #expect(target["host"] as? String == host, "\(provider.id)")
    let offers = provider.imap.filter { $0.host == provider.imap[0].host }
    let offer = try #require(offers.first { $0.security != "none" } ?? offers.first)
    #expect(target["port"] as? Int == offer.port, "\(provider.id): \(target)")
    #expect(target["security"] as? String == offer.security, "\(provider.id): \(target)")
    #expect(offer.auth.contains(target["auth"] as? String ?? ""), "\(provider.id): \(target)")
    let name = provider.filled(provider.imap[0].user, localPart: Self.localPart)
    #expect(target["username"] as? String == name, "\(provider.id)")
    let evidence = try #require(row["evidence"] as? [String])
    #expect(evidence.last?.contains(provider.domain) == true, "\(provider.id): \(evidence)")
    #expect(evidence.last?.contains(provider.id) == true, "\(provider.id): \(evidence)")
    let warnings = (row["warnings"] as? [[String: Any]] ?? []).compactMap { $0["code"] as? String }
    #expect(warnings.contains("username-differs") == (name != member.user), "\(provider.id)")
    try checkEdits(row, member, host: host, name: name)
    // Evolution's homes send by a server that is nobody's.
    if member.evolution != nil, !provider.smtp.isEmpty {
      #expect(warnings.contains("smtp-differs"), "\(provider.id)")
    }
  }

  private func checkEdits(
    _ row: [String: Any], _ member: Member, host: String, name: String
  ) throws {
    let files = try #require(row["files"] as? [[String: Any]])
    let edits = files.flatMap { $0["edits"] as? [[String: Any]] ?? [] }
    func new(_ ending: String) -> String? {
      edits.first { ($0["key"] as? String)?.hasSuffix(ending) == true }?["new"] as? String
    }
    let isThunderbird = member.thunderbird != nil
    let hostEdit = new(isThunderbird ? "server1.hostname" : "Authentication/Host")
    #expect(hostEdit == (host == member.popHost ? nil : host), "\(member.row.id)")
    let nameEdit = new(isThunderbird ? "server1.userName" : "Authentication/User")
    #expect(nameEdit == (name == member.user ? nil : name), "\(member.row.id)")
  }

  /// What `sed s/pop/imap/` makes of the host, which is to be one of the entry's.
  private static func isWrongByText(_ member: Member) -> Bool {
    let hosts = member.row.imap.map { member.row.filled($0.host, localPart: localPart) }
    let parts = member.popHost.components(separatedBy: "pop")
    let replaced =
      parts.count == 1
      ? member.popHost : parts[0] + "imap" + parts.dropFirst().joined(separator: "pop")
    return !hosts.contains(replaced)
  }

  /// People are told the figure, and only where there is one.
  @Test func peopleAreToldWhatTextReplacementIsWorth() throws {
    let right = try ThunderbirdHome(
      accounts: [.init(key: 1, user: "m.muster@web.de", host: "pop3.web.de")])
    let result = try Program.run(["plan"] + right.arguments)
    #expect(result.talk.contains("a wrong host for 1 of them"), "\(result.talk)")
    let told = try Program.run(["plan", "--imap-host", "imap.web.de"] + right.arguments)
    #expect(!told.talk.contains("wrong host"))
  }
}
