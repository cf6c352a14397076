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
      // Downloaded at ten of 1 November, UTC; nowhere where it is the 4th now was it the 2nd then.
      (1_793_527_200, "02-Nov-2026"), (1_793_793_000, "05-Nov-2026"),
      // The clock was wrong.
      (1_999_999_999, "05-Nov-2026"),
    ] as [(Int?, String)])
  func dayAfterTheLastDownload(seconds: Int?, day: String) throws {
    var before = Lab { $0.addPOP() }
    let line = seconds.map { "k UID1 1\nk UID2 \($0)\n" } ?? ""
    before.profile["Mail/pop.lab.test/popstate.dat"] = "*pop.lab.test alice@lab.test\n\(line)"
    let lab = try before.switched()
    #expect(lab.profile[Self.copy]?.contains("(date,is before,\(day))") == true)
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

  @Test func serverFilterIsSwitchedOff() throws {
    let before = Lab {
      $0.addPOP(more: [
        "moveOnSpam": .bool(true), "spamLevel": .int(0), "useServerFilter": .bool(true),
        "serverFilterTrustFlags": .int(1),
      ])
    }
    #expect(try before.switched().server(2, "useServerFilter") == "false")
    #expect(try before.warnings().contains(.junkControls))
  }

  @Test func receiptsAreKeptWhereTheyAre() throws {
    let before = Lab {
      $0.addPOP()
      $0.prefs["mail.incorporate.return_receipt"] = .int(1)
    }
    let rule = Self.oldMail(
      "04-Nov-2026", name: "mozilla-temporary-internal-MDN-receipt-filter")
    #expect(try before.switched().profile[Self.copy]?.contains("logging=\"no\"\n" + rule) == true)
    let own = Lab {
      $0.addPOP(more: ["incorporate_return_receipt": .int(0)])
      $0.prefs["mail.incorporate.return_receipt"] = .int(1)
      $0.prefs["mail.identity.id2.use_custom_prefs"] = .bool(true)
    }
    #expect(try own.switched().profile[Self.copy]?.contains("MDN") == false)
  }

  @Test func crlfFiltersStayCRLF() throws {
    var before = Lab { $0.addPOP() }
    let crlf = before.profile[Self.old]?.replacing("\n", with: "\r\n")
    before.profile[Self.old] = crlf
    let text = try #require(try before.switched().profile[Self.copy])
    #expect(!text.replacing("\r\n", with: "").contains("\n"))
  }
}
