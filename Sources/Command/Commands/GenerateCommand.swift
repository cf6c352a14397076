import ArgumentParser
import Autoconfig
import ConfigFormats
import ProfileRewriter

extension AutoconfigFormat: ExpressibleByArgument {}

struct GenerateCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Write a domain's mail settings in every format that clients and DNS read.",
    discussion: """
      From one set of settings: an autoconfig file (Thunderbird, Evolution and others), Outlook's \
      Autodiscover, an Apple configuration profile, PACC, DNS records, a Thunderbird isp file, an \
      Outlook profile, and configuration for nginx and Apache. With --out they are laid out as a \
      web root, with what does not belong to the web beside it.

        profile-rewriter autoconfig generate example.com \\
          --imap-host imap.example.com --smtp-host smtp.example.com --out autoconfig
        profile-rewriter autoconfig generate example.com \\
          --imap-host imap.example.com --smtp-host smtp.example.com --format zone
        profile-rewriter autoconfig generate --settings domains.ini --out autoconfig

      A settings file has a group for each domain and the options' names as keys:

        [defaults]
        imap-host=imap.example.net
        smtp-host=smtp.example.net
        [example.com]
        display-name=Example Mail
        [example.org]
        no-pop=yes

      Nothing is generated without TLS. What a format cannot say is left out, with the reason.
      """)

  @Argument(help: ArgumentHelp("The domain of the mail addresses.", valueName: "domain"))
  var domain: String?

  @Option(
    help: ArgumentHelp(
      """
      Read the settings from this file, or from all files in a directory that end in .ini or \
      .conf; a DOMAIN chooses one of theirs.
      """, valueName: "path"))
  var settings: BytePath?

  @OptionGroup(title: "The domain's settings")
  var options: DomainOptions

  @Option(
    help: ArgumentHelp(
      """
      Lay the files out in this directory; with several domains each has its own web root below \
      it, named by the domain.
      """, valueName: "directory"))
  var out: BytePath?

  @Option(
    name: .customLong("format"),
    help: ArgumentHelp(
      """
      Print this format, or write only this one with --out, where it may be given more than once.
      """, valueName: "format"))
  var formats: [AutoconfigFormat] = []

  @Flag(help: "Replace files in --out that have another content, unless they are another domain's.")
  var force = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if settings == nil, domain == nil {
      throw ValidationError("name the DOMAIN, or give --settings PATH")
    }
    if settings != nil, let first = options.values.keys.map(\.rawValue).sorted().first {
      throw ValidationError("--\(first) and --settings cannot be given together")
    }
    if out == nil {
      guard formats.count == 1 else {
        throw ValidationError("--out DIRECTORY writes all formats; --format FORMAT prints one")
      }
      if force { throw ValidationError("--force goes with --out") }
      if common.json { throw ValidationError("--json tells what --out has written; add --out") }
    }
  }

  func perform() throws -> ExitStatus {
    let (domains, inOwnDirectories) = try readSettings()
    guard let out else { return try printFormat(domains) }
    let wanted = formats.isEmpty ? Set(AutoconfigFormat.allCases) : Set(formats)
    let results = domains.map {
      DomainFiles($0, inOwnDirectory: inOwnDirectories, formats: wanted)
    }
    let files = results.flatMap(\.files)
    guard !files.isEmpty else { throw Self.cannotSay(results.flatMap(\.leftOut)) }
    let path = try AbsolutePath.from(out.bytes)
    let directory = try OutputDirectory(path: path)
    let outcomes = try directory.write(files, replacing: force)
    var report = GenerateReport(json: common.json, out: path, domains: domains)
    for (file, outcome) in zip(files, outcomes) { report.add(file, outcome) }
    for (settings, result) in zip(domains, results) {
      for format in result.leftOut {
        report.add(format, of: settings, stale: try directory.present(format.paths))
      }
    }
    report.show()
    Self.sayWhatLintWould(of: files)
    return .done
  }

  // MARK: Settings

  private func readSettings() throws -> (domains: [DomainSettings], inOwnDirectories: Bool) {
    guard let settings else {
      do throws(SettingProblem) {
        return ([try DomainSettings(domain: domain ?? "", options.values)], false)
      } catch {
        throw Self.usage(error)
      }
    }
    let read = try DomainSettingsFile.read(path: AbsolutePath.from(settings.bytes))
    guard let domain else { return read }
    let name: DomainName
    do { name = try DomainName(domain) } catch {
      throw Fatal(code: "usage", error.description, status: .usage)
    }
    let chosen = read.domains.filter { $0.domain == name }
    guard !chosen.isEmpty else {
      throw Refusal(.notFound, "\(settings.shown) has no domain \(name.display)")
    }
    return (chosen, read.inOwnDirectories)
  }

  private static func usage(_ problem: SettingProblem) -> Fatal {
    Fatal(
      code: "usage", problem.name.map { "--\($0.rawValue) \(problem.text)" } ?? problem.text,
      status: .usage)
  }

  // MARK: One format

  private func printFormat(_ domains: [DomainSettings]) throws -> ExitStatus {
    guard domains.count == 1, let settings = domains.first else {
      throw Fatal(
        code: "usage", "the settings are for \(domains.count) domains: name the DOMAIN to print",
        status: .usage)
    }
    let result = DomainFiles(settings, formats: Set(formats))
    guard let file = result.files.first else { throw Self.cannotSay(result.leftOut) }
    StandardOutput.shared.write(file.bytes)
    StandardOutput.shared.flush()
    Self.sayWhatLintWould(of: result.files)
    return .done
  }

  /// Where somebody chose what not every client takes: once for each domain, whose autoconfig files are
  /// the same.
  private static func sayWhatLintWould(of files: [GeneratedFile]) {
    var said: Set<DomainName> = []
    for file in files where [.autoconfig, .isp].contains(file.format) {
      guard said.insert(file.domain).inserted else { continue }
      for finding in Linter.lint(file.bytes, file: file.path).findings
      where finding.severity != .note {
        Talk.say("\(file.path): \(finding.text)")
      }
    }
  }

  private static func cannotSay(_ leftOut: [FormatLeftOut]) -> Refusal {
    Refusal(
      .unsupported,
      leftOut.map { "\($0.format.rawValue) is left out: \($0.reason)" }.joined(separator: "\n"))
  }
}
