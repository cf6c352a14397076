import Adapters
import Foundation
import Testing

@testable import ProfileRewriter

/// What a user may write into files of their own must not hold up a run over many homes. Before there was a bound on
/// accounts and an index of unsorted files, each of these took minutes to days.
@Suite struct LargeProfileLaws {
  /// A home with files of one client, and a small Balsa's beside them.
  final class Home {
    private let directory = Sandbox.scratch.appendingPathComponent(
      "large-\(UUID().uuidString.prefix(8))")
    var path: String { directory.appendingPathComponent("home").path }

    init(_ files: [String: String], directories: [String] = []) throws {
      for name in directories {
        try FileManager.default.createDirectory(
          atPath: path + "/" + name, withIntermediateDirectories: true)
      }
      for (name, text) in files.merging(Self.neighbour, uniquingKeysWith: { own, _ in own }) {
        let file = URL(fileURLWithPath: path).appendingPathComponent(name)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
      }
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    private static let neighbour = [
      ".balsa/config": """
      [mailbox-1]
      Type=LibBalsaMailboxImap
      Server=imap.lab.test:993

      """
    ]

    var engine: Engine {
      Engine(
        EngineConfiguration(
          adapters: builtInAdapters,
          stateDirectory: Array(directory.appendingPathComponent("state").path.utf8),
          installationRoot: Array(directory.path.utf8), processes: NoProcesses()))
    }

    var selection: Selection { Selection(paths: [Array(path.utf8)]) }

    /// The rows of the client, and of the neighbour.
    func scan(_ client: String) -> (own: [ScanRow], neighbours: [ScanRow]) {
      var rows: [ScanRow] = []
      inTime(12) { engine.scan(selection) { rows.append($0) } }
      return (
        rows.filter { $0.name.client == client }, rows.filter { $0.name.client == "balsa" }
      )
    }
  }

  enum Many: String, CaseIterable {
    case thunderbird, evolution, sylpheed
    case windows = "windows-mail"

    func files(_ count: Int) -> [String: String] {
      switch self {
      case .thunderbird: LargeProfileLaws.thunderbird(Array(1...count))
      case .evolution:
        Dictionary(
          uniqueKeysWithValues: (1...count).map {
            (
              ".config/evolution/sources/a\($0).source",
              """
              [Data Source]
              DisplayName=a
              Enabled=true

              [Mail Account]
              BackendName=pop

              [Authentication]
              Host=pop.lab.test
              Port=995
              User=u\($0)

              """
            )
          })
      case .sylpheed:
        [
          ".sylpheed-2.0/accountrc": (1...count).map {
            "[Account: \($0)]\nprotocol=0\nreceive_server=pop.lab.test\nuser_id=u\($0)\n\n"
          }.joined()
        ]
      case .windows:
        Dictionary(
          uniqueKeysWithValues: (1...count).map {
            (
              "AppData/Local/Microsoft/Windows Live Mail/a\($0)/account{\($0)}.oeaccount",
              """
              <?xml version="1.0" encoding="utf-8"?>
              <MessageAccount><Account_Name type="SZ">a</Account_Name>
              <POP3_Server type="SZ">pop.lab.test</POP3_Server>
              <POP3_User_Name type="SZ">u\($0)</POP3_User_Name></MessageAccount>
              """
            )
          })
      }
    }
  }

  /// - Parameter more: lines of prefs.js besides.
  static func thunderbird(
    _ accounts: [Int], more: [String] = []
  ) -> [String: String] {
    var lines = accounts.flatMap { number in
      [
        "user_pref(\"mail.account.account\(number).server\", \"server\(number)\");\n",
        "user_pref(\"mail.server.server\(number).directory-rel\", \"[ProfD]Mail/\(number)\");\n",
        "user_pref(\"mail.server.server\(number).hostname\", \"pop.lab.test\");\n",
        "user_pref(\"mail.server.server\(number).type\", \"pop3\");\n",
        "user_pref(\"mail.server.server\(number).userName\", \"u\(number)\");\n",
      ]
    }
    let list = accounts.map { "account\($0)" }.joined(separator: ",")
    lines.append("user_pref(\"mail.accountmanager.accounts\", \"\(list)\");\n")
    return [
      ".thunderbird/profiles.ini": "[Profile0]\nName=default\nIsRelative=1\nPath=p\n",
      ".thunderbird/p/prefs.js": (more + lines.sorted()).joined(),
    ]
  }

  @Test(arguments: Many.allCases) func moreAccountsThanAnybodyHasAreRefused(_ client: Many) throws {
    let home = try Home(client.files(Account.mostInProfile + 1))
    let rows = home.scan(client.rawValue)
    #expect(rows.own.map(\.problem?.reason) == [.tooLarge])
    #expect(rows.own.first?.problem?.text.contains("501 accounts") == true)
    #expect(rows.neighbours.count == 1 && rows.neighbours.allSatisfy { $0.problem == nil })
  }

  @Test(arguments: Many.allCases) func asManyAsMayBeAreRead(_ client: Many) throws {
    let rows = try Home(client.files(Account.mostInProfile)).scan(client.rawValue).own
    #expect(rows.compactMap(\.account).count == Account.mostInProfile)
  }

  /// Beside each account that was switched its old mail is an account of the client's list, without a server.
  @Test func accountsOfOldMailAreNotCounted() throws {
    func files(_ accounts: Int, _ local: Int) -> [String: String] {
      var files = Self.thunderbird(Array(1...accounts + local))
      for number in accounts + 1...accounts + local {
        files[".thunderbird/p/prefs.js"]?.replace(
          "server\(number).type\", \"pop3\"", with: "server\(number).type\", \"none\"")
      }
      return files
    }
    let read = try Home(files(500, 500)).scan("thunderbird").own
    #expect(read.compactMap(\.account).count == 500)
    let refused = try Home(files(501, 400)).scan("thunderbird").own
    #expect(refused.map(\.problem?.reason) == [.tooLarge])
    #expect(refused.first?.problem?.text.contains("501 accounts") == true)
    let endless = try Home(files(1, 1_100)).scan("thunderbird").own
    #expect(endless.map(\.problem?.reason) == [.tooLarge])
  }

  @Test func aLargeUnsortedFileIsReadInTime() throws {
    let keys = (0..<100_000).map { "mail.x\(($0 &* 7919) % 100_000)" }
    let more = ["pref(\"mail.a\", 1);\n"] + keys.map { "user_pref(\"\($0)\", 1);\n" }
    let rows = try Home(Self.thunderbird([1], more: more)).scan("thunderbird").own
    #expect(rows.compactMap(\.account?.settings.username) == ["u1"])
  }

  @Test func anAccountOfManyKeysIsReadInTime() throws {
    var files = Many.sylpheed.files(1)
    for name in files.keys {
      files[name]? += (0..<100_000).map { "key\($0)=1\n" }.joined()
    }
    // What comes behind the blank line belongs to the group.
    let rows = try Home(files).scan("sylpheed").own
    #expect(rows.compactMap(\.account?.state) == [.ready])
  }

  @Test func groupsThatNoClientWritesAreRefused() throws {
    let text = (0...5_000).map { "[Account account_\($0)]\nProvider=imap_smtp\n" }.joined()
    let rows = try Home([".config/goa-1.0/accounts.conf": text]).scan("gnome-online-accounts").own
    #expect(rows.map(\.problem?.reason) == [.tooLarge])
  }
}
