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
  /// The logins in file order: what has a GUID or is for somebody.
  let logins: [SavedLogin]
  /// Places in ``logins`` by key; of several with one the first.
  private let places: [String: Int]

  public var source: SourceText { json.source }

  /// - Throws: `SyntaxError` for what is not JSON, or has no array `logins`.
  public init(parsing bytes: [UInt8]) throws(SyntaxError) {
    json = try JSONDocument(parsing: bytes)
    guard let list = json.root["logins"], list.kind == .array else {
      throw json.source.syntaxError(
        at: json.root.range.lowerBound, problem: "no list of logins",
        expected: "an object with an array \"logins\"")
    }
    logins = Self.logins(in: list)
    places = Dictionary(
      logins.enumerated().compactMap { place, login in
        login.guid.map { (Self.key(ofLogin: $0), place) }
      },
      uniquingKeysWith: { first, _ in first })
  }

  /// A login goes with the comma before it, the first with the one behind it: neighbours can be taken away by edits
  /// that do not know of each other, but for the first two. See ``edits(setting:)`` for several.
  private static func logins(in list: JSONNode) -> [SavedLogin] {
    var logins: [SavedLogin] = []
    var position = 0
    var before = 0
    // The first one goes with the comma behind it.
    var firstStart: Int?
    list.forEachChild { node in
      let range = node.range
      if position == 1, let start = firstStart {
        logins[0].removal = start..<range.lowerBound
      }
      let removal = position == 0 ? range : before..<range.upperBound
      if let login = SavedLogin(node, at: position, removal: removal) {
        if position == 0 { firstStart = range.lowerBound }
        logins.append(login)
      }
      before = range.upperBound
      position += 1
    }
    return logins
  }

  static let nextIDKey = "nextId"

  static func key(ofLogin guid: String) -> String { "logins[\(guid)]" }

  public func value(forKey key: String) -> [UInt8]? {
    if key == Self.nextIDKey { return json.value(forKey: "/nextId") }
    return login(under: key)?.fingerprintedBytes
  }

  public func keys(withPrefix prefix: String) -> [String] {
    var keys = json.root["nextId"] == nil ? [] : [Self.nextIDKey]
    for (place, login) in logins.enumerated() {
      guard let key = login.guid.map(Self.key(ofLogin:)), places[key] == place else { continue }
      keys.append(key)
    }
    return keys.filter { $0.hasPrefix(prefix) }
  }

  /// - Throws: `notExpressible` for a value of a login that differs from its present one.
  public func edits(
    setting key: String, to value: [UInt8]?
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    if key == Self.nextIDKey { return try json.edits(setting: "/nextId", to: value) }
    guard let login = login(under: key) else {
      if value == nil { return [] }
      throw .notExpressible(key: key)
    }
    if let value {
      guard login.fingerprintedBytes == value else { throw .notExpressible(key: key) }
      return []
    }
    return [SourceEdit(range: login.removal, replacement: [])]
  }

  /// What goes goes together, each comma once.
  public func edits(
    setting values: [(key: String, value: [UInt8]?)]
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    var edits: [SourceEdit] = []
    var removed: [Int] = []
    for (key, value) in values {
      if value == nil, let login = login(under: key) {
        removed.append(login.position)
      } else {
        edits += try self.edits(setting: key, to: value)
      }
    }
    return try edits + json.edits(ofArrayAt: "/logins", removing: removed)
  }

  public func edits(
    removing elements: [[UInt8]], fromListAt key: String
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    throw .notAList(key: key)
  }

  private func login(under key: String) -> SavedLogin? { places[key].map { logins[$0] } }
}

/// One element of `logins`.
struct SavedLogin {
  let node: JSONNode
  let guid: String?
  /// For whom it is: `mailbox://pop.lab.test`, `oauth://accounts.google.com`.
  let origin: String
  let realm: String
  /// Among all elements of the list.
  let position: Int
  /// The bytes that go with it when it is taken away.
  fileprivate(set) var removal: Range<Int>

  /// - Returns: nil for what no key and no server finds.
  fileprivate init?(_ node: JSONNode, at position: Int, removal: Range<Int>) {
    guard node.kind == .object else { return nil }
    var values: (guid: String?, origin: String?, realm: String?)
    // Of several members with one name the last counts.
    node.forEachChild { member in
      switch member.name {
      case "guid": values.guid = member.stringValue
      case "hostname": values.origin = member.stringValue
      case "httpRealm": values.realm = member.stringValue
      default: break
      }
    }
    guard values.guid != nil || values.origin != nil else { return nil }
    self.node = node
    self.position = position
    self.removal = removal
    guid = values.guid
    origin = values.origin ?? ""
    realm = values.realm ?? ""
  }

  var encryptedUsername: [UInt8]? { node["encryptedUsername"].map(\.canonicalBytes) }

  /// The mail server that the login is for ("mailbox://pop.lab.test"), in lower case; nil for another kind of
  /// login. The client compares the host without regard to case (seen with Thunderbird 153).
  var server: String? {
    let server = origin.lowercased()
    return realm.lowercased() == server ? server : nil
  }

  var fingerprintedBytes: [UInt8] {
    if let changed = node["timePasswordChanged"]?.rawBytes { return changed }
    return (node["encryptedUsername"]?.rawBytes ?? []) + [0]
      + (node["encryptedPassword"]?.rawBytes ?? [])
  }
}
