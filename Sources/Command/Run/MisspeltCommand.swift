import ArgumentParser
import ConfigFormats

/// A first word that is no command: the parser would take it for an argument too many.
enum MisspeltCommand {
  static func refuse(_ word: String?) throws(ValidationError) {
    guard let word, !word.hasPrefix("-"), !commands.contains(word) else { return }
    let near = commands.filter { isNear(Array($0.utf8), Array(word.lowercased().utf8)) }
    let meant = near.isEmpty ? "" : "; did you mean \(near.joined(separator: " or "))?"
    throw ValidationError("there is no command '\(word.printable)'\(meant)")
  }

  private static let commands =
    ProfileRewriterCommand.configuration.subcommands.map { $0._commandName } + ["help"]

  /// Whether one letter more, less, other or in its neighbour's place makes one of the other.
  private static func isNear(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    guard one != other else { return true }
    let start = zip(one, other).prefix { $0 == $1 }.count
    let (a, b) = (one[start...], other[start...])
    return a.dropFirst() == b.dropFirst() || a.dropFirst() == b || a == b.dropFirst()
      || a.count > 1 && b.count > 1 && a.first == b.dropFirst().first
        && b.first == a.dropFirst().first && a.dropFirst(2) == b.dropFirst(2)
  }
}
