import Adapters
import ConfigFormats
import ProfileRewriter
import Testing

/// POP's state stays where it is, and what is written comes in an order that is safe at every
/// instant.
@Suite struct EvolutionDirectoryTests {
  private func directories(_ plan: ProfilePlan) -> [String] {
    plan.files.compactMap { file in
      guard case .mkdir(let mode) = file.work else { return nil }
      #expect(mode == 0o700)
      #expect(!file.commits)
      return file.path.text
    }
  }

  /// Without it IMAP takes POP's directory, and a rollback fetches every message again.
  @Test func theCacheDirectoryIsMade() throws {
    var lab = EvolutionLab()
    #expect(
      directories(try lab.plan()) == [
        ".cache", ".cache/evolution", ".cache/evolution/mail", ".cache/evolution/mail/a",
      ])
    lab.home.put(.directory, at: ".cache/evolution/mail")
    #expect(directories(try lab.plan()) == [".cache/evolution/mail/a"])
    lab.home.put(.directory, at: ".cache/evolution/mail/a")
    #expect(directories(try lab.plan()) == [])
  }

  @Test func notWherePOPHasNoState() throws {
    var lab = EvolutionLab()
    lab.home.put(nil, at: "\(lab.dataTree)/mail/a/uid-cache")
    lab.home.put(nil, at: "\(lab.dataTree)/mail/a")
    let plan = try lab.plan()
    #expect(directories(plan) == [])
    #expect(plan.outcomes.map(\.refusal) == [nil])
  }

  /// One account's place that cannot be used keeps that account back, and no other.
  @Test(arguments: [
    (MemoryView.Entry.link, "mail/a", ReasonCode.symlink), (.file([]), "mail/a", .notRegular),
    (.fifo, "mail/a", .notRegular),
  ]) func whatStandsInItsPlace(
    _ entry: MemoryView.Entry, _ name: String, _ reason: ReasonCode
  ) throws {
    var lab = EvolutionLab()
    lab.add("b")
    lab.home.put(entry, at: "\(lab.cacheTree)/\(name)")
    let plan = try lab.plan(["a", "b"])
    #expect(plan.outcomes.map(\.refusal?.reason) == [reason, nil])
    #expect(plan.files.allSatisfy { $0.users == ["b"] })
    #expect(plan.files.map(\.commits).filter { $0 }.count == 1)
  }

  @Test func aLinkOnTheWay() throws {
    var lab = EvolutionLab()
    lab.home.put(.link, at: lab.cacheTree)
    #expect(try lab.refusal() == .symlink)
  }

  @Test func uidCacheIsKept() throws {
    var lab = EvolutionLab()
    let file = try #require(try lab.plan().file("\(lab.dataTree)/mail/a/uid-cache"))
    guard case .keep(let content) = file.work else {
      Issue.record("\(file.work)")
      return
    }
    #expect(content == Array("uid-1 a\nuid-2 a\n".utf8))
    #expect(file.users == ["a"])
    lab.home.put(nil, at: "\(lab.dataTree)/mail/a/uid-cache")
    #expect(try lab.plan().file("\(lab.dataTree)/mail/a/uid-cache") == nil)
  }

  @Test func uidCacheThatCannotBeRead() throws {
    var lab = EvolutionLab()
    lab.add("b")
    lab.home.put(.link, at: "\(lab.dataTree)/mail/a/uid-cache")
    #expect(try lab.plan(["a", "b"]).outcomes.map(\.refusal?.reason) == [.symlink, nil])
  }

  // MARK: Several accounts

  @Test func writeOrder() throws {
    var lab = EvolutionLab()
    lab.add("b")
    lab.home.put(.directory, at: "\(lab.cacheTree)/mail")
    let plan = try lab.plan(["b", "a"])
    #expect(
      plan.files.map(\.path.text) == [
        ".cache/evolution/mail/a", ".cache/evolution/mail/b",
        ".local/share/evolution/mail/b/uid-cache", ".config/evolution/sources/i-b.source",
        ".local/share/evolution/mail/a/uid-cache", ".config/evolution/sources/i.source",
        ".config/evolution/sources/b.source", ".config/evolution/sources/a.source",
      ])
    #expect(plan.files.map(\.commits) == Array(repeating: false, count: 7) + [true])
    #expect(plan.files.map(\.users) == [["a"], ["b"], ["b"], ["b"], ["a"], ["a"], ["b"], ["a"]])
  }

  @Test func directoriesOnTheWayAreShared() throws {
    var lab = EvolutionLab()
    lab.add("b")
    let plan = try lab.plan(["a", "b"])
    #expect(plan.file(".cache/evolution")?.users == ["a", "b"])
    #expect(directories(plan).count == 5)
    let switched = try lab.switched(["a", "b"])
    #expect(try switched.accounts().allSatisfy { $0.kind == .imap })
  }

  @Test(arguments: [["a", "b"], ["b", "a"]]) func oneRefusedOfTwo(_ order: [String]) throws {
    var lab = EvolutionLab()
    lab.add("b") { $0 = $0.replacing("User=alice@lab.test\n", with: "") }
    let plan = try lab.plan(order, to: Lab.imap())
    for outcome in plan.outcomes {
      #expect(outcome.refusal?.reason == (outcome.account == "b" ? .incompleteAccount : nil))
    }
    #expect(plan.files.allSatisfy { $0.users == ["a"] })
    #expect(plan.files.last?.path.text == "\(lab.profile)/sources/a.source")
    #expect(plan.files.filter(\.commits).count == 1 && plan.files.last?.commits == true)
  }

  @Test func allRefused() throws {
    let plan = try EvolutionLab { $0.set("Parent", "c") }.plan()
    #expect(plan.files.isEmpty)
  }
}
