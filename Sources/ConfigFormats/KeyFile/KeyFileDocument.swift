/// A keyfile (GLib's GKeyFile): Evolution's `*.source`, GNOME Online Accounts' `accounts.conf`, Geary's
/// `geary.ini`. Values by group and key over untouched bytes.
///
/// Read exactly as GLib reads it: groups of one name are one group, and of several lines with one key
/// in them the last is in force. Names are case-sensitive, blanks inside brackets count. A key with a
/// locale (`Name[de]`) is a key of its own. Only the whole file is accepted or refused, as by GLib.
///
/// As a ``KeyedDocument`` its keys are spelled `Group/Key` (``KeyFileAddress`` says how a slash in a
/// group's name is told apart), and a value's canonical spelling is its bytes as
/// `g_key_file_get_value` returns them: escapes not resolved, blanks at the end included.
/// ``KeyFileSpelling`` makes such bytes of strings and lists.
public struct KeyFileDocument: KeyedDocument {
  public let source: SourceText
  let lines: [KeyFileLine]
  private let blocks: [KeyFileBlock]
  /// The groups' names, each once, by first appearance.
  public let groups: [[UInt8]]

  /// - Throws: ``SyntaxError`` for everything for which GLib refuses a file: a byte order mark, a
  ///   key before the first group, a line that is nothing, a broken name, a foreign `Encoding`.
  public init(parsing bytes: [UInt8]) throws(SyntaxError) {
    let source = SourceText(bytes)
    do {
      let reader = try KeyFileReader(bytes)
      self.source = source
      self.lines = reader.lines
      self.blocks = reader.blocks
      self.groups = reader.groups
    } catch {
      throw source.syntaxError(error)
    }
  }

  // MARK: Names

  /// The names of the groups that are UTF-8, by first appearance.
  public var groupNames: [String] { groups.compactMap { String(validating: $0, as: UTF8.self) } }

  public func hasGroup(_ name: String) -> Bool {
    groups.contains { $0.elementsEqual(name.utf8) }
  }

  /// Every address with a value, each once, in the order in which the file first names them.
  public var addresses: [KeyFileAddress] { addresses { _ in true } }

  /// Those in the groups that are `wanted`, by their place in ``groups``.
  private func addresses(inGroups wanted: (Int) -> Bool) -> [KeyFileAddress] {
    var seen = Set<KeyFileAddress>()
    var result: [KeyFileAddress] = []
    for line in lines {
      guard case .entry(let key, _, let group) = line.kind, wanted(group) else { continue }
      let address = KeyFileAddress(group: groups[group], key: Array(source.bytes[key]))
      if seen.insert(address).inserted { result.append(address) }
    }
    return result
  }

  /// The addresses whose spelling begins with `prefix`, in file order, each once. `Group/` finds all
  /// of a group. A name that is not UTF-8 cannot be a `String` and is left out; see ``addresses``.
  public func keys(withPrefix prefix: String) -> [String] {
    let prefix = Array(prefix.utf8)
    // The group decides for nearly all, and is asked once.
    let mayBegin = groups.map { group in
      let head = KeyFileAddress.head(ofGroup: group)
      return head.starts(with: prefix) || prefix.starts(with: head)
    }
    return addresses { mayBegin[$0] }.compactMap(\.spelling).filter { $0.utf8.starts(with: prefix) }
  }

  /// Whether `group` begins once, and no line of it has blanks before it or around its equals sign: then clients with
  /// readers of their own, simpler than GLib's, find in it what GLib finds.
  public func isPlain(group: [UInt8]) -> Bool {
    guard let wanted = groups.firstIndex(of: group) else { return false }
    var headers = 0
    for line in lines {
      switch line.kind {
      case .header(let name, wanted):
        headers += 1
        guard headers == 1, name.lowerBound == line.whole.lowerBound + 1 else { return false }
      case .entry(let key, let value, wanted):
        guard key.lowerBound == line.whole.lowerBound, value.lowerBound == key.upperBound + 1
        else { return false }
      default: break
      }
    }
    return true
  }

  // MARK: Values

  /// The value in force as `g_key_file_get_value` returns it, or nil.
  public subscript(address: KeyFileAddress) -> [UInt8]? {
    lastEntry(at: address).map { Array(source.bytes[$0.value]) }
  }

