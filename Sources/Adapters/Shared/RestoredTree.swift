/// Folders that are to be made, as a tree: what lies above one and was not asked for is there, too, as
/// an empty folder.
struct RestoredTree {
  struct Node {
    var name: String
    /// Which of the asked folders it is.
    var source: Int?
    var children: [Node] = []
  }

  private(set) var top: Node

  /// - Parameter folders: of each the names from the top to it.
  init(named name: String, _ folders: [[String]]) {
    top = Node(name: name, source: nil)
    for (index, names) in folders.enumerated() { Self.add(names[...], index, to: &top) }
  }

  private static func add(_ names: ArraySlice<String>, _ source: Int, to node: inout Node) {
    guard let name = names.first else { return }
    let isLast = names.count == 1
    // Two folders of one name stay two.
    let known = node.children.firstIndex { $0.name == name && !(isLast && $0.source != nil) }
    let place = known ?? node.children.count
    if known == nil { node.children.append(Node(name: name, source: nil)) }
    if isLast {
      node.children[place].source = source
    } else {
      add(names.dropFirst(), source, to: &node.children[place])
    }
  }
}

/// Names of one directory, each given once; some file systems and clients do not tell "Inbox" from
/// "INBOX".
struct UniqueNames {
  private var taken: Set<String>

  init(taken: [String] = []) { self.taken = Set(taken.map { $0.lowercased() }) }

  /// `name` as `spell` spells it, with a number behind it where that is taken.
  mutating func next(_ name: String, _ spell: (String) -> String) -> String {
    var number = 1
    while true {
      let spelled = spell(number == 1 ? name : "\(name) \(number)")
      if taken.insert(spelled.lowercased()).inserted { return spelled }
      number += 1
    }
  }
}
