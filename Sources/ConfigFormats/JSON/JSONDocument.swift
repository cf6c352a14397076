/// A JSON file: values by path over untouched bytes.
///
/// Read strictly by RFC 8259, and where the RFC leaves room, as Thunderbird 153 reads its JSON
/// files (`IOUtils.readJSON`, tried with the client): a UTF-8 byte order mark is passed over (and
/// kept), bytes that are not UTF-8 refuse the file, of members with one name the last counts, and
/// half of a surrogate pair may stand in an escape.
///
/// As a ``KeyedDocument`` its keys are JSON pointers (RFC 6901): `/nextId`, `/logins/0/guid`.
/// A segment that is applied to an array may also be `[name=text]`, which picks the first element
/// with a string member `name` of that text: `/logins/[guid={…}]/hostname`. `~` and `/` inside it
/// are spelled `~0` and `~1` as everywhere in a pointer. The empty key is the whole document.
public struct JSONDocument: KeyedDocument {
  public let source: SourceText
  let records: ContiguousArray<JSONRecord>

  /// - Parameter depthLimit: how many containers may stand inside one another.
  /// - Throws: ``SyntaxError`` for the first thing wrong.
  public init(parsing bytes: [UInt8], depthLimit: Int = 512) throws(SyntaxError) {
    let source = SourceText(bytes)
    var parser = JSONParser(bytes, depthLimit: depthLimit)
    do {
      try parser.parse()
    } catch {
      throw source.syntaxError(at: error.offset, problem: error.problem, expected: error.expected)
    }
    self.source = source
    self.records = parser.records
  }

  /// The value that the file holds.
  public var root: JSONNode { JSONNode(document: self, index: 0) }

  /// The value under a pointer (see the type), or nil.
  public func node(at pointer: String) -> JSONNode? {
    guard let segments = JSONPointer.segments(of: pointer) else { return nil }
    return node(at: segments)
  }

  func node(at segments: some Sequence<String>) -> JSONNode? {
    var node = root
    for segment in segments {
      guard let next = JSONPointer.child(of: node, named: segment) else { return nil }
      node = next
    }
    return node
  }

  /// The value without blanks and with strings escaped as JSON.stringify does.
  public func value(forKey key: String) -> [UInt8]? { node(at: key)?.canonicalBytes }

  /// The pointers to all values, of containers and what is in them, that begin with `prefix`; by
  /// name and position, never by `[name=text]`, in file order. A name with half of a surrogate pair
  /// in it cannot be a `String` and is left out.
  public func keys(withPrefix prefix: String) -> [String] {
    var result: [String] = []
    let wanted = Array(prefix.utf8)
    func visit(_ node: JSONNode, _ pointer: String) {
      if pointer.utf8.starts(with: wanted) { result.append(pointer) }
      // Only where pointers below can still have the prefix.
      guard wanted.starts(with: pointer.utf8) || pointer.utf8.starts(with: wanted) else { return }
      let children = node.children
      // Of several members with one name the last counts.
      var members: [[UInt8]: JSONNode] = [:]
      for child in children { if let name = child.nameBytes { members[name] = child } }
      for (position, child) in children.enumerated() {
        guard let name = child.nameBytes else {
          visit(child, pointer + "/\(position)")
          continue
        }
        guard let member = members.removeValue(forKey: name),
          let text = String(validating: name, as: UTF8.self)
        else { continue }
        visit(member, pointer + "/" + JSONPointer.escaping(text))
      }
    }
    visit(root, "")
    return result
  }
}

/// RFC 6901, with the segment `[name=text]` for arrays.
enum JSONPointer {
  static func segments(of pointer: String) -> [String]? {
    guard !pointer.isEmpty else { return [] }
    guard pointer.utf8.first == UInt8(ascii: "/") else { return nil }
    return pointer.utf8.dropFirst().split(
      separator: UInt8(ascii: "/"), omittingEmptySubsequences: false
    ).map { unescaping($0) }
  }

  static func child(of node: JSONNode, named segment: String) -> JSONNode? {
    guard node.kind == .array else { return node[segment] }
    if let position = position(of: segment) { return node[position] }
    return node.children.first { selects($0, segment: segment) }
  }

  /// Whether `segment` is a `[name=text]` that picks `node`.
  static func selects(_ node: JSONNode, segment: String) -> Bool {
    guard let (name, text) = selector(in: segment) else { return false }
    return node[name]?.stringValue.map { $0.utf8.elementsEqual(text.utf8) } ?? false
  }

  /// An array index: digits without a leading zero.
  static func position(of segment: String) -> Int? {
    guard segment.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      segment == "0" || segment.utf8.first != UInt8(ascii: "0")
    else { return nil }
    return Int(segment)
  }

  static func selector(in segment: String) -> (name: String, text: String)? {
    let bytes = Array(segment.utf8)
    guard bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]"),
      let equals = bytes.firstIndex(of: UInt8(ascii: "="))
    else { return nil }
    return (
      String(decoding: bytes[1..<equals], as: UTF8.self),
      String(decoding: bytes[equals + 1..<bytes.count - 1], as: UTF8.self)
    )
  }

  static func escaping(_ name: String) -> String {
    var result: [UInt8] = []
    for byte in name.utf8 {
      switch byte {
      case UInt8(ascii: "~"): result += "~0".utf8
      case UInt8(ascii: "/"): result += "~1".utf8
      default: result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func unescaping(_ segment: Substring.UTF8View) -> String {
    var result: [UInt8] = []
    var escaped = false
    for byte in segment {
      if escaped {
        escaped = false
        switch byte {
        case UInt8(ascii: "0"): result.append(UInt8(ascii: "~"))
        case UInt8(ascii: "1"): result.append(UInt8(ascii: "/"))
        default: result += [UInt8(ascii: "~"), byte]
        }
      } else if byte == UInt8(ascii: "~") {
        escaped = true
      } else {
        result.append(byte)
      }
    }
    if escaped { result.append(UInt8(ascii: "~")) }
    return String(decoding: result, as: UTF8.self)
  }
}
