import ConfigFormats
import ProfileRewriter

/// What one source file is to become: values by key, in the order they are to be added.
struct SourceWishes {
  private struct Wish {
    var key: String
    var value: [UInt8]?
    var deciding: Bool
    var rewrite: ClientRewrite?
  }

  let source: AccountSource
  private let users: [String]
  private var wishes: [Wish] = []
  /// Groups that the client adds to by itself.
  private var noted: [String] = []

  /// - Parameter user: the account that needs the edits.
  init(_ source: AccountSource, user: String) { self.init(source, users: [user]) }

  /// - Parameter users: the accounts that need the edits.
  init(_ source: AccountSource, users: [String]) {
    self.source = source
    self.users = users
  }

  mutating func set(
    _ key: String, _ value: [UInt8], deciding: Bool = false, rewrite: ClientRewrite? = nil
  ) {
    wishes.append(Wish(key: key, value: value, deciding: deciding, rewrite: rewrite))
  }

  /// Records a key that stays as it is, and that the client may write after the switch.
  mutating func record(_ key: String, _ rewrite: ClientRewrite) {
    wishes.append(
      Wish(
        key: key, value: source.document.value(forKey: key), deciding: false, rewrite: rewrite))
  }

  /// Notes a group that the client makes by itself where there is none: undo takes it away.
  mutating func noteGroup(_ name: String) { noted.append(name) }

  /// - Throws: `unsupported` for a value that no keyfile can hold.
  func file() throws(Refusal) -> PlannedFile {
    let changes = wishes.map { KeyFileChange($0.key, $0.value) }
    let edits: [KeyFileKeyEdits]
    do {
      edits = try source.document.edits(applying: changes)
    } catch {
      throw Refusal(.unsupported, "\(source.path.shown): \(error)")
    }
    let byKey = Dictionary(edits.map { ($0.key, $0.edits) }) { first, _ in first }
    let planned = ordered(edits.map(\.key)).map { wish in
      PlannedEdit(
        key: wish.key, before: source.document.value(forKey: wish.key), after: wish.value,
        edits: byKey[wish.key] ?? [], deciding: wish.deciding, clientRewrites: wish.rewrite,
        users: users)
    }
    return PlannedFile(
      path: source.path,
      work: .edit(source: source.document.source, edits: planned, branches: branches),
      users: users)
  }

  /// Insertions at one place come in the order in which the document gave them.
  private func ordered(_ keys: [String]) -> [Wish] {
    keys.compactMap { key in wishes.last { $0.key == key } }
  }

  /// Groups that are not there yet exist because of the switch, whoever adds to them.
  private var branches: [CreatedBranch] {
    var groups = noted.filter { !source.document.hasGroup($0) }
    for wish in wishes where wish.value != nil {
      guard let address = KeyFileAddress(spelling: wish.key),
        let group = String(validating: address.group, as: UTF8.self),
        !source.document.hasGroup(group), !groups.contains(group)
      else { continue }
      groups.append(group)
    }
    return groups.map { CreatedBranch(prefix: "\($0)/", users: users) }
  }
}
