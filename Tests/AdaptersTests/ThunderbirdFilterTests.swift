import ConfigFormats
import ProfileRewriter
import Testing

@testable import Adapters

/// Filters, and what keeps them from old mail.
@Suite("Thunderbird: filters")
struct ThunderbirdFilterTests {
  private static let copy = "ImapMail/imap.lab.test/msgFilterRules.dat"
  private static let old = "Mail/pop.lab.test/msgFilterRules.dat"

  private static func oldMail(_ day: String, name: String = guardName, action: String = "")
    -> String
  {
    """
    name="\(name)"
    enabled="yes"
    type="1"
    \(action)action="Stop execution"
    condition="OR (date,is before,\(day)) OR (age in days,is greater than,-1) \
    OR (\\"Date\\",doesn't contain,:) OR (\\"Date\\",doesn't contain,20) \
    OR (\\"Date\\",contains,1970)"

    """
  }

  private static let guardName = "Leave mail from before the change to IMAP alone"

  private static func badDates(action: String = "") -> String {
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ].map { "AND (\\\"Date\\\",doesn't contain,\($0))" }
    return """
      name="\(guardName) (no valid date)"
      enabled="yes"
      type="1"
      \(action)action="Stop execution"
      condition="\(months.joined(separator: " "))"

      """
  }

  @Test func filtersFollowBehindTheGuard() throws {
    let before = Lab { $0.addPOP() }
    let lab = try before.switched()
    let old = try #require(before.profile[Self.old])
    let guards = Self.oldMail("04-Nov-2026") + Self.badDates()
    let expected = old.replacing("name=\"to Projekte\"", with: guards + "name=\"to Projekte\"")
    #expect(lab.profile[Self.copy] == expected)
    #expect(lab.profile[Self.old] == old)
  }

  @Test func withoutRulesNoFilterFile() throws {
    var before = Lab { $0.addPOP(filters: false) }
    #expect(try before.switched().profile[Self.copy] == nil)
    for text in ["", "version=\"9\"\nlogging=\"no\"\n"] {
      before.profile[Self.old] = text
      #expect(try before.switched().profile[Self.copy] == nil)
    }
  }

  @Test func laterRunsGetTheirOwnGuard() throws {
    for (type, guarded) in [("17", false), ("33", true), ("256", true)] {
      var before = Lab { $0.addPOP() }
      before.profile[Self.old] = before.profile[Self.old]?
        .replacing("type=\"17\"", with: "type=\"\(type)\"")
      let text = try #require(try before.switched().profile[Self.copy])
      let rule = """
        name="\(Self.guardName) (later runs)"
        enabled="yes"
        type="288"
        action="Stop execution"
        condition="OR (date,is before,04-Nov-2026) OR (age in days,is greater than,-1)"

        """
      #expect(text.contains(rule) == guarded, "\(type)")
    }
  }

  @Test(
    arguments: [
      (nil, "04-Nov-2026"),
      // Days ago; ten minutes ago; the evening before, which was today already in the far east.
      (1_793_527_200, "04-Nov-2026"), (1_793_793_000, "05-Nov-2026"),
      (1_793_736_000, "05-Nov-2026"),
      // The evening before that, which was yesterday everywhere.
      (1_793_649_600, "04-Nov-2026"),
      // The clock was wrong, or the file is.
      (1_999_999_999, "05-Nov-2026"), (Int.max, "05-Nov-2026"), (-5, "04-Nov-2026"),
    ] as [(Int?, String)])
  func dayAfterTheLastDownload(seconds: Int?, day: String) throws {
    var before = Lab { $0.addPOP() }
    let line = seconds.map { "k UID1 1\nk UID2 \($0)\n" } ?? ""
    before.profile["Mail/pop.lab.test/popstate.dat"] = "*pop.lab.test alice@lab.test\n\(line)"
    let lab = try before.switched()
    #expect(lab.profile[Self.copy]?.contains("(date,is before,\(day))") == true)
  }

  private func text(_ code: WarningCode, _ lab: Lab) throws -> String? {
    try lab.plan().outcomes[0].warnings.first { $0.code == code }?.text
  }

  @Test func whatTheGuardDoesNotHoldIsSaid() throws {
    var lab = Lab { $0.addPOP() }
    let today = try #require(try text(.filtersSameDay, lab))
    #expect(
      today.contains("dated before 04-Nov-2026; mail that is on the server already and is dated"))
    // Of the two rules one moves; what only POP deletes is nothing under IMAP.
    #expect(today.hasSuffix("(one of them moves, copies, deletes, answers or forwards mail)"))
    lab.profile["Mail/pop.lab.test/popstate.dat"] = "*pop.lab.test alice\nk UID 1793793000\n"
    let tomorrow = try #require(try text(.filtersSameDay, lab))
    #expect(tomorrow.contains("before 05-Nov-2026, and with it what comes in the rest of today"))
    #expect(!tomorrow.contains("without a valid date"))
    lab.profile[Self.old] = lab.profile[Self.old]?.replacing("type=\"17\"", with: "type=\"33\"")
    #expect(try text(.filtersSameDay, lab)?.contains("the 2 that run after the junk check") == true)
    let rules = lab.profile[Self.old]
    lab.profile[Self.old] = rules?.replacing("Delete from Pop3 server", with: "Delete")
    #expect(try text(.filtersSameDay, lab)?.contains("(2 of them move, ") == true)
    // What only marks mail does no harm to old mail either.
    lab.profile[Self.old] = rules?.replacing("Move to folder", with: "AddTag")
    #expect(try text(.filtersSameDay, lab) == nil)
    lab.profile[Self.old] = rules?.replacing("\"yes\"", with: "\"no\"")
    #expect(try text(.filtersSameDay, lab) == nil)
    #expect(try text(.filtersNameFolders, lab) == nil)
  }

  @Test func daysAreCountedRight() {
    #expect(CalendarDay(year: 1970, month: 1, day: 1).daysSinceEpoch == 0)
    #expect(CalendarDay(year: 2000, month: 3, day: 1).daysSinceEpoch == 11017)
    for number in stride(from: -800_000, to: 800_000, by: 37) {
      #expect(CalendarDay(daysSinceEpoch: number).daysSinceEpoch == number)
    }
    #expect(CalendarDay(daysSinceEpoch: 11016) == CalendarDay(year: 2000, month: 2, day: 29))
  }

  @Test func trainedJunkControlsAreShieldedFrom() throws {
    func lab(_ more: [String: PrefValue], trained: Bool = true) throws -> Lab {
      var lab = Lab { $0.addPOP(filters: false, more: more) }
      if trained { lab.profile["training.dat"] = "x" }
      return lab
    }
    let before = try lab(["moveOnSpam": .bool(true)])
    let judged = "action=\"JunkScore\"\nactionValue=\"0\"\n"
    let expected =
      "version=\"9\"\nlogging=\"no\"\n" + Self.oldMail("04-Nov-2026", action: judged)
      + Self.badDates(action: judged)
    #expect(try before.switched().profile[Self.copy] == expected)
    #expect(try before.warnings().contains(.junkControls))
    for harmless in [
      try lab([:]), try lab(["moveOnSpam": .bool(true)], trained: false),
      try lab(["moveOnSpam": .bool(true), "spamLevel": .int(0)]),
    ] {
      #expect(try harmless.switched().profile[Self.copy] == nil)
    }
  }

  @Test func junkLevelOfAllServersCounts() throws {
    func lab(_ level: PrefValue, own: PrefValue? = nil) -> Lab {
      var lab = Lab {
        $0.addPOP(filters: false, more: ["moveOnSpam": .bool(true)])
        $0.prefs["mail.server.default.spamLevel"] = level
        $0.prefs["mail.server.server2.spamLevel"] = own
      }
      lab.profile["training.dat"] = "x"
      return lab
    }
    #expect(try lab(.int(0)).switched().profile[Self.copy] == nil)
    #expect(try lab(.int(0), own: .int(100)).switched().profile[Self.copy] != nil)
    #expect(try lab(.int(50)).switched().profile[Self.copy] != nil)
  }

  /// The client's own default of the trust flags is 1.
  @Test(arguments: [(nil, true), (1, true), (3, true), (0, false), (2, false)] as [(Int32?, Bool)])
  func serverFilterIsSwitchedOff(flags: Int32?, switchedOff: Bool) throws {
    let before = Lab {
      $0.addPOP(more: [
        "moveOnSpam": .bool(true), "spamLevel": .int(0), "useServerFilter": .bool(true),
      ])
      $0.prefs["mail.server.server2.serverFilterTrustFlags"] = flags.map(PrefValue.int)
    }
    #expect(try before.switched().server(2, "useServerFilter") == String(!switchedOff))
    #expect(try before.warnings().contains(.junkControls) == switchedOff)
  }

  @Test func serverFilterThatMovesNothingStays() throws {
    let before = Lab { $0.addPOP(more: ["useServerFilter": .bool(true)]) }
    #expect(try before.switched().server(2, "useServerFilter") == "true")
  }

  private static let receiptRule = oldMail(
    "04-Nov-2026", name: "mozilla-temporary-internal-MDN-receipt-filter")

  /// For the profile, for the server, and whether the account's identities follow the server.
  @Test(
    arguments: [
      (1, nil, [false], true), (0, 1, [false], false), (nil, 1, [true], true),
      (1, 0, [true], false),
      (1, 0, [true, false], true), (0, 1, [false, true], true), (0, 0, [true], false),
    ] as [(Int32?, Int32?, [Bool], Bool)])
  func receiptsAreKeptWhereTheyAre(
    general: Int32?, own: Int32?, custom: [Bool], guarded: Bool
  ) throws {
    let before = Lab {
      $0.addPOP(filters: false)
      $0.prefs["mail.incorporate.return_receipt"] = general.map(PrefValue.int)
      $0.prefs["mail.server.server2.incorporate_return_receipt"] = own.map(PrefValue.int)
      let identities = custom.indices.map { "id\(2 + $0)" }
      $0.prefs["mail.account.account2.identities"] = .string(identities.joined(separator: ", "))
      for (name, flag) in zip(identities, custom) {
        $0.prefs["mail.identity.\(name).use_custom_prefs"] = .bool(flag)
      }
    }
    let text = try before.switched().profile[Self.copy]
    #expect((text != nil) == guarded)
    if guarded { #expect(text?.contains("logging=\"no\"\n" + Self.receiptRule) == true) }
    #expect(try before.warnings().contains(.junkControls) == guarded)
  }

  @Test func crlfFiltersStayCRLF() throws {
    var before = Lab { $0.addPOP() }
    let crlf = before.profile[Self.old]?.replacing("\n", with: "\r\n")
    before.profile[Self.old] = crlf
    let text = try #require(try before.switched().profile[Self.copy])
    #expect(!text.replacing("\r\n", with: "").contains("\n"))
  }
}
