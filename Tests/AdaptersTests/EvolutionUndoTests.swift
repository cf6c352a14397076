import Adapters
import ConfigFormats
import ProfileRewriter
import Testing

/// What an account does to the server once it is POP again.
@Suite struct EvolutionUndoTests {
  private func text(_ lines: [String: String]) throws -> String? {
    let lab = EvolutionLab { text in
      for (key, value) in lines { text.set(key, value) }
    }
    return try warning(lab)
  }

  private func warning(_ lab: EvolutionLab) throws -> String? {
    let warnings = lab.adapter.undoWarnings(accounts: [account("a")], in: lab.context)
    #expect(warnings.allSatisfy { $0.code == .popDeletesFromServer })
    return warnings.first?.text
  }

  private func account(_ uid: String) -> SwitchedAccount {
    SwitchedAccount(key: uid, from: Lab.imap(), to: Lab.imap())
  }

  @Test func whatPOPDeletes() throws {
    #expect(try text([:]) == nil)
    #expect(try text(["KeepOnServer": "false"])?.contains("not kept on the server") == true)
    #expect(try text(["DeleteAfterDays": "7"])?.contains("after 7 days") == true)
    #expect(try text(["DeleteExpunged": "true"])?.contains("expunged") == true)
    #expect(try text(["DeleteAfterDays": "-1"]) == nil)
  }

  /// Without the key, and without the group, Evolution takes mail off the server.
  @Test func withoutTheKey() throws {
    var lab = EvolutionLab { $0 = $0.replacing("KeepOnServer=true\n", with: "") }
    #expect(try warning(lab)?.contains("not kept") == true)
    lab = EvolutionLab { $0 = String($0.prefix { $0 != "P" }) }
    lab["a"] = "[Mail Account]\nBackendName=imapx\n"
    #expect(try warning(lab)?.contains("not kept") == true)
    lab["a"] = nil
    #expect(try warning(lab) == nil)
  }

  @Test func leavingOnTheServer() throws {
    var lab = EvolutionLab()
    lab.add("b")
    let values = lab.adapter.leaveOnServerValues(account: account("b"), in: lab.context)
    #expect(
      values
        == [
          ("KeepOnServer", "true"), ("DeleteAfterDays", "0"), ("DeleteExpunged", "false"),
        ].map {
          KeyValue(
            file: RelativePath("\(lab.profile)/sources/b.source"), key: "Pop Backend/\($0.0)",
            value: Array($0.1.utf8))
        })
    #expect(lab.adapter.leaveOnServerValues(account: account("gone"), in: lab.context) == [])
  }

  @Test func warningsOfSeveral() throws {
    var lab = EvolutionLab { $0.set("KeepOnServer", "false") }
    lab.add("b")
    lab.add("c") { $0.set("DeleteAfterDays", "1") }
    let accounts = ["a", "b", "c"].map(account)
    #expect(lab.adapter.undoWarnings(accounts: accounts, in: lab.context).count == 2)
  }
}
