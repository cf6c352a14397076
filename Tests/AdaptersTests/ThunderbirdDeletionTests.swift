import ConfigFormats
import ProfileRewriter
import Testing

/// Settings that deleted local mail under POP and would delete on the server under IMAP.
@Suite("Thunderbird: deletion on the server")
struct ThunderbirdDeletionTests {
  private static let dangers: [(leaf: String, value: PrefValue, neutral: PrefValue)] = [
    ("empty_trash_on_exit", .bool(true), .bool(false)),
    ("cleanup_inbox_on_exit", .bool(true), .bool(false)),
    ("purgeSpam", .bool(true), .bool(false)),
    ("retainBy", .int(2), .int(1)), ("retainBy", .int(3), .int(1)),
  ]

  private func warning(_ lab: Lab) throws -> String? {
    try lab.plan().outcomes[0].warnings.first { $0.code == .serverSideDeletion }?.text
  }

  @Test func eachIsSwitchedOffAndNamed() throws {
    for danger in Self.dangers {
      let before = Lab { $0.addPOP(more: [danger.leaf: danger.value]) }
      let edit = try #require(try before.plan().edit("mail.server.server2.\(danger.leaf)"))
      #expect(edit.before == danger.value.canonicalBytes)
      #expect(edit.after == danger.neutral.canonicalBytes)
      #expect(edit.rule == .value)
      #expect(try before.switched().server(3, danger.leaf) == nil)
      #expect(try warning(before)?.contains(danger.leaf) == true)
    }
  }

  /// Taking the server's own value out would not do where all servers have a dangerous one.
  @Test func valuesForAllServersAreAnsweredOnTheServer() throws {
    for danger in Self.dangers {
      let general = "mail.server.default.\(danger.leaf)"
      let neutral = String(decoding: danger.neutral.canonicalBytes, as: UTF8.self)
      for own in [nil, danger.value] {
        let before = Lab {
          $0.addPOP()
          $0.prefs[general] = danger.value
          $0.prefs["mail.server.server2.\(danger.leaf)"] = own
        }
        let lab = try before.switched()
        #expect(lab.server(2, danger.leaf) == neutral)
        #expect(lab.pref(general) == before.pref(general))
        // The old mail's server would fall to it, too.
        #expect(lab.server(3, danger.leaf) == neutral)
      }
      let harmless = Lab {
        $0.addPOP(more: [danger.leaf: danger.neutral])
        $0.prefs[general] = danger.value
      }
      #expect(try warning(harmless) == nil)
      // What kept the account's mail from it keeps the old mail from it.
      #expect(try harmless.switched().server(3, danger.leaf) == neutral)
    }
  }

  @Test func valuesFromOutsideThePrefsCount() throws {
    let line = "\"mail.server.default.empty_trash_on_exit\", true"
    var before = Lab { $0.addPOP() }
    before.profile["user.js"] = "user_pref(\(line));\n"
    #expect(try before.switched().server(2, "empty_trash_on_exit") == "false")
    before.profile["user.js"] = nil
    for call in ["pref(\(line));", "pref(\(line), locked);"] {
      before.installation = MemoryView(at: "/", ["etc/thunderbird/pref/a.js": call])
      #expect(try before.switched().server(2, "empty_trash_on_exit") == "false", "\(call)")
    }
    // Set for this very server it cannot be answered.
    before.installation = MemoryView(at: "/")
    before.profile["user.js"] = "user_pref(\"mail.server.server2.empty_trash_on_exit\", true);\n"
    #expect(try before.refusal() == .overriddenByUserJS)
  }

  /// A harmless value that an administrator has taken out lays open a dangerous one.
  @Test func harmlessValuesThatAreTakenOut() throws {
    var lab = Lab {
      $0.addPOP(more: ["empty_trash_on_exit": .bool(false)])
      $0.prefs["mail.server.default.empty_trash_on_exit"] = .bool(true)
    }
    #expect(try lab.refusal() == nil)
    lab.installation["etc/thunderbird/policies/policies.json"] = """
      {"policies":{"Preferences":{"mail.server.server2.empty_trash_on_exit":{"Status":"clear"}}}}
      """
    #expect(try lab.refusal() == .overriddenByPolicy)
  }

  @Test func whatNeverReachesTheServerStays() throws {
    let leaves: [String: PrefValue] = [
      "retainBy": .int(1), "daysToKeepHdrs": .int(30), "numHdrsToKeep": .int(3),
      "delete_by_age_from_server": .bool(true), "delete_mail_left_on_server": .bool(true),
      "autosync_max_age_days": .int(1), "delete_model": .int(2),
    ]
    let before = Lab { $0.addPOP(more: leaves) }
    #expect(try warning(before) == nil)
    let lab = try before.switched()
    for leaf in leaves.keys { #expect(lab.server(2, leaf) == before.server(2, leaf), "\(leaf)") }
  }

  @Test(arguments: [
    ("mail.imap.expunge_option", PrefValue.int(1)), ("mail.imap.expunge_after_delete", .bool(true)),
  ])
  func expungingForAllAccountsIsOnlyNamed(key: String, value: PrefValue) throws {
    let lab = Lab {
      $0.addPOP()
      $0.prefs[key] = value
    }
    #expect(try warning(lab)?.contains(key) == true)
    #expect(try lab.switched().pref(key) == lab.pref(key))
  }
}
