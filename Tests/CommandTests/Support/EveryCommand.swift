import Foundation
import Testing

/// Every command of the program, in every form of its output, over homes that somebody has prepared:
/// what goes well, what is refused, what is in conflict, what cannot be read.
///
/// A command that the argument tree has and that is not tried here fails (``untried()``).
final class EveryCommand {
  struct Said: CustomStringConvertible {
    var arguments: [String]
    var result: Program.Result

    var description: String {
      arguments.map { "\($0.prefix(60).debugDescription)" }.joined(separator: " ")
    }
    var isJSON: Bool { arguments.contains("--json") }
    /// A diff that goes to a pipe is the file's own bytes, for patch.
    var isDiff: Bool {
      !isJSON && !arguments.contains("json")
        && ["plan", "show"].contains(arguments.first)
    }
    /// What is linted is what a domain shows to everybody, and a finding shows its place.
    var showsPublicFile: Bool { arguments.starts(with: ["autoconfig", "lint"]) }
  }

  let thunderbird: ThunderbirdHome
  let evolution: EvolutionHome
  /// A directory of autoconfig files.
  let autoconfig: URL
  /// Both ways of output go to one terminal, instead of to two pipes.
  let atTerminal: Bool
  private(set) var said: [Said] = []
  /// Called after each command.
  var look: (Said) throws -> Void = { _ in }
  /// Makes files unreadable to the program: (what is broken, how).
  var damages: [(URL, (Data) -> Data)] = []

  init(
    _ thunderbird: ThunderbirdHome, _ evolution: EvolutionHome, _ autoconfig: URL,
    atTerminal: Bool = false
  ) {
    self.thunderbird = thunderbird
    self.evolution = evolution
    self.autoconfig = autoconfig
    self.atTerminal = atTerminal
  }

  var state: URL { thunderbird.state }
  var otherState: URL { thunderbird.scratch.appendingPathComponent("other-state") }
  /// What commands were told to write.
  var written: URL { thunderbird.scratch.appendingPathComponent("written") }

  private var homes: [String] { [thunderbird.home.path, evolution.home.path, autoconfig.path] }
  private let target = ["--imap-host", "imap.example.net"]
  private let formats = [[], ["--json"]]

  @discardableResult
  func run(_ arguments: [String], in state: URL? = nil) throws -> Program.Result {
    let words =
      arguments + (arguments.first == "autoconfig" ? [] : ["--state", (state ?? self.state).path])
    let result = try atTerminal ? Self.atTerminal(words) : Program.run(words)
    let said = Said(arguments: words, result: result)
    self.said.append(said)
    try look(said)
    return result
  }

