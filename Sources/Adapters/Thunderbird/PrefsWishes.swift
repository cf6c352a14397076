import ConfigFormats
import ProfileRewriter

/// What a switch wants prefs.js to say, key by key, each with the accounts that want it.
struct PrefsWishes {
  private struct Wish {
    var key: String
    var value: PrefValue?
    var deciding: Bool
    var clientRewrites: ClientRewrite?
    var rule: UndoRule
    var users: [String]
  }

  private var wishes: [Wish] = []
  private var places: [String: Int] = [:]

  /// Keys wanted by `user`.
  func keys(of user: String) -> [String] {
    wishes.filter { $0.users.contains(user) }.map(\.key)
  }

  func contains(_ key: String) -> Bool { places[key] != nil }

  /// `value` under `key`, nil for no value. A wish for what is there already is kept as well where
  /// undo has to know of the key: because it decides, or because the client rewrites it.
  mutating func set(
    _ key: String, _ value: PrefValue?, deciding: Bool = false,
    clientRewrites: ClientRewrite? = nil,
    user: String
  ) {
    if let place = places[key] {
      wishes[place].value = value
      wishes[place].deciding = wishes[place].deciding || deciding
      addUser(user, at: place)
    } else {
      places[key] = wishes.count
      wishes.append(
        Wish(
          key: key, value: value, deciding: deciding, clientRewrites: clientRewrites, rule: .value,
          users: [user]))
    }
  }

  /// `element` at the end of the comma-separated list under `key`.
  mutating func append(
    _ element: String, toListAt key: String, in prefs: PrefsDocument, user: String
  ) {
    let place = self.place(of: key) { prefs[key] }
    let list = wishes[place].value?.stringBytes ?? []
    let separator = list.isEmpty ? [] : [UInt8(ascii: ",")]
    wishes[place].value = .string(list + separator + Array(element.utf8))
    var elements: [ListElement] = []
    if case .elements(let present) = wishes[place].rule { elements = present }
    elements.append(ListElement(bytes: Array(element.utf8), users: [user]))
    wishes[place].rule = .elements(elements)
    addUser(user, at: place)
  }

  /// A number that never goes down.
  mutating func raise(_ key: String, to number: Int32, user: String) {
    let place = self.place(of: key) { nil }
    wishes[place].value = .int(number)
    wishes[place].rule = .counter
    addUser(user, at: place)
  }

  /// Notes of the keys whose wanted value `isDefault` that the client takes them out by itself.
  mutating func noteDefaults(_ evidence: String, _ isDefault: (PrefValue, String) -> Bool) {
    for place in wishes.indices where wishes[place].clientRewrites == nil {
      guard let value = wishes[place].value, isDefault(value, wishes[place].key) else { continue }
      wishes[place].clientRewrites = ClientRewrite(evidence, .absent)
    }
  }

  private mutating func place(of key: String, _ value: () -> PrefValue?) -> Int {
    if let place = places[key] { return place }
    places[key] = wishes.count
    wishes.append(
      Wish(
        key: key, value: value(), deciding: false, clientRewrites: nil, rule: .value, users: []))
    return wishes.count - 1
  }

  private mutating func addUser(_ user: String, at place: Int) {
    if !wishes[place].users.contains(user) { wishes[place].users.append(user) }
  }

  /// The edits that fulfil all wishes at once, in the order in which they are to be applied.
  func plannedEdits(in prefs: PrefsDocument) throws(Refusal) -> [PlannedEdit] {
    let batch: [PrefsKeyEdits]
    do {
      batch = try prefs.edits(applying: wishes.map { PrefsChange($0.key, $0.value) })
    } catch {
      throw Refusal(.unsupported, "prefs.js cannot be edited as wanted (\(error))")
    }
    return batch.compactMap { result in
      guard let place = places[result.key] else { return nil }
      let wish = wishes[place]
      guard !result.edits.isEmpty || wish.deciding || wish.clientRewrites != nil else { return nil }
      return PlannedEdit(
        key: wish.key, before: prefs.value(forKey: wish.key), after: wish.value?.canonicalBytes,
        edits: result.edits, rule: wish.rule, deciding: wish.deciding,
        clientRewrites: wish.clientRewrites, users: wish.users)
    }
  }
}
