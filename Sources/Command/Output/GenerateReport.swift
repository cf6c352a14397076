import Autoconfig
import ConfigFormats

/// What `autoconfig generate` wrote, what it left out, and what is left to do.
struct GenerateReport {
  let json: Bool
  /// The output directory, absolute.
  let out: [UInt8]
  let domains: [DomainSettings]
  private var written: [(file: GeneratedFile, outcome: OutputDirectory.Outcome)] = []
  private var leftOut: [(settings: DomainSettings, format: FormatLeftOut, stale: [String])] = []

  init(json: Bool, out: [UInt8], domains: [DomainSettings]) {
    self.json = json
    self.out = out
    self.domains = domains
  }

  mutating func add(_ file: GeneratedFile, _ outcome: OutputDirectory.Outcome) {
    written.append((file, outcome))
  }

  /// - Parameter stale: files of the format that an earlier run has left.
  mutating func add(_ format: FormatLeftOut, of settings: DomainSettings, stale: [String]) {
    leftOut.append((settings, format, stale))
  }

  func show() { json ? showJSON() : showText() }

  private func path(_ below: String) -> [UInt8] {
    (out == [UInt8(ascii: "/")] ? [] : out) + [UInt8(ascii: "/")] + Array(below.utf8)
  }

  // MARK: For scripts

  private func showJSON() {
    for (file, outcome) in written {
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "generated")
          line.add("domain", file.domain.ascii)
          line.add("format", file.format.rawValue)
          line.add("path", path(file.path))
          line.add("status", outcome.rawValue)
          line.add("urls", file.urls)
        })
    }
    for (settings, format, stale) in leftOut {
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "left-out")
          line.add("domain", settings.domain.ascii)
          line.add("format", format.format.rawValue)
          line.add("text", format.reason)
          line.add("stale", stale) { $1.add("path", path($0)) }
        })
    }
    StandardOutput.shared.writeLine(
      JSONObject.line { line in
        line.add("type", "summary")
        line.add("command", "autoconfig generate")
        line.add("domains", domains.count)
        for outcome in OutputDirectory.Outcome.allCases {
          line.add(outcome.rawValue, written.count { $0.outcome == outcome })
        }
        line.add("left_out", leftOut.count)
      })
  }

  // MARK: For people

  private func showText() {
    var table = Table(["FILE", "STATUS", "FOR"])
    for (file, outcome) in written {
      table.add([
        .init(text: file.path.printable, style: .strong),
        .init(text: outcome.rawValue, style: outcome == .unchanged ? .faint : .good),
        .init(text: purpose(of: file)),
      ])
    }
    StandardOutput.shared.write(table.rendered(for: .output))
    StandardOutput.shared.flush()
    for (settings, format, stale) in leftOut {
      Talk.say(
        "left out for \(settings.domain.display): \(format.format.rawValue), because \(format.reason)"
      )
      for file in stale {
        Talk.say("  \(path(file).printable) is of an earlier run and no longer holds: remove it")
      }
    }
    sayNextSteps()
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

  // MARK: Next steps

  /// What an administrator does with the files, for the formats that there are.
  private func sayNextSteps() {
    let formats = Set(written.map(\.file.format))
    guard let first = domains.first else { return }
    let place = domains.count > 1 ? "DOMAIN" : first.domain.ascii
    var steps: [String] = []
    if written.contains(where: { !$0.file.urls.isEmpty }) { steps.append(copying) }
    if let serving = serving(formats, place) { steps.append(serving) }
    if formats.contains(.zone) {
      steps.append("put the records of dns/\(place).zone into the zone of \(place)")
    }
    if formats.contains(.autoconfig) {
      steps.append(
        "look whether it answers with XML: curl -i https://autoconfig.\(place)/mail/config-v1.1.xml"
      )
    }
    guard !steps.isEmpty else { return }
    Talk.say("what is left to do:")
    for (number, step) in steps.enumerated() { Talk.say("  \(number + 1). \(step)") }
  }

  private func serving(_ formats: Set<AutoconfigFormat>, _ place: String) -> String? {
    var ways: [String] = []
    if formats.contains(.nginx) { ways.append("nginx/\(place).conf goes into /etc/nginx/conf.d/") }
    if formats.contains(.apache) {
      ways.append("apache/\(place).conf goes into /etc/apache2/sites-enabled/")
    }
    guard !ways.isEmpty else { return nil }
    let isWithoutAutoconfig = leftOut.count { $0.format.format == .autoconfig } == domains.count
    let names = isWithoutAutoconfig ? "ua-auto-config.\(place)" : "autoconfig.\(place) and the like"
    return
      "let it serve them by https: \(ways.joined(separator: ", or ")), for \(names); the site of "
      + "\(place) itself includes the .include beside it"
  }

  /// The command that copies everything, where there is one server and one place for it.
  private var copying: String {
    let directory = Shell.quoted(String(decoding: out, as: UTF8.self))
    let places = Set(
      domains.map { $0.publication.webHost.ascii + ":" + $0.publication.commonRoot })
    guard places.count == 1, let place = places.first else {
      return "copy \(directory) to the web server, to the directory named in nginx/ and apache/"
    }
    return "copy the files to the web server: rsync -a \(directory)/ \(Shell.quoted(place))/"
  }
}
