import Autoconfig
import ConfigFormats

/// What `autoconfig generate` wrote, what it left out, and what is left to do.
struct GenerateReport {
  let json: Bool
  /// The output directory, absolute.
  let out: [UInt8]

  typealias Written = (file: GeneratedFile, outcome: OutputDirectory.Outcome)
  typealias LeftOut = (settings: DomainSettings, formats: [FormatLeftOut])

  func show(_ written: [Written], _ leftOut: [LeftOut]) {
    json ? showJSON(written, leftOut) : showText(written, leftOut)
  }

  // MARK: For scripts

  private func showJSON(_ written: [Written], _ leftOut: [LeftOut]) {
    for (file, outcome) in written {
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "generated")
          line.add("domain", file.domain.ascii)
          line.add("format", file.format.rawValue)
          line.add("path", path(of: file))
          line.add("status", outcome.rawValue)
          line.add("urls", file.urls)
        })
    }
    for (settings, formats) in leftOut {
      for format in formats {
        StandardOutput.shared.writeLine(
          JSONObject.line { line in
            line.add("type", "left-out")
            line.add("domain", settings.domain.ascii)
            line.add("format", format.format.rawValue)
            line.add("text", format.reason)
          })
      }
    }
    StandardOutput.shared.writeLine(
      JSONObject.line { line in
        line.add("type", "summary")
        line.add("command", "autoconfig generate")
        line.add("domains", leftOut.count)
        for outcome in OutputDirectory.Outcome.allCases {
          line.add(outcome.rawValue, written.count { $0.outcome == outcome })
        }
        line.add("left_out", leftOut.reduce(0) { $0 + $1.formats.count })
      })
  }

  // MARK: For people

  private func showText(_ written: [Written], _ leftOut: [LeftOut]) {
    var table = Table(["FILE", "STATUS", "FOR"])
    for (file, outcome) in written {
      table.add([
        .init(text: file.path.printable, style: .strong),
        .init(text: outcome.rawValue, style: outcome == .unchanged ? .faint : .good),
        .init(text: purpose(of: file)),
      ])
    }
    StandardOutput.shared.write(table.rendered(for: .output))
    for (settings, formats) in leftOut {
      for format in formats {
        Talk.say(
          "left out for \(settings.domain.display): \(format.format.rawValue), because \(format.reason)")
      }
    }
    if let settings = leftOut.first?.settings { sayNextSteps(written.map(\.file), settings, leftOut.count) }
  }

  private func purpose(of file: GeneratedFile) -> String {
    switch file.format {
    case .zone: "DNS: the zone of \(file.domain.ascii)"
    case .isp: "Thunderbird: the isp directory of an installation"
    case .prf: "Outlook: outlook.exe /importprf"
    case .nginx: "nginx: the names below \(file.domain.ascii)"
    case .nginxInclude: "nginx: the server of \(file.domain.ascii) itself"
    case .apache: "Apache: the names below \(file.domain.ascii)"
    case .apacheInclude: "Apache: the virtual host of \(file.domain.ascii) itself"
    default: file.urls.joined(separator: " ")
    }
  }

  /// What an administrator does with the files, for the formats that there are.
  private func sayNextSteps(_ files: [GeneratedFile], _ settings: DomainSettings, _ domains: Int) {
    let formats = Set(files.map(\.format))
    let place = domains > 1 ? "DOMAIN" : settings.domain.ascii
    let publication = settings.publication
    var steps: [String] = []
    if files.contains(where: { !$0.urls.isEmpty }) {
      let directory = Shell.quoted(String(decoding: out, as: UTF8.self))
      let root = Shell.quoted(publication.webHost.ascii + ":" + publication.commonRoot)
      steps.append("copy the files to the web server: rsync -a \(directory)/ \(root)/")
    }
    if formats.contains(.nginx) || formats.contains(.apache) {
      let server = formats.contains(.nginx) ? "nginx" : "apache"
      let other = server == "nginx" && formats.contains(.apache) ? " (or those in apache/)" : ""
      steps.append(
        "let it serve them: \(server)/\(place).conf\(other) for the names below the domain, and the "
          + ".include beside it in the site of \(place) itself; clients ask by https")
    }
    if formats.contains(.zone) {
      steps.append("put the records of dns/\(place).zone into the zone of \(place)")
    }
    if formats.contains(.autoconfig) {
      steps.append(
        "look whether it answers with XML: curl -i https://autoconfig.\(place)/mail/config-v1.1.xml")
    }
    guard !steps.isEmpty else { return }
    Talk.say("what is left to do:")
    for (number, step) in steps.enumerated() { Talk.say("  \(number + 1). \(step)") }
  }

  private func path(of file: GeneratedFile) -> [UInt8] {
    (out == [UInt8(ascii: "/")] ? [] : out) + [UInt8(ascii: "/")] + Array(file.path.utf8)
  }
}
