import ConfigFormats

/// Thunderbird's logins.json: the saved passwords of a profile, host names in plain text, user
/// names and passwords encrypted with key4.db.
///
/// Keys: `nextId`, and `logins[{guid}]` for each login (the GUID as the file has it, with its
/// braces). A login's value is the time its password was last changed (else the two encrypted
/// values with a NUL between them): the client counts uses, and after an update of itself encrypts
/// all logins anew (seen with Thunderbird 153 on a profile of an old version), and neither makes
/// another login of it. A login can be taken away by key, not written.
public struct LoginsDocument: KeyedDocument {
  let json: JSONDocument

  public var source: SourceText { json.source }

  /// - Throws: `SyntaxError` for what is not JSON, or has no array `logins`.
  public init(parsing bytes: [UInt8]) throws(SyntaxError) {
    json = try JSONDocument(parsing: bytes)
    guard json.root["logins"]?.kind == .array else {
      throw source.syntaxError(
        at: json.root.range.lowerBound, problem: "no list of logins",
        expected: "an object with an array \"logins\"")
    }
  }

  static let nextIDKey = "nextId"

  static func key(ofLogin guid: String) -> String { "logins[\(guid)]" }

  /// The logins in file order.
  var logins: [SavedLogin] { json.root["logins"]?.children.map(SavedLogin.init) ?? [] }

  public func value(forKey key: String) -> [UInt8]? {
    if key == Self.nextIDKey { return json.value(forKey: "/nextId") }
    return position(of: key).map { logins[$0].fingerprintedBytes }
  }

  public func keys(withPrefix prefix: String) -> [String] {
    var keys = json.root["nextId"] == nil ? [] : [Self.nextIDKey]
    var seen = Set<String>()
    for guid in logins.compactMap(\.guid) where seen.insert(guid).inserted {
      keys.append(Self.key(ofLogin: guid))
    }
    return keys.filter { $0.hasPrefix(prefix) }
  }

  /// - Throws: `notExpressible` for a value of a login that differs from its present one.
  public func edits(
    setting key: String, to value: [UInt8]?
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    if key == Self.nextIDKey { return try json.edits(setting: "/nextId", to: value) }
    guard let position = position(of: key) else {
      if value == nil { return [] }
      throw .notExpressible(key: key)
    }
    if let value {
      guard logins[position].fingerprintedBytes == value else { throw .notExpressible(key: key) }
      return []
    }
    return removal(at: position)
  }

  public func edits(
    removing elements: [[UInt8]], fromListAt key: String
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    throw .notAList(key: key)
  }

  private func position(of key: String) -> Int? {
    logins.firstIndex { $0.guid.map(Self.key(ofLogin:)) == key }
  }

  /// A login goes with the comma before it, so that two neighbours can be taken away by edits that
  /// do not know of each other.
  private func removal(at position: Int) -> [SourceEdit] {
    let nodes = logins.map(\.node.range)
    let range: Range<Int>
    if position > 0 {
      range = nodes[position - 1].upperBound..<nodes[position].upperBound
    } else if nodes.count > 1 {
      range = nodes[0].lowerBound..<nodes[1].lowerBound
    } else {
      range = nodes[0]
    }
    return [SourceEdit(range: range, replacement: [])]
  }
}

/// One element of `logins`.
struct SavedLogin {
  let node: JSONNode

  init(_ node: JSONNode) { self.node = node }

  var guid: String? { node["guid"]?.stringValue }
  var encryptedUsername: [UInt8]? { node["encryptedUsername"].map(\.canonicalBytes) }

  /// For whom it is: `mailbox://pop.lab.test`, `oauth://accounts.google.com`.
  var origin: String { node["hostname"]?.stringValue ?? "" }
  var realm: String { node["httpRealm"]?.stringValue ?? "" }

  /// Whether the login is for a mail server with this origin ("mailbox://pop.lab.test"). The client
  /// compares the host without regard to case (seen with Thunderbird 153).
  func isFor(_ origin: String) -> Bool {
    self.origin.lowercased() == origin && realm.lowercased() == origin
  }

  var fingerprintedBytes: [UInt8] {
    if let changed = node["timePasswordChanged"]?.rawBytes { return changed }
    return (node["encryptedUsername"]?.rawBytes ?? []) + [0]
      + (node["encryptedPassword"]?.rawBytes ?? [])
  }
}
