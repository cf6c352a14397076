import Foundation
import Testing

/// The program's commands as its own argument tree has them.
enum CommandTree {
  private struct Dump: Decodable { var command: Node }
  private struct Node: Decodable {
    var commandName: String
    var subcommands: [Node]?
  }

  /// Every command that does something, as its words; `help` says what the tree says.
  static func leaves() throws -> [[String]] {
    let dump = try Program.run(["--experimental-dump-help"])
    let root = try JSONDecoder().decode(Dump.self, from: Data(dump.stdout)).command
    let leaves = (root.subcommands ?? []).flatMap { Self.leaves($0, []) }.filter { $0 != ["help"] }
    try #require(leaves.count > 10)
    return leaves
  }

  private static func leaves(_ node: Node, _ before: [String]) -> [[String]] {
    let words = before + [node.commandName]
    guard let inner = node.subcommands, !inner.isEmpty else { return [words] }
    return inner.flatMap { leaves($0, words) }
  }
}
