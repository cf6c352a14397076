import ConfigFormats
import Foundation
import Testing

@testable import Adapters
@testable import ProfileRewriter

/// Every law must catch the program that breaks it. Each test here breaks one on purpose.
@Suite struct MutationLaws {
  private func sandbox(
    _ variant: String = "mbox", _ mutate: @escaping @Sendable (inout ProfilePlan) -> Void
  ) throws -> Sandbox {
    let sandbox = try Sandbox(try Fixture.named(variant))
    sandbox.adapters = builtInAdapters.map { MutatedAdapter(base: $0, mutate: mutate) }
    return sandbox
  }

  @Test func theUnbrokenProgramPasses() throws {
    #expect(try Laws.nothingElseChanges(try sandbox { _ in }) == [])
    #expect(try Laws.undoIsExact(try sandbox { _ in }) == [])
  }

  /// An adapter that writes the file out anew, sorted, in one big edit.
  @Test func aRewrittenFileIsCaught() throws {
    let sandbox = try sandbox { plan in
      plan.mutateCommit { source, edits in
        guard var content = try? source.applying(edits.flatMap(\.edits)) else { return }
        content += Array("// tidied up\n".utf8)
        edits[0].edits = [SourceEdit(range: 0..<source.bytes.count, replacement: content)]
        for index in edits.indices.dropFirst() { edits[index].edits = [] }
      }
    }
    #expect(try Laws.nothingElseChanges(sandbox) != [])
  }

  /// An adapter that leaves the deciding key out: the account reads as POP afterwards.
  @Test func aForgottenKeyIsCaught() throws {
    let sandbox = try sandbox { plan in
      plan.mutateCommit { _, edits in edits.removeAll { $0.key.hasSuffix(".type") } }
    }
    #expect(try Laws.everyAccountSwitches(sandbox) != [])
    let again = try self.sandbox { plan in
      plan.mutateCommit { _, edits in edits.removeAll { $0.key.hasSuffix(".type") } }
    }
    #expect(try Laws.applyTwiceIsApplyOnce(again) != [])
  }

  /// An adapter that names a wrong old value: undo by key would put that back.
  @Test func aWrongOldValueIsCaught() throws {
    let sandbox = try sandbox { plan in
      plan.mutateCommit { _, edits in
        for index in edits.indices where edits[index].key.hasSuffix("server1.hostname") {
          edits[index].before = Array("\"elsewhere.test\"".utf8)
        }
      }
    }
    let original = try ThunderbirdRewrite.values(
      sandbox.profile.appendingPathComponent("prefs.js"))
    try sandbox.apply()
    let change = try #require(try sandbox.engine.history().first)
    let patch = try #require(change.files.last)
    let prefs = try Data(contentsOf: sandbox.profile.appendingPathComponent("prefs.js"))
    let outcome = try KeyUndo(
      patch: patch, leaving: Set(change.accounts.map(\.key)), neededElsewhere: []
    ).outcome(in: try PrefsDocument(parsing: [UInt8](prefs)))
    let written = RewrittenFile(bytes: [UInt8](prefs), kept: [:])
    let now = try ClientHabits.thunderbird.values(outcome.content, at: .prefsJS)
    #expect(ClientRewriteLaws.broken(outcome, patch, original, written, now) != [])
  }

  /// An adapter whose deciding file is not the last to be replaced.
  @Test func aWrongOrderIsCaught() throws {
    let sandbox = try sandbox { $0.files.reverse() }
    #expect(throws: Never.self) { try Laws.commitsLast(sandbox) }
    let again = try self.sandbox { $0.files.reverse() }
    #expect(try Laws.commitsLast(again) != [])
  }

  /// A journal that keeps a secret.
  @Test func aLeakedSecretIsCaught() throws {
    let sandbox = try sandbox { plan in
      for index in plan.files.indices where plan.files[index].sensitive {
        plan.files[index].sensitive = false
      }
    }
    let logins = try String(
      contentsOf: sandbox.profile.appendingPathComponent("logins.json"), encoding: .utf8)
    let secrets = logins.matches(of: /"encryptedPassword":"([^"]+)"/).map { String($0.output.1) }
    #expect(try Laws.noSecretLeavesItsFile(sandbox, secrets: secrets) != [])
  }

  /// Undo that forgets a file.
  @Test func aHalfUndoIsCaught() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    let before = try sandbox.tree()
    try sandbox.apply()
    try sandbox.rollback()
    try FileManager.default.createDirectory(
      at: sandbox.profile.appendingPathComponent("ImapMail"), withIntermediateDirectories: false)
    #expect(differences(before, try sandbox.tree()) != [])
  }
}

extension ProfilePlan {
  fileprivate mutating func mutateCommit(
    _ body: (SourceText, inout [PlannedEdit]) -> Void
  ) {
    for index in files.indices where files[index].commits {
      guard case .edit(let source, var edits, let branches) = files[index].work else { continue }
      body(source, &edits)
      files[index].work = .edit(source: source, edits: edits, branches: branches)
    }
  }
}

/// An adapter that answers like another but for one change to its plans.
struct MutatedAdapter: ClientAdapter {
  var base: any ClientAdapter
  var mutate: @Sendable (inout ProfilePlan) -> Void

  var client: String { base.client }
  var profileFileNames: [String] { base.profileFileNames }
  var lock: ClientLock { base.lock }
  var installationPaths: [String] { base.installationPaths }

  func profiles(in home: any DirectoryView) -> [ProfileListing] { base.profiles(in: home) }
  func isProfile(_ directory: any DirectoryView) -> Bool { base.isProfile(directory) }

  func accounts(in profile: ProfileContext) throws(Refusal) -> [Account] {
    try base.accounts(in: profile)
  }

  func plan(
    _ switches: [AccountSwitch], in profile: ProfileContext, options: SwitchOptions,
    choices: inout PlanChoices
  ) throws(Refusal) -> ProfilePlan {
    var plan = try base.plan(switches, in: profile, options: options, choices: &choices)
    mutate(&plan)
    return plan
  }

  func document(
    at path: RelativePath, _ source: SourceText
  ) throws(SyntaxError) -> any KeyedDocument {
    try base.document(at: path, source)
  }

  func undoWarnings(accounts: [SwitchedAccount], in profile: ProfileContext) -> [Warning] {
    base.undoWarnings(accounts: accounts, in: profile)
  }

  func leaveOnServerValues(account: SwitchedAccount, in profile: ProfileContext) -> [KeyValue] {
    base.leaveOnServerValues(account: account, in: profile)
  }
}
