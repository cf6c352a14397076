import ConfigFormats

/// What holds for every lossless document: print(parse(x)) is x, what is set reads back, what nobody
/// asked for stays, and undo(apply(x)) is x byte for byte.
struct KeyedLaws<Document: KeyedDocument> {
  var parse: ([UInt8]) throws -> Document
  /// A value that somebody could want under `key`, canonical or not; nil takes the key away.
  var value: (Document, String, inout Choices) -> [UInt8]?
  /// A key that may not be there.
  var newKey: (Document, inout Choices) -> String
  /// How a value reads when it has been set; nil where that cannot be said.
  var canonical: (String, [UInt8]) -> [UInt8]? = { $1 }
  /// Whether what is named `other` may change when `key` is set or taken away.
  var mayChange: (_ key: String, _ isRemoval: Bool, _ other: String) -> Bool = { $0 == $2 }
  /// Whether several keys can be set at once.
  var setsSeveral = true
  /// Whether branches can be taken away, which are keys that begin alike.
  var removesBranches = true
  /// The elements of the list under a key; nil for a format without lists.
  var list: ((Document, String) -> [[UInt8]])?
  /// What else holds for an accepted document.
  var more: (Document, [UInt8], inout Choices) -> Void = { _, _, _ in }

  static var mostSteps: Int { 6 }

  func check(_ input: Input) {
    var choices = input.choices
    trace(input.document.printable)
    guard var document = accepted(input.document) else { return }
    more(document, input.document, &choices)
    checkKeys(document)
    var undos: [[SourceEdit]] = []
    for _ in 0..<Self.mostSteps where !choices.isUsedUp {
      guard let (after, undo) = step(document, &choices) else { continue }
      document = after
      undos.append(undo)
    }
    var bytes = document.source.bytes
    for undo in undos.reversed() { bytes = applied(undo, to: SourceText(bytes)) }
    require(bytes == input.document, "undo(apply(x)) is x")
  }

  private func accepted(_ bytes: [UInt8]) -> Document? {
    do {
      let document = try parse(bytes)
      require(document.source.bytes == bytes, "print(parse(x)) is x")
      return document
    } catch let error as SyntaxError {
      checkRefusal(error, of: bytes)
      return nil
    } catch {
      broken("a refusal of another kind: \(error)")
    }
  }

  /// A few keys, spread over the document.
  private func sample(_ document: Document) -> [String] {
    let keys = document.keys(withPrefix: "")
    let step = max(1, keys.count / 24)
    return stride(from: 0, to: keys.count, by: step).map { keys[$0] }
  }

  private func checkKeys(_ document: Document) {
    for key in sample(document) {
      guard let value = document.value(forKey: key) else { broken("a listed key has no value") }
      guard let same = try? document.edits(setting: key, to: value) else { continue }
      require(same.isEmpty, "a key that is so already needs no edit")
    }
  }

  private func applied(_ edits: [SourceEdit], to source: SourceText) -> [UInt8] {
    do { return try source.applying(edits) } catch { broken("edits touch one another: \(error)") }
  }

  /// Applies `edits`, and says how to take them back, which is tried at once.
  private func made(_ edits: [SourceEdit], in document: Document) -> (Document, [SourceEdit]) {
    let bytes = applied(edits, to: document.source)
    trace("--- becomes\n\(bytes.printable)")
    guard let undo = try? document.source.reversing(edits) else { broken("edits have no undo") }
    require(
      applied(undo, to: SourceText(bytes)) == document.source.bytes, "undo(apply(x)) is x")
    do { return (try parse(bytes), undo) } catch { broken("an edited document does not parse") }
  }

  // MARK: One edit

  private func step(
    _ document: Document, _ choices: inout Choices
  ) -> (Document, [SourceEdit])? {
    switch choices.below(8) {
    case 0 where setsSeveral: setSeveral(document, &choices)
    case 1 where removesBranches: removeBranch(document, &choices)
    case 2 where list != nil: removeElements(document, &choices)
    case 3: setOne(document, newKey(document, &choices), &choices)
    default:
      setOne(
        document, choices.pick(sample(document)) ?? newKey(document, &choices), &choices)
    }
  }

  private func setOne(
    _ document: Document, _ key: String, _ choices: inout Choices
  ) -> (Document, [SourceEdit])? {
    let value = choices.isLikely(20) ? nil : value(document, key, &choices)
    trace("=== \(key.printable) = \(value?.printable ?? "nil")")
    guard let edits = try? document.edits(setting: key, to: value) else { return nil }
    let (after, undo) = made(edits, in: document)
    checkValue(of: key, is: value, in: after)
    for other in sample(document) where !mayChange(key, value == nil, other) {
      require(
        after.value(forKey: other) == document.value(forKey: other),
        "a key that nobody asked for stays")
    }
    checkUndoByKey(of: key, to: document.value(forKey: key), in: after)
    return (after, undo)
  }

