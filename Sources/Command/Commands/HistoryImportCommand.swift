import ArgumentParser
import ProfileRewriter

struct HistoryImportCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Take the changes of an export into the journal.",
    discussion: """
      The homes must be here already, at the same paths. The file must be yours, and nobody else \
      may write it: what it says is what `rollback` would do. Whose profile has changes of its own \
      in this journal is refused. Nothing of a profile is changed.

        profile-rewriter history import changes.export
      """)

  @Argument(help: ArgumentHelp("What `history export` wrote.", valueName: "file"))
  var file: BytePath

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    let content = try OwnFile.read(AbsolutePath.from(file.bytes), kind: "an export")
    let results = try common.engine().importChanges(from: content, name: file.shown)
    var outcome = Outcome()
    for result in results {
      if let refusal = result.refusal { outcome.note(refused: refusal.reason) }
      show(result)
    }
    let counts = ImportedChange.Status.allCases.map { status in
      (status, results.count { $0.status == status })
    }
    if common.json {
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "summary")
          line.add("command", "history import")
          for (status, count) in counts { line.add(status.rawValue, count) }
        })
    } else {
      Talk.say(
        counts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", "))
    }
    return outcome.status
  }

  private func show(_ result: ImportedChange) {
    if common.json {
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "imported")
          line.add("change", result.change.id)
          line.add(result.change.name)
          line.add("status", result.status.rawValue)
          line.add("reason", result.refusal?.reason.rawValue)
          line.add("text", result.refusal.map { Talk.readable($0.text) })
        })
    } else if let refusal = result.refusal {
      Talk.say("\(result.change.id) (\(result.change.name.shown)): \(refusal.shown)")
    }
  }
}