  public func value(forKey key: String) -> [UInt8]? {
    KeyFileAddress(spelling: key).flatMap { self[$0] }
  }

  /// The line in force for `address`.
  func lastEntry(at address: KeyFileAddress) -> (line: Int, value: Range<Int>)? {
    guard let wanted = groups.firstIndex(of: address.group) else { return nil }
    var end = lines.count
    for block in blocks.reversed() {
      if block.group == wanted {
        for index in (block.start..<end).reversed() {
          if case .entry(let key, let value, _) = lines[index].kind,
            key.count == address.key.count, source.bytes[key].elementsEqual(address.key)
          {
            return (index, value)
          }
        }
      }
      end = block.start - 1
    }
    return nil
  }

  // MARK: Typed values

  /// The string under `key`, escapes resolved, as `g_key_file_get_string` returns it.
  public func string(forKey key: String) throws(KeyFileValueError) -> String {
    try string(at: place(key))
  }

  public func string(at address: KeyFileAddress) throws(KeyFileValueError) -> String {
    let raw = try text(at: address)
    guard let string = KeyFileSpelling.string(fromValue: raw) else { throw .invalidValue }
    return string
  }

  /// The string under `key` in the best translation for `locale`, as `g_key_file_get_locale_string`
  /// returns it: for `de_DE.UTF-8@euro` the first of `key[de_DE.UTF-8@euro]`, `key[de_DE@euro]`, …
  /// `key[de]` that is UTF-8, else `key` itself. Unlike ``string(forKey:)`` it takes, as GLib does
  /// here, an unknown escape as it stands and passes over a backslash at the end.
  public func localeString(
    forKey key: String, locale: String
  ) throws(KeyFileValueError) -> String {
    try localeString(at: place(key), locale: locale)
  }

  public func localeString(
    at address: KeyFileAddress, locale: String
  ) throws(KeyFileValueError) -> String {
    for variant in KeyFileLocale.variants(of: locale) {
      var translated = address
      translated.key += Array("[\(variant)]".utf8)
      if let raw = try? text(at: translated) {
        return KeyFileSpelling.lenientString(fromValue: raw)
      }
    }
    return KeyFileSpelling.lenientString(fromValue: try text(at: address))
  }

  /// `true` or `1`, `false` or `0`, blanks behind them allowed, as `g_key_file_get_boolean` reads it.
  public func bool(forKey key: String) throws(KeyFileValueError) -> Bool {
    try bool(at: place(key))
  }

  public func bool(at address: KeyFileAddress) throws(KeyFileValueError) -> Bool {
    guard let flag = KeyFileSpelling.bool(fromValue: try raw(at: address)) else {
      throw .invalidValue
    }
    return flag
  }

  /// A decimal number of 32 bits, as `g_key_file_get_integer` reads it: whatever comes after a blank
  /// behind the digits does not count.
  public func int(forKey key: String) throws(KeyFileValueError) -> Int32 {
    try int(at: place(key))
  }

  public func int(at address: KeyFileAddress) throws(KeyFileValueError) -> Int32 {
    guard let number = KeyFileSpelling.int(fromValue: try raw(at: address)) else {
      throw .invalidValue
    }
    return number
  }

  /// The elements of the list under `key`, escapes resolved, as `g_key_file_get_string_list` returns
  /// them: each ends at a `;`, which the last may lack.
  public func strings(forKey key: String) throws(KeyFileValueError) -> [String] {
    try strings(at: place(key))
  }

  public func strings(at address: KeyFileAddress) throws(KeyFileValueError) -> [String] {
    let raw = try text(at: address)
    guard let elements = KeyFileList(raw)?.elements else { throw .invalidValue }
    return elements.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  private func place(_ key: String) throws(KeyFileValueError) -> KeyFileAddress {
    guard let address = KeyFileAddress(spelling: key) else { throw .groupNotFound }
    return address
  }

  private func raw(at address: KeyFileAddress) throws(KeyFileValueError) -> [UInt8] {
    guard groups.contains(address.group) else { throw .groupNotFound }
    guard let raw = self[address] else { throw .keyNotFound }
    return raw
  }

  private func text(at address: KeyFileAddress) throws(KeyFileValueError) -> [UInt8] {
    let raw = try raw(at: address)
    guard UTF8Scalars.firstInvalid(in: raw, 0..<raw.count) == nil else { throw .notUTF8 }
    return raw
  }
}
