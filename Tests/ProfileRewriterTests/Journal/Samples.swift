import Foundation
import Testing

@testable import ProfileRewriter

/// Changes for the journal's tests.
enum Sample {
  static func settings(_ host: String, _ port: Int = 995) -> ServerSettings {
    ServerSettings(
      host: host, port: port, security: .tls, auth: .passwordCleartext, username: "dora@example.org"
    )
  }

  static func account(_ key: String) -> SwitchedAccount {
    SwitchedAccount(
      key: key, from: settings("pop.example.org"), to: settings("imap.example.org", 993))
  }

  static func state(_ text: String) -> FileState {
    FileState(mode: 0o600, uid: 1000, gid: 100, size: text.utf8.count, sha256: sha(text))
  }

  /// A change with one edited file and one key.
  static func change(
    _ id: String, run: String = "r", root: String = "/home/dora", profile: String? = "tb/p",
    accounts: [String] = ["server1"], key: String = "mail.server.server1.type",
    rule: UndoRule = .value
  ) -> Change {
    let path = (profile.map { $0 + "/" } ?? "") + "prefs.js"
    return Change(
      id: id, run: run, root: Array(root.utf8), home: Array(root.utf8), client: "thunderbird",
      profile: profile.flatMap { RelativePath($0) }, accounts: accounts.map(account),
      files: [
        FilePatch(
          path: RelativePath(path)!, action: .edit, commits: true, before: state("a pop3 b"),
          after: state("a imap b"),
          edits: [
            KeyedEdit(
              key: key, before: Array("pop3".utf8), after: Array("imap".utf8),
              spans: [
                Span(
                  offset: 2, old: Array("pop3".utf8), new: Array("imap".utf8), newLength: 4)
              ], rule: rule, deciding: true, users: accounts)
          ], users: accounts)
      ], warnings: [], state: .prepared, createdAt: 1_000_000)
  }

  /// A change that uses everything a change can hold, with empty and missing told apart.
  static func full(_ id: String, run: String) -> Change {
    var change = Change(
      id: id, run: run, root: [0x2f, 0xff, 0x0a], home: nil, client: "evolution",
      profile: nil,
      relocations: [
        Relocation(RelativePath([0x66, 0xfe])!, target: [0x2f, 0xfd]),
        Relocation(".cache", target: Array("/".utf8)),
      ], followUpOf: "an earlier one", accounts: [account("a\"\\\u{1}é\u{1f600}"), account("")],
      files: [],
      warnings: [Warning(.mailOnlyLocal, "three folders"), Warning(.oauth2, "")],
      state: .prepared, createdAt: -5, undoneAccounts: [""])
    change.accounts[1].note = "é 1"
    change.accounts[0].from.security = .none
    change.accounts[0].to.auth = .oauth2
    change.files = [
      FilePatch(
        path: RelativePath([0x66, 0xfe, 0x2f, 0x67])!, action: .mkdir, before: nil, after: nil,
        users: ["a", "b"]),
      FilePatch(
        path: "logins.json", action: .create, sensitive: true, before: nil,
        after: FileState(mode: 0o7777, uid: .max, gid: 0, size: 1 << 40, sha256: sha("x")),
        users: []),
      FilePatch(
        path: "uid-cache", action: .keep, before: state("a\nb\n"), after: state("a\nb\n"),
        kept: Array("a\nb\n".utf8), users: ["x"]),
      FilePatch(
        path: "prefs.js", action: .edit, commits: true, before: state("old"), after: state("new"),
        edits: [
          KeyedEdit(
            key: "k1", before: nil, after: [],
            spans: [
              Span(offset: 0, old: [], new: [], newLength: 0),
              Span(offset: 7, old: [0, 1, 255], new: nil, newLength: 12),
            ],
            rule: .elements([
              ListElement(bytes: [], users: []), ListElement(bytes: [44], users: ["x", "y,\"z\""]),
            ]), users: ["x"]),
          KeyedEdit(
            key: "", before: [], after: nil, secret: true, recipe: "copy of entry 2", spans: [],
            rule: .record, deciding: true, clientRewrites: ClientRewrite("seen in 128"), users: []),
          KeyedEdit(
            key: "k2", before: nil, after: nil, spans: [],
            clientRewrites: ClientRewrite("", .beginning([0xff, 0])), users: []),
          KeyedEdit(
            key: "k2", before: nil, after: nil, spans: [],
            clientRewrites: ClientRewrite("é", .absent), users: []),
          KeyedEdit(key: "k3", before: [49], after: [50], spans: [], rule: .counter, users: ["x"]),
          KeyedEdit(key: "k4", before: nil, after: nil, spans: [], rule: .elements([]), users: []),
        ],
        branches: [
          CreatedBranch(prefix: "mail.server.server2.", users: ["x"]),
          CreatedBranch(prefix: "mail.identity.id9.", users: []),
        ], users: ["x"]),
    ]
    return change
  }
}

/// A journal in a directory of the test's own.
struct JournalFixture {
  let scratch: Scratch
  let journal: Journal
  var path: [UInt8] { scratch.bytes + Array("/state".utf8) }

  init(calls: any SystemCalls = LinuxSystemCalls.shared) throws {
    scratch = try Scratch()
    journal = try Journal.create(
      stateDirectory: scratch.bytes + Array("/state".utf8), calls: calls, now: { 1_795_485_552 })
  }

  /// A second connection, as another process has it.
  func again() throws -> Journal { try Journal.create(stateDirectory: path) }
}