  private func checkValue(of key: String, is value: [UInt8]?, in after: Document) {
    guard let value else {
      if !nextTakesThePlace(key) {
        require(after.value(forKey: key) == nil, "a key that is taken away is gone")
      }
      return
    }
    guard let wished = canonical(key, value) else { return }
    require(after.value(forKey: key) == wished, "what is set reads back")
    if let again = try? after.edits(setting: key, to: value) {
      require(again.isEmpty, "a second time changes nothing")
    } else {
      broken("what was set cannot be set again")
    }
  }

  /// Where keys count what is alike.
  private func nextTakesThePlace(_ key: String) -> Bool { mayChange(key, true, key + "\u{0}") }

  /// As undo does where the client has rewritten its file.
  private func checkUndoByKey(of key: String, to before: [UInt8]?, in after: Document) {
    guard let before, let edits = try? after.edits(setting: key, to: before) else { return }
    let (back, _) = made(edits, in: after)
    guard canonical(key, before) != nil else { return }
    require(back.value(forKey: key) == before, "undo by key brings the value back")
  }

  // MARK: Several edits

  private func setSeveral(
    _ document: Document, _ choices: inout Choices
  ) -> (Document, [SourceEdit])? {
    var wishes: [(key: String, value: [UInt8]?)] = []
    let present = sample(document)
    for _ in 0..<(2 + choices.below(3)) {
      let key =
        (choices.isLikely(60) ? choices.pick(present) : nil) ?? newKey(document, &choices)
      let value = choices.isLikely(25) ? nil : value(document, key, &choices)
      // What is taken away may give its name, or its place, to another.
      let isApart = wishes.allSatisfy {
        $0.key != key && !($0.value == nil && mayChange($0.key, true, key))
          && !(value == nil && mayChange(key, true, $0.key))
      }
      if isApart { wishes.append((key, value)) }
    }
    trace(
      "=== at once: "
        + wishes.map { "\($0.key.printable) = \($0.value?.printable ?? "nil")" }.joined(
          separator: ", "))
    guard let edits = try? document.edits(setting: wishes) else { return nil }
    let (after, undo) = made(edits, in: document)
    for wish in wishes where wish.value != nil || !nextTakesThePlace(wish.key) {
      let wished = wish.value.map { canonical(wish.key, $0) }
      if let wished, wished == nil { continue }
      require(after.value(forKey: wish.key) == wished ?? nil, "what is set at once reads back")
    }
    return (after, undo)
  }

  private func removeBranch(
    _ document: Document, _ choices: inout Choices
  ) -> (Document, [SourceEdit])? {
    guard let key = choices.pick(sample(document)) else { return nil }
    let prefix = String(
      key.unicodeScalars.prefix(choices.below(max(1, key.unicodeScalars.count + 1))))
    trace("=== without the branch \(prefix.printable)")
    guard let edits = try? document.edits(removingBranch: prefix) else { return nil }
    let (after, undo) = made(edits, in: document)
    require(after.keys(withPrefix: prefix).isEmpty, "a branch that is taken away is gone")
    for other in sample(document) where !other.utf8.starts(with: prefix.utf8) {
      require(
        after.value(forKey: other) == document.value(forKey: other),
        "a key outside of the branch stays")
    }
    return (after, undo)
  }

  private func removeElements(
    _ document: Document, _ choices: inout Choices
  ) -> (Document, [SourceEdit])? {
    guard let list, let key = choices.pick(sample(document)) else { return nil }
    let present = list(document, key)
    let unwanted = (0..<(1 + choices.below(3))).compactMap { _ in choices.pick(present) }
    trace("=== \(key.printable) without \(unwanted.map(\.printable))")
    guard let edits = try? document.edits(removing: unwanted, fromListAt: key) else { return nil }
    let (after, undo) = made(edits, in: document)
    let kept = present.filter { !unwanted.contains($0) }
    // A list of one empty element is spelled as one without any.
    require(list(after, key) == (kept == [[]] ? [] : kept), "of a list, just that goes")
    for other in sample(document) where !mayChange(key, false, other) {
      require(
        after.value(forKey: other) == document.value(forKey: other),
        "a key that nobody asked for stays")
    }
    return (after, undo)
  }
}
