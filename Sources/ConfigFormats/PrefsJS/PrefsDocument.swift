/// A prefs.js or user.js: preferences by key over untouched bytes.
///
/// A key's *user value* is that of the last `user_pref` statement that names it, whatever the type
/// of earlier ones; this is what Thunderbird keeps and writes back. `pref` and `sticky_pref`
/// statements give a default for one run of the client and are dropped at its exit. They are kept
/// in ``statements`` and read by ``defaultValue(forKey:)``, but ``value(forKey:)`` and the editing
/// methods pass them over: a key that has only such a statement has no user value, and setting it
/// adds a `user_pref` line. Where both kinds name one key, the client's rule on types holds: what
/// comes second and has another type than the first default, or a default of another type than the
/// user value before it, has no effect.
public struct PrefsDocument: KeyedDocument {
  public let source: SourceText
  /// Every statement in file order, of all kinds, duplicates included.
  public let statements: ContiguousArray<PrefsStatement>
  /// False for a document out of ``parseRecovering(_:)`` that had errors: Thunderbird drops the
  /// statements that it could not read, so such a file is not fit to be edited.
  public let isSound: Bool
  /// Whether there are `pref` or `sticky_pref` statements, which no client writes.
  let hasDefaults: Bool
  /// Whether the statements stand in the order of their keys: then one is found by halves.
  let isSorted: Bool
  /// Where they do not, or defaults stand among them, and they are many.
  let byKey: PrefsKeyIndex?

  /// Reads `bytes`, refusing everything that Thunderbird would report or lose.
  /// - Throws: ``SyntaxError`` for the first thing wrong, a raw NUL included (the client silently
  ///   ends the file there).
  public init(parsing bytes: [UInt8]) throws(SyntaxError) {
    try self.init(parsing: bytes, indexedFrom: PrefsKeyIndex.fewest)
  }

  /// - Parameter fewest: from how many statements on that cannot be found by halves there is an index of their keys.
  init(parsing bytes: [UInt8], indexedFrom fewest: Int) throws(SyntaxError) {
    let source = SourceText(bytes)
    var statements = ContiguousArray<PrefsStatement>()
    // A line of the client's has about 68 bytes.
    statements.reserveCapacity(bytes.count / 60 + 4)
    let fault = PrefsScan.read(bytes) { statements.append($0) }
    if let fault { throw source.syntaxError(fault) }
    self.init(source: source, statements: statements, isSound: true, indexedFrom: fewest)
  }

  /// Reads `bytes` as the client does: after an error everything up to the next `;` is passed over,
  /// and a NUL ends the file. The errors are those that Thunderbird reports, in file order, the first
  /// hundred of them: a file can have an error in each of its bytes.
  public static func parseRecovering(
    _ bytes: [UInt8]
  ) -> (document: PrefsDocument, errors: [SyntaxError]) {
    let source = SourceText(bytes)
    var statements = ContiguousArray<PrefsStatement>()
    var faults: [PrefsLexer.Fault] = []
    let complete = PrefsScan.readRecovering(
      bytes, onFault: { if faults.count < mostErrors { faults.append($0) } },
      { statements.append($0) })
    let document = PrefsDocument(
      source: source, statements: statements, isSound: complete && faults.isEmpty)
    return (document, faults.map(source.syntaxError))
  }

  private static let mostErrors = 100

  private init(
    source: SourceText, statements: ContiguousArray<PrefsStatement>, isSound: Bool,
    indexedFrom fewest: Int = PrefsKeyIndex.fewest
  ) {
    self.source = source
    self.statements = statements
    self.isSound = isSound
    hasDefaults = statements.contains { $0.kind != .user }
    isSorted = Self.areSorted(statements, in: source.bytes)
    let isFoundByHalves = isSorted && !hasDefaults
    byKey =
      isFoundByHalves || statements.count < fewest
      ? nil : PrefsKeyIndex(statements, in: source.bytes)
  }

  // MARK: Values

  /// The user value under `key`, or nil.
  public subscript(key: String) -> PrefValue? {
    var key = key
    return key.withUTF8 { value(forKeyBytes: $0, kinds: .user) }
  }

  /// The user value under a key whose bytes need not be UTF-8.
  public subscript(keyBytes key: [UInt8]) -> PrefValue? {
    key.withUnsafeBufferPointer { value(forKeyBytes: $0, kinds: .user) }
  }

  /// What the last `pref` or `sticky_pref` statement gives `key` for the length of one run.
  public func defaultValue(forKey key: String) -> PrefValue? {
    var key = key
    return key.withUTF8 { value(forKeyBytes: $0, kinds: .defaults) }
  }

  /// The user value under `key` if it is a string of valid UTF-8.
  public func string(forKey key: String) -> String? { self[key]?.text }

  /// The user value under `key` if it is an integer.
  public func int(forKey key: String) -> Int32? {
    if case .int(let number)? = self[key] { number } else { nil }
  }

  /// The user value under `key` if it is a boolean.
  public func bool(forKey key: String) -> Bool? {
    if case .bool(let flag)? = self[key] { flag } else { nil }
  }

  /// The elements of the comma-separated list under `key`, blanks around them not counted; none for
  /// a key without a string.
  public func elements(ofListAt key: String) -> [[UInt8]] {
    guard let list = self[key]?.stringBytes else { return [] }
    return ListSplice.elements(of: list, in: 0..<list.count, separator: .comma).map {
      Array(list[ListSplice.trimmed($0, of: list)])
    }
  }

