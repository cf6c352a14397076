/// Thunderbird's virtualFolders.dat: the saved searches and unified folders of a profile.
///
/// A line `version=1`, then for each folder a line `uri=…` and its fields (`scope=`, `terms=`,
/// `searchOnline=`, …), one a line; the scope is a list of folder URIs between `|`. Source:
/// nsMsgAccountManager::LoadVirtualFolders and files that Thunderbird 153 wrote.
///
/// Keys are `<folder URI>#<field>`, e.g. `mailbox://nobody@smart%20mailboxes/Inbox#scope`; a name
/// without `#` is a field before the first folder (`version`). Where a folder or a field stands
/// twice, the last one counts. Values are the bytes behind `=`. Lines that are no `name=value` are
/// kept and passed over.
public struct VirtualFoldersDocument: KeyedDocument {
  public let source: SourceText
  private let fields: [Field]
  private let folders: [Folder]

  private struct Field {
    var folder: Int?
    var name: Range<Int>
    var value: Range<Int>
    var line: TextLine
  }

  private struct Folder {
    var uri: [UInt8]
    var line: TextLine
  }

  /// - Throws: ``SyntaxError`` for a field of a folder before the first `uri=` line.
  public init(parsing bytes: [UInt8]) throws(SyntaxError) {
    let source = SourceText(bytes)
    let fieldsOfFolders = ["scope", "terms", "searchOnline"].map(\.utf8)
    var fields: [Field] = []
    var folders: [Folder] = []
    for line in source.lines() {
      guard let equals = bytes[line.content].firstIndex(of: UInt8(ascii: "=")) else { continue }
      let name = line.content.lowerBound..<equals
      let value = equals + 1..<line.content.upperBound
      // No field of the client's; and a key could not name it.
      if bytes[name].contains(UInt8(ascii: "#")) { continue }
      if bytes[name].elementsEqual("uri".utf8) {
        guard value.count <= Self.longestURI else {
          throw source.syntaxError(
            at: value.lowerBound, problem: "a folder's name of \(value.count) bytes",
            expected: "at most \(Self.longestURI)")
        }
        folders.append(Folder(uri: Array(bytes[value]), line: line))
      } else if folders.isEmpty, fieldsOfFolders.contains(where: { bytes[name].elementsEqual($0) })
      {
        throw source.syntaxError(
          at: name.lowerBound, problem: "a field that belongs to no folder",
          expected: "uri= in front of it")
      } else {
        fields.append(
          Field(
            folder: folders.isEmpty ? nil : folders.count - 1, name: name, value: value, line: line)
        )
      }
    }
    self.source = source
    self.fields = fields
    self.folders = folders
  }

  /// The URIs of the folders in file order, each once; those that are not UTF-8 are left out.
  public var folderURIs: [String] {
    var seen = Set<[UInt8]>()
    return folders.filter { seen.insert($0.uri).inserted }.compactMap {
      String(validating: $0.uri, as: UTF8.self)
    }
  }

  public func value(forKey key: String) -> [UInt8]? {
    field(forKey: key).map { Array(source.bytes[$0.value]) }
  }

  public func keys(withPrefix prefix: String) -> [String] {
    var seen = Set<[UInt8]>()
    var result: [String] = []
    for field in fields {
      let name = Array(source.bytes[field.name])
      let key = field.folder.map { folders[$0].uri + [UInt8(ascii: "#")] + name } ?? name
      guard key.starts(with: prefix.utf8), seen.insert(key).inserted,
        let text = String(validating: key, as: UTF8.self)
      else { continue }
      result.append(text)
    }
    return result
  }

  /// The elements of the list between `|` under `key`; empty where there is no such key.
  public func elements(ofListAt key: String) -> [[UInt8]] {
    field(forKey: key).map(elements) ?? []
  }

  private func elements(of field: Field) -> [[UInt8]] {
    ListSplice.elements(of: source.bytes, in: field.value, separator: Self.separator).map {
      Array(source.bytes[$0])
    }
  }