  private static func atTerminal(_ words: [String]) throws -> Program.Result {
    let quoted = ([Program.path] + words).map { "'" + $0.replacing("'", with: #"'\''"#) + "'" }
    return try Program.run(
      ["-qec", quoted.joined(separator: " "), "/dev/null"],
      environment: ["NO_COLOR": "1", "TERM": "xterm", "SHELL": "/bin/sh"], as: "/usr/bin/script")
  }

  /// Commands of the argument tree that were not tried, or never did what they are for.
  func untried() throws -> [String] {
    try CommandTree.leaves().filter { leaf in
      !said.contains { $0.arguments.starts(with: leaf) && $0.result.status != 64 }
    }.map { $0.joined(separator: " ") }
  }

  // MARK: -

  func runAll() throws {
    try FileManager.default.createDirectory(at: written, withIntermediateDirectories: true)
    try readHomes()
    try change()
    try readJournal()
    try handleMail()
    try meetConflicts()
    try undo()
    try generateAndLint()
    try meetDamages()
  }

  private func path(_ name: String) -> String { written.appendingPathComponent(name).path }

  private func readHomes() throws {
    for json in formats {
      try run(["scan"] + json + homes)
      try run(["check", "--accounts"] + json + homes)
      // More than one POP host: nothing is chosen for them.
      try run(["plan"] + json + target + homes)
      for home in homes {
        try run(["plan"] + json + target + [home])
        try run(["plan", "--servers", autoconfig.path] + json + [home])
      }
    }
    try run(["check", "alice@example.net", "--servers", autoconfig.path])
  }

  private func change() throws {
    try run(
      ["plan", "--match", "pop.example.net", "--out", path("plan"), thunderbird.home.path] + target)
    for json in formats {
      try run(["apply", "--plan", path("plan")] + json)
      for home in homes { try run(["apply"] + json + target + [home]) }
      try run(["recover"] + json)
      try run(["finish", "--online", "--password-command", "printf \(Self.givenSecret)"] + json)
      try run(["finish"] + json)
      for home in homes {
        try run(
          ["upload", "--shared", "--password-command", "printf \(Self.givenSecret)"] + json + [home]
        )
      }
    }
  }

  /// Handed over on the way.
  static let givenSecret = "GIVENsecretQ7w9"

  private func changes() throws -> [String] {
    let list = try Program.run(["history", "--json", "--state", state.path])
    return try list.rows().compactMap { $0["change"] as? String }
  }

  private func readJournal() throws {
    let ids = try changes()
    #expect(ids.count >= 3, "too little was changed")
    for json in formats {
      try run(["history", "list"] + json)
      try run(["doctor"] + json)
      try run(["history", "prune", "--older-than", "0", "--dry-run", "--applied"] + json)
    }
    try report()
    for id in ids {
      for format in [[], ["--json"], ["--format", "diff"], ["--format", "json"]] {
        try run(["show", id] + format)
      }
      try run(["show", id, "--format", "diff", "--out", path("\(id).diff")])
    }
    for json in formats {
      try run(["history", "export", "--out", path("export\(json.count)")] + json)
      try run(["history", "import", path("export\(json.count)")] + json, in: otherState)
    }
  }

  /// The pages are looked at by whoever looks at ``written``.
  private func report() throws {
    for json in formats {
      try run(["report", "--html", path("report\(json.count).html"), "--risk"] + json)
      try run(["report", "--csv", path("report\(json.count).csv")] + json + homes)
    }
    try run(["report", "--csv", "-"] + homes)
  }

  /// Mail is the user's, and a backup holds it; what is said of it is looked at. No server answers.
  private func handleMail() throws {
    let backups = thunderbird.scratch.appendingPathComponent("backups").path
    let password = ["--password-command", "printf \(Self.givenSecret)"]
    for json in formats {
      try run(
        ["backup", "create", "--to", backups, "--description", "of all"] + json + homes.dropLast())
      try run(["backup", "list", backups] + json)
      try run(["backup", "verify", backups] + json)
      for home in homes.dropLast() {
        try run(["backup", "restore", backups, home, "--dry-run"] + json)
        try run(["backup", "restore", backups, home] + json, in: otherState)
        try run(["rollback", "--last"] + json, in: otherState)
        try run(["upload", "--dry-run"] + password + json + [home])
        try run(
          ["test", "--resolver", "127.0.0.1:9", "--timeout", "1"] + password + json + [home])
      }
    }
  }

  private func meetConflicts() throws {
    try thunderbird.replaceInPrefs("imap.example.net", "elsewhere.example.net")
    for json in formats {
      try run(["doctor"] + json)
      try run(["rollback", "--all"] + json + [thunderbird.home.path])
    }
    try thunderbird.replaceInPrefs("elsewhere.example.net", "imap.example.net")
  }

  private func undo() throws {
    try run(["rollback", "--last", "--json"])
    try run(["rollback", "--all"])
    for id in try changes() { try run(["show", id]) }
    try run(["history", "prune", "--older-than", "0", "--json"])
  }

  private func generateAndLint() throws {
    for format in [[], ["--json"], ["--format", "sarif"], ["--all"]] {
      try run(["autoconfig", "lint", autoconfig.path] + format)
    }
    for json in formats {
      try run(
        [
          "autoconfig", "generate", "example.com", "--imap-host", "imap.example.com", "--smtp-host",
          "smtp.example.com", "--out", path("generated\(json.count)"),
        ] + json)
    }
  }

  private func meetDamages() throws {
    for (index, (file, damage)) in damages.enumerated() {
      // Each in one form: the texts are the same in both.
      let json = formats[index % formats.count]
      let before = try Data(contentsOf: file)
      let damaged = damage(before)
      #expect(damaged != before, "\(file.path) was not damaged")
      try damaged.write(to: file)
      try run(["scan"] + json + homes)
      for home in homes where file.path.hasPrefix(home) {
        try run(["plan"] + json + target + [home])
        try run(["apply"] + json + target + [home])
      }
      try run(["check", "--accounts"] + json + homes)
      try run(["autoconfig", "lint", autoconfig.path] + json)
      // Broken since it was switched.
      try before.write(to: file)
      for home in homes { try run(["apply"] + target + [home]) }
      try damage(try Data(contentsOf: file)).write(to: file)
      try run(["doctor"] + json)
      try run(["rollback", "--all"] + json)
      try run(["recover"] + json)
      try before.write(to: file)
    }
  }
}