  /// The user value in the spelling that Thunderbird itself writes, quotes included.
  public func value(forKey key: String) -> [UInt8]? { self[key]?.canonicalBytes }

  /// The keys with a user value that begin with `prefix` (bytewise), in the order in which the file
  /// first names them, each once. A key that is not UTF-8 cannot be a `String` and is left out; see
  /// ``forEachUserKey(withPrefix:_:)``.
  public func keys(withPrefix prefix: String) -> [String] {
    var result: [String] = []
    forEachUserKey(withPrefix: Array(prefix.utf8)) { key in
      if let text = String(validating: key, as: UTF8.self) { result.append(text) }
    }
    return result
  }

  /// Calls `body` with the bytes of every key that has a user value and begins with `prefix`.
  public func forEachUserKey(withPrefix prefix: [UInt8], _ body: ([UInt8]) -> Void) {
    var seen = Set<[UInt8]>()
    // In a sorted file equal keys stand beside each other.
    var last: [UInt8]?
    source.bytes.withUnsafeBufferPointer { buffer in
      func visit(_ statement: PrefsStatement) {
        let key = statement.key(in: buffer)
        guard isSorted ? key != last : seen.insert(key).inserted else { return }
        last = key
        let isInForce =
          !hasDefaults
          || key.withUnsafeBufferPointer { lastIndex(ofKey: $0, kinds: .user, in: buffer) } != nil
        if isInForce { body(key) }
      }
      if let byKey {
        let named = prefix.withUnsafeBufferPointer {
          byKey.statements(withPrefix: $0, of: statements, in: buffer)
        }
        for index in named.sorted() where statements[Int(index)].kind == .user {
          visit(statements[Int(index)])
        }
        return
      }
      let start = prefix.withUnsafeBufferPointer {
        isSorted ? sortedStart(ofPrefix: $0, in: buffer) : 0
      }
      for statement in statements[start...] where statement.kind == .user {
        guard statement.hasKeyPrefix(prefix, in: buffer) else {
          if isSorted { return }
          continue
        }
        visit(statement)
      }
    }
  }

  // MARK: Lookup

  enum Kinds {
    case user, defaults
  }

  private func value(forKeyBytes key: UnsafeBufferPointer<UInt8>, kinds: Kinds) -> PrefValue? {
    source.bytes.withUnsafeBufferPointer { buffer in
      guard let index = lastIndex(ofKey: key, kinds: kinds, in: buffer) else { return nil }
      return statements[index].value(in: buffer)
    }
  }

  /// The statement in force for `key`.
  ///
  /// In a file as the client writes it, by halves; likewise in the index of a large one. Else a walk over the
  /// statements from the end: few keys share a length, so it costs about a nanosecond a statement, less than an index
  /// over all keys would to build.
  func lastIndex(
    ofKey key: UnsafeBufferPointer<UInt8>, kinds: Kinds, in buffer: UnsafeBufferPointer<UInt8>
  ) -> Int? {
    if hasDefaults { return effectiveIndices(ofKey: key, in: buffer)[kinds] }
    guard kinds == .user else { return nil }
    if isSorted { return lastSortedIndex(ofKey: key, in: buffer) }
    if let byKey {
      return byKey.statements(named: key, of: statements, in: buffer).last.map(Int.init)
    }
    return statements.withUnsafeBufferPointer { statements in
      var index = statements.count - 1
      while index >= 0 {
        if statements[index].isNamed(key, in: buffer) { return index }
        index -= 1
      }
      return nil
    }
  }

  /// The statements of all kinds that name `key`, in file order.
  func indices(
    ofKey key: UnsafeBufferPointer<UInt8>, in buffer: UnsafeBufferPointer<UInt8>
  ) -> [Int] {
    if let byKey { return byKey.statements(named: key, of: statements, in: buffer).map(Int.init) }
    return statements.indices.filter { statements[$0].isNamed(key, in: buffer) }
  }

  /// The statements in force for `key` where both kinds may name it: a default keeps out user values
  /// and later defaults of another type, a user value keeps out a first default of another type
  /// (Pref::SetDefaultValue and SetUserValue in modules/libpref/Preferences.cpp; recorded in the
  /// conformance table).
  private func effectiveIndices(
    ofKey key: UnsafeBufferPointer<UInt8>, in buffer: UnsafeBufferPointer<UInt8>
  ) -> [Kinds: Int] {
    var result: [Kinds: Int] = [:]
    for index in indices(ofKey: key, in: buffer) {
      let statement = statements[index]
      let kinds: Kinds = statement.kind == .user ? .user : .defaults
      let judge = result[.defaults] ?? (kinds == .defaults ? result[.user] : nil)
      if let judge, !statements[judge].valueKind.isSameType(as: statement.valueKind) { continue }
      result[kinds] = index
    }
    return result
  }
}

extension PrefsStatement.ValueKind {
  func isSameType(as other: Self) -> Bool {
    switch (self, other) {
    case (.true, .false), (.false, .true): true
    default: self == other
    }
  }
}

extension PrefsStatement {
  @inline(__always)
  func isNamed(_ key: UnsafeBufferPointer<UInt8>, in buffer: UnsafeBufferPointer<UInt8>) -> Bool {
    if keyNeedsDecoding { return self.key(in: buffer).elementsEqual(key) }
    guard Int(keyEnd &- keyStart) == key.count else { return false }
    // From the end: keys of one branch differ in their last bytes.
    var offset = key.count
    let start = Int(keyStart)
    while offset > 0 {
      offset &-= 1
      if buffer[start &+ offset] != key[offset] { return false }
    }
    return true
  }
}
