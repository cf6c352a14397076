import ArgumentParser
import Autoconfig
import MailCheck
import ProfileRewriter

struct CheckCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say whether IMAP is offered, with which settings, on what evidence.",
    discussion: """
      A SUBJECT is a mail address, a mail domain or a server's name. With --accounts it is a PATH as \
      in scan, and every POP and IMAP account there is a subject. The answers come from --servers \
      and the facts that come with the program; with --online the network is asked about what they \
      do not tell.

      The answer is yes, yes-with-action (something must be done first), no, or unknown. Exit status \
      6: one of them is no.

        profile-rewriter check alice@example.net
        profile-rewriter check --online example.net
        profile-rewriter check --accounts
        profile-rewriter check --from addresses.txt --json
      """)

  @Argument(
    help: ArgumentHelp(
      "What to ask about; with --accounts homes or profiles (default: your own home).",
      valueName: "subject"))
  var words: [BytePath] = []

  @Flag(help: "Ask about the accounts of homes or profiles.")
  var accounts = false

  @Option(
    help: ArgumentHelp(
      "Ask about what stands in this file, one subject in a line; - is standard input.",
      valueName: "file"))
  var from: BytePath?

  @Option(
    help: ArgumentHelp(
      "Look up in this autoconfig file, or in a directory of them, before the embedded facts.",
      valueName: "path"))
  var servers: BytePath?

  @Flag(help: "Exit with 6 for an unknown, too.")
  var strict = false

  @OptionGroup(title: "Network") var network: NetworkOptions
  @OptionGroup(title: "With --accounts") var fleet: FleetOptions
  @OptionGroup var filter: FilterOptions
  @OptionGroup var xdg: XDGOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if accounts {
      guard from == nil else { throw ValidationError("--from names subjects, not accounts") }
      try selection.validate()
    } else {
      guard !fleet.isGiven, !filter.isGiven, !xdg.isGiven else {
        throw ValidationError(
          "--all-users, --homes-from, --exclude, --match, --client and --xdg-* go with --accounts")
      }
      guard !words.isEmpty || from != nil else {
        throw ValidationError("name an address, a domain or a host, or give --from or --accounts")
      }
      do throws(Fatal) {
        _ = try named
      } catch {
        throw ValidationError(error.text)
      }
    }
  }

  func perform() throws -> ExitStatus {
    let files = try servers.map { try ServerFiles(path: AbsolutePath.from($0.bytes)) }
    let lookup = ProviderLookup(files: files)
    var outcome = Outcome()
    var report = CheckReport(json: common.json)
    let online = try network.settings().map { OnlineCheck(lookup: lookup, settings: $0) }
    let items = try items(&report, &outcome)
    func add(_ index: Int, _ answer: CheckAnswer) {
      switch answer.verdict {
      case .no: outcome.note(.saidNo)
      case .unknown where strict: outcome.note(.saidNo)
      default: break
      }
      report.add(answer, for: items[index])
    }
    if let online {
      online.check(items.map(\.subject), add)
    } else {
      for (index, item) in items.enumerated() { add(index, lookup.check(item.subject)) }
    }
    report.finish()
    return outcome.status
  }

  private func items(
    _ report: inout CheckReport, _ outcome: inout Outcome
  ) throws -> [CheckItem] {
    guard !accounts else { return try accountItems(&report, &outcome) }
    var subjects = try named
    if let from {
      let isStandardInput = from.bytes.elementsEqual("-".utf8)
      subjects += try SubjectList.subjects(
        ofFile: isStandardInput ? nil : AbsolutePath.from(from.bytes))
    }
    return subjects.map { CheckItem(subject: $0) }
  }

  /// The words taken as subjects.
  private var named: [CheckSubject] {
    get throws(Fatal) {
      try SubjectList.subjects(
        ofArguments: words.map { String(decoding: $0.bytes, as: UTF8.self) })
    }
  }

  private func accountItems(
    _ report: inout CheckReport, _ outcome: inout Outcome
  ) throws -> [CheckItem] {
    let engine = try common.engine()
    var items: [CheckItem] = []
    Interruption.stopBetweenProfiles()
    let summary = engine.scan(try selection.selection()) { row in
      if let account = row.account {
        items.append(CheckItem(subject: .account(account), profile: row.name))
      } else if let problem = row.problem {
        outcome.note(refused: problem.reason)
        report.add(row.name, problem)
      }
    }
    selection.sayNothing(at: summary.withoutProfile)
    return items
  }

  /// The words taken as paths.
  private var selection: SelectionOptions {
    SelectionOptions(paths: words, fleet: fleet, filter: filter, xdg: xdg)
  }
}

extension SelectionOptions {
  fileprivate init(
    paths: [BytePath], fleet: FleetOptions, filter: FilterOptions, xdg: XDGOptions
  ) {
    self.init()
    self.paths = paths
    self.fleet = fleet
    self.filter = filter
    self.xdg = xdg
  }
}
