import ConfigFormats
import ProfileRewriter
import Testing

/// What holds of every profile, tried on generated ones.
@Suite("Thunderbird: laws on generated profiles")
struct ThunderbirdLawTests {
  /// Xorshift, so that a seed names a profile.
  private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }

    mutating func one(in count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
      elements[Int.random(in: 0..<elements.count, using: &self)]
    }
  }

  private static let users = ["alice@lab.test", "bob", "jörg@x.test", "a+b!'(c)@d", "Ünal d"]
  private static let hosts = ["pop.lab.test", "mail.lab.test", "POP.other.test"]

  /// Some POP accounts with everything that may go with them, and a hand that has edited the file.
  private static func lab(seed: UInt64) -> (lab: Lab, accounts: [String]) {
    var dice = Dice(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1)
    var builder = ProfileBuilder()
    var accounts: [String] = []
    var scope: [String] = []
    for (offset, user) in users.shuffled(using: &dice).prefix(.random(in: 1...3, using: &dice))
      .enumerated()
    {
      let number = offset + 2
      let host = dice.pick(hosts)
      var more: [String: PrefValue] = [:]
      if dice.one(in: 3), offset > 0 { more["deferred_to_account"] = .string("account2") }
      if dice.one(in: 3), offset == 0 { more["deferred_to_account"] = .string("account1") }
      if dice.one(in: 3) { more["empty_trash_on_exit"] = .bool(true) }
      if dice.one(in: 3) { more["moveOnSpam"] = .bool(true) }
      if dice.one(in: 4) { more["socketType"] = .int(Int32.random(in: 0...2, using: &dice)) }
      builder.addPOP(
        number, user: user, host: host, directory: "dir\(number)",
        leaveOnServer: dice.one(in: 2), filters: dice.one(in: 2), login: !dice.one(in: 4),
        more: more)
      if dice.one(in: 2) { builder.view["Mail/dir\(number)/Inbox"] = "" }
      scope.append("mailbox://\(ProfileBuilder.escaped(user))@\(host)/Inbox")
      accounts.append("account\(number)")
    }
    if dice.one(in: 2) { builder.addUnifiedInbox(scope.joined(separator: "|")) }
    if dice.one(in: 2) { builder.view["training.dat"] = "x" }
    if dice.one(in: 2) { builder.addIMAP(9, user: "zoe") }
    var lab = Lab(builder.build())
    if dice.one(in: 3) {
      for name in ["prefs.js", "virtualFolders.dat", "Mail/dir2/msgFilterRules.dat"] {
        lab.profile[name] = lab.profile[name]?.replacing("\n", with: "\r\n")
      }
    }
    if dice.one(in: 3), let text = lab.profile["prefs.js"] {
      lab.profile["prefs.js"] = String(text.dropLast(dice.one(in: 2) ? 1 : 0)) + "// by hand"
    }
    return (lab, accounts.shuffled(using: &dice))
  }

  @Test(arguments: 1...300 as ClosedRange<UInt64>)
  func switchingIsReversibleCompleteAndFinal(seed: UInt64) throws {
    let (before, accounts) = Self.lab(seed: seed)
    let old = ReferenceChecker(before.profile).dangling
    let lab = try before.switched(accounts)
    // Byte for byte back, and before and after as the documents say: checked while applying.
    #expect(Set(ReferenceChecker(lab.profile).dangling).subtracting(old).isEmpty)
    #expect(try lab.accounts().allSatisfy { $0.state == .current })
    let again = try lab.plan([]).files
    #expect(again.isEmpty)
    // Nothing of the old mail is touched.
    for (path, bytes) in before.profile.files where path.text.hasPrefix("Mail/") {
      #expect(lab.profile.bytes(path) == bytes)
    }
  }

  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func oneByOneEqualsAllAtOnce(seed: UInt64) throws {
    let (before, accounts) = Self.lab(seed: seed)
    var step = before
    for account in accounts { step = try step.switched([account]) }
    #expect(step.profile["prefs.js"] == (try before.switched(accounts)).profile["prefs.js"])
    let directories = step.profile.files.filter { $0.path.text.hasPrefix("ImapMail/") }
    for (path, bytes) in directories {
      #expect(try before.switched(accounts).profile.bytes(path) == bytes)
    }
  }

  /// Every prefix of the write order leaves the POP accounts as they were.
  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func prefsComeLast(seed: UInt64) throws {
    let (before, accounts) = Self.lab(seed: seed)
    let plan = try before.plan(accounts)
    #expect(plan.files.last?.commits == true)
    let early = ProfilePlan(outcomes: [], files: plan.files.dropLast())
    let lab = try before.applying(early)
    #expect(try lab.accounts() == before.accounts())
    #expect(lab.profile["prefs.js"] == before.profile["prefs.js"])
  }
}