  public func elements(withPrefix prefix: [UInt8]) -> [String: [[UInt8]]] {
    // In force is the last of a folder's lines, and of folders of one name the last with such a line.
    var byFolder: [Int: Field] = [:]
    for field in fields where source.bytes[field.name].elementsEqual("scope".utf8) {
      if let folder = field.folder { byFolder[folder] = field }
    }
    var byURI: [[UInt8]: Field] = [:]
    for (folder, field) in byFolder.sorted(by: { $0.key < $1.key }) {
      byURI[folders[folder].uri] = field
    }
    var result: [String: [[UInt8]]] = [:]
    for (uri, field) in byURI {
      guard let key = String(validating: uri + Array("#scope".utf8), as: UTF8.self) else {
        continue
      }
      let elements = elements(of: field).filter { $0.starts(with: prefix) }
      if !elements.isEmpty { result[key] = elements }
    }
    return result
  }

  /// A field that is not there is added behind its folder's `uri=` line; without `#` in the key,
  /// behind the last field before the first folder.
  /// - Throws: `noSuchPlace` if there is no such folder; `notExpressible` for a line end in the
  ///   value.
  public func edits(
    setting key: String, to value: [UInt8]?
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    if let value, value.contains(where: \.isLineBreak) { throw .notExpressible(key: key) }
    guard let value else {
      return fields(forKey: key).map { SourceEdit(range: $0.line.whole, replacement: []) }
    }
    if let field = field(forKey: key) {
      guard !source.bytes[field.value].elementsEqual(value) else { return [] }
      return [SourceEdit(range: field.value, replacement: value)]
    }
    let (uri, name) = Self.parts(of: key)
    guard !name.isEmpty, name != Array("uri".utf8), !name.contains(UInt8(ascii: "=")),
      !name.contains(where: \.isLineBreak)
    else { throw .notExpressible(key: key) }
    let place: Int
    if let uri {
      guard let folder = folders.last(where: { $0.uri == uri }) else {
        throw .noSuchPlace(key: key)
      }
      place = folder.line.whole.upperBound
    } else {
      place =
        fields.last { $0.folder == nil }?.line.whole.upperBound
        ?? (source.bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0)
    }
    return [source.insertion(ofLines: [name + [UInt8(ascii: "=")] + value], at: place)]
  }

  public func edits(
    removing elements: [[UInt8]], fromListAt key: String
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    guard let field = field(forKey: key) else { return [] }
    return ListSplice.edits(
      removing: elements, from: source.bytes, field.value, separator: Self.separator,
      countingBlanks: true)
  }

  /// The edit that puts those of `elements` that are not there yet behind the list under `key`.
  /// - Throws: `noSuchPlace` if there is no such key; `notExpressible` for an element with `|` or a
  ///   line end in it.
  public func edits(
    appending elements: [[UInt8]], toListAt key: String
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    guard let field = field(forKey: key) else { throw .noSuchPlace(key: key) }
    var present = Set(self.elements(ofListAt: key))
    var text: [UInt8] = []
    var isEmpty = field.value.isEmpty
    for element in elements {
      guard !element.contains(where: { $0.isLineBreak || $0 == Self.separator }) else {
        throw .notExpressible(key: key)
      }
      guard present.insert(element).inserted else { continue }
      if !isEmpty { text.append(Self.separator) }
      text += element
      isEmpty = false
    }
    guard !text.isEmpty else { return [] }
    let end = field.value.upperBound
    return [SourceEdit(range: end..<end, replacement: text)]
  }

  private static let separator = UInt8(ascii: "|")
  /// Each line of a folder is known by its folder's name, which must not be copied at large.
  private static let longestURI = 4096

  private static func parts(of key: String) -> (uri: [UInt8]?, name: [UInt8]) {
    let bytes = Array(key.utf8)
    guard let mark = bytes.lastIndex(of: UInt8(ascii: "#")) else { return (nil, bytes) }
    return (Array(bytes[..<mark]), Array(bytes[(mark + 1)...]))
  }

  private func field(forKey key: String) -> Field? { fields(forKey: key).last }

  private func fields(forKey key: String) -> [Field] {
    let (uri, name) = Self.parts(of: key)
    return fields.filter {
      $0.folder.map { folders[$0].uri } == uri && source.bytes[$0.name].elementsEqual(name)
    }
  }
}
