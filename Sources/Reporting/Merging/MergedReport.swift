import ConfigFormats
import ProfileRewriter

extension FleetReport {
  /// One report of several machines, out of what `report --json` printed on each.
  /// - Parameter now: seconds since 1970.
  /// - Throws: `Refusal` `syntax` for what is not such a report, or not a whole one, and where two are of
  ///   one machine; what reading throws.
  public static func merged(_ reports: [GatheredReport], now: Int) throws -> FleetReport {
    var merged = FleetReport(madeAt: now, countsMail: false)
    var seen: [String: String] = [:]
    for report in reports {
      let found = try report.whole()
      for machine in found.machines {
        if let other = seen.updateValue(report.name, forKey: machine.name) {
          throw report.refusal(
            nil, "it is of \(machine.name.printable), as is \(other); give the newer one only")
        }
      }
      merged.machines += found.machines
      merged.countsMail = merged.countsMail || found.countsMail
      merged.rows += found.rows
      merged.timeline.add(found.timeline)
    }
    merged.timeline.sort()
    merged.machines.sort { $0.name < $1.name }
    merged.rows.sort(by: FleetRow.precedes)
    return merged
  }
}

extension GatheredReport {
  /// Everything but the changes.
  fileprivate func whole() throws -> FleetReport {
    var found = FleetReport(madeAt: 0, countsMail: false)
    var summary: GatheredLine.Summary?
    try forEachLine(of: read()[...]) { _, line in
      guard summary == nil else { throw GatheredFault(text: "a line behind the summary") }
      switch line {
      case .account(let row): found.rows.append(row)
      case .day(let day): found.timeline.add(day)
      case .change: break
      case .summary(let last): summary = last
      }
    }
    guard let summary else {
      throw refusal(nil, "it ends without the summary, so it is not whole: make it again")
    }
    found.machines = try machines(summary)
    found.countsMail = summary.countsMail
    if let machine = summary.machine {
      for place in found.rows.indices { found.rows[place].machine = machine }
    }
    let known = Set(found.machines.map(\.name))
    guard found.rows.allSatisfy({ $0.machine.map(known.contains) ?? false }) else {
      throw refusal(nil, "an account is of a machine that its summary does not name")
    }
    return found
  }

  private func machines(_ summary: GatheredLine.Summary) throws -> [FleetReport.Machine] {
    if let machine = summary.machine {
      return [FleetReport.Machine(name: machine, madeAt: summary.madeAt)]
    }
    guard !summary.machines.isEmpty else {
      throw refusal(nil, "it does not say of which machine it is")
    }
    return summary.machines
  }

  /// The changes as they are, and of which machine.
  func forEachChange(_ body: (_ machine: String, _ change: String, _ line: [UInt8]) -> Void) throws
  {
    let content = try read()
    var own: String?
    // It stands in the last line, behind the changes.
    if let last = content.split(separator: UInt8(ascii: "\n")).last {
      try forEachLine(of: last) { _, line in
        if case .summary(let found) = line { own = found.machine }
      }
    }
    try forEachLine(of: content[...]) { line, found in
      guard case .change(let change, let machine) = found else { return }
      if let machine { return body(machine, change, Array(line)) }
      guard let own else { throw GatheredFault(text: "a change of which no machine is known") }
      body(own, change, Self.named(own, line))
    }
  }

  /// The object with the machine in front.
  private static func named(_ machine: String, _ object: ArraySlice<UInt8>) -> [UInt8] {
    let rest = object.drop { $0 != UInt8(ascii: "{") }.dropFirst()
    return JSONObject.line { $0.add("machine", machine) }.dropLast() + [UInt8(ascii: ",")] + rest
  }
}
