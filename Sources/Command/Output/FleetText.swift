import ConfigFormats
import ProfileRewriter
import Reporting

/// What `report` says to people: the sums. The rest is on the page.
enum FleetText {
  /// - Parameter tableIsFree: nothing else is written to standard output.
  static func show(_ report: FleetReport, tableIsFree: Bool) {
    let sums = report.sums
    guard sums.accounts > 0 else {
      StandardOutput.shared.flush()
      return Talk.say("nothing is recorded, and no account was found")
    }
    if tableIsFree {
      var table = Table(["STATE", "ACCOUNTS"])
      for state in FleetRow.State.allCases {
        guard let count = sums.states[state] else { continue }
        table.add([.init(text: state.rawValue), .init(text: "\(count)")])
      }
      StandardOutput.shared.write(table.rendered(for: .output))
    }
    StandardOutput.shared.flush()
    let goal = sums.accounts - (sums.states[.imap] ?? 0)
    Talk.say(
      "\(sums.states[.switched] ?? 0) of \(Talk.count(goal, "account")) switched to IMAP, in "
        + Talk.count(sums.homes, "home")
        + (report.machines.isEmpty
          ? "" : " on " + Talk.count(report.machines.count, "machine")))
  }
}
