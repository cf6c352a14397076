/// A place in an ``XMLDocument`` by name: the way from the root, whose own name is left out.
///
/// - `emailProvider/incomingServer[2]/port`: the text of the first `port` in the second
///   `incomingServer`. Blanks around it do not count.
/// - `emailProvider/incomingServer/@type`: an attribute. `@version` is one of the root.
/// - `emailProvider/incomingServer[@type=pop3]/.`: the element with all that is in it, in canonical
///   spelling: UTF-8, `"` around values, no blanks between elements.
///
/// A number in brackets counts, from 1, the elements that the step would otherwise find; 1 is left
/// out. With `[@type=pop3]` a key names the same element though others came before it.
struct XMLKey: Equatable {
  enum Value: Equatable {
    case text
    case attribute(String)
    case markup
  }

  struct Step: Equatable {
    var name: String
    var condition: XMLAttribute?
    var number = 1

    var spelling: String {
      name + (condition.map { "[@\($0.name)=\($0.value)]" } ?? "")
        + (number == 1 ? "" : "[\(number)]")
    }
  }

  var steps: [Step]
  var value: Value

  init(steps: [Step], value: Value) {
    self.steps = steps
    self.value = value
  }

  init?(_ spelling: String) {
    var parts = Self.split(spelling)
    value = .text
    switch parts.last {
    case ".":
      value = .markup
      parts.removeLast()
    case let part? where part.hasPrefix("@"):
      value = .attribute(String(part.dropFirst()))
      parts.removeLast()
    default: break
    }
    steps = []
    for part in parts {
      guard let step = Step(part) else { return nil }
      steps.append(step)
    }
    guard !steps.isEmpty || value != .text && value != .markup else { return nil }
  }

  /// The order of the document, among elements of one name.
  func precedes(_ other: XMLKey) -> Bool {
    for (step, theirs) in zip(steps, other.steps) where step != theirs {
      return (step.name, step.condition?.value ?? "", step.number)
        < (theirs.name, theirs.condition?.value ?? "", theirs.number)
    }
    return steps.count < other.steps.count
  }

  /// What elements that differ by their number alone have in common.
  var row: String {
    var row = self
    row.value = .markup
    if let last = row.steps.indices.last { row.steps[last].number = 1 }
    return row.spelling
  }

  var spelling: String {
    let tail: [String] =
      switch value {
      case .text: []
      case .attribute(let name): ["@" + name]
      case .markup: ["."]
      }
    return (steps.map(\.spelling) + tail).joined(separator: "/")
  }

  /// At slashes outside of brackets.
  private static func split(_ spelling: String) -> [String] {
    var parts = [""]
    var isInBrackets = false
    for character in spelling {
      if character == "[" { isInBrackets = true }
      if character == "]" { isInBrackets = false }
      if character == "/", !isInBrackets {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    return parts
  }
}

extension XMLKey.Step {
  fileprivate init?(_ spelling: String) {
    var rest = spelling[...]
    name = String(rest.prefix { $0 != "[" })
    rest = rest.dropFirst(name.count)
    guard XMLMarkup.isName(name) else { return nil }
    if rest.hasPrefix("[@") {
      let inner = rest.dropFirst(2).prefix { $0 != "]" }
      guard let equals = inner.firstIndex(of: "=") else { return nil }
      condition = XMLAttribute(
        String(inner[..<equals]), String(inner[inner.index(after: equals)...]))
      rest = rest.dropFirst(inner.count + 2)
      guard rest.first == "]" else { return nil }
      rest = rest.dropFirst()
    }
    guard !rest.isEmpty else { return }
    guard rest.first == "[", rest.last == "]", let number = Int(rest.dropFirst().dropLast()),
      number > 0
    else { return nil }
    self.number = number
  }

  func isMet(by element: XMLElement) -> Bool {
    element.name == name && (condition.map { element.attribute($0.name) == $0.value } ?? true)
  }
}

extension XMLDocument: KeyedDocument {
  public func value(forKey key: String) -> [UInt8]? {
    guard let key = XMLKey(key), let index = index(of: key.steps[...]) else { return nil }
    let element = element(index)
    switch key.value {
    case .text: return element.elements.isEmpty ? Array(element.trimmedText.utf8) : nil
    case .attribute(let name): return element.attribute(name).map { Array($0.utf8) }
    case .markup: return element.withoutLayout.canonicalSpelling
    }
  }

  /// Attributes and the text of elements that hold no others. Elements as a whole, which have keys
  /// too, are not listed.
  public func keys(withPrefix prefix: String) -> [String] {
    var keys: [String] = []
    collect(tree.root, [], &keys)
    return keys.filter { $0.utf8.starts(with: prefix.utf8) }
  }

  private func collect(_ element: XMLElement, _ steps: [XMLKey.Step], _ keys: inout [String]) {
    for attribute in element.attributes
    where attribute.name != "xmlns" && !attribute.name.hasPrefix("xmlns:") {
      keys.append(XMLKey(steps: steps, value: .attribute(attribute.name)).spelling)
    }
    if element.elements.isEmpty, !steps.isEmpty {
      keys.append(XMLKey(steps: steps, value: .text).spelling)
    }
    var counts: [String: Int] = [:]
    for child in element.elements {
      counts[child.name, default: 0] += 1
      let step = XMLKey.Step(name: child.name, number: counts[child.name] ?? 1)
      collect(child, steps + [step], &keys)
    }
  }

  /// - A text or attribute changes alone; nil takes the element or attribute away.
  /// - A new element comes behind its last namesake, else behind all others.
  /// - Throws: `noSuchPlace` if an element around it is missing, `notExpressible` for what is not
  ///   UTF-8, is not in XML, or would change anything else.
  public func edits(
    setting key: String, to value: [UInt8]?
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    guard let place = XMLKey(key) else { throw .noSuchPlace(key: key) }
    var change: XMLChange?
    if let index = index(of: place.steps[...]) {
      change = try self.change(of: index, place, to: value, key)
    } else if let value {
      change = try addition(of: place, value, key)
    }
    guard let change else { return [] }
    do {
      return try edits(applying: [change])
    } catch {
      throw .notExpressible(key: key)
    }
  }

  /// All at once: new elements come behind their namesakes in the order of their numbers, whatever
  /// order the keys are given in. Read again, the document must have each of the values.
  public func edits(
    setting values: [(key: String, value: [UInt8]?)]
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    var places: [(place: XMLKey, key: String, value: [UInt8]?)] = []
    for (key, value) in values {
      guard let place = XMLKey(key) else { throw .noSuchPlace(key: key) }
      places.append((place, key, value))
    }
    places.sort { $0.place.precedes($1.place) }
    var changes: [XMLChange] = []
    var added: [String: Int] = [:]
    for (place, key, value) in places {
      if let index = index(of: place.steps[...]) {
        if let change = try change(of: index, place, to: value, key) { changes.append(change) }
      } else if let value {
        let row = place.row
        changes.append(try addition(of: place, value, key, after: added[row] ?? 0))
        added[row, default: 0] += 1
      }
    }
    let last = values.last?.key ?? ""
    let edits: [SourceEdit]
    do { edits = try self.edits(applying: changes) } catch { throw .notExpressible(key: last) }
    guard !edits.isEmpty else { return [] }
    guard let bytes = try? source.applying(edits),
      let after = try? XMLDocument(parsing: bytes, limits: limits)
    else { throw .notExpressible(key: last) }
    for (key, value) in values where after.value(forKey: key) != value {
      throw .notExpressible(key: key)
    }
    return edits
  }

  /// XML files of mail clients keep no lists in one value.
  public func edits(
    removing elements: [[UInt8]], fromListAt key: String
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    throw .notAList(key: key)
  }

  private func index(of steps: ArraySlice<XMLKey.Step>) -> Int? {
    var current = 0
    for step in steps {
      let met = children(of: current).filter { step.isMet(by: element($0)) }
      guard step.number <= met.count else { return nil }
      current = met[step.number - 1]
    }
    return current
  }

  private func change(
    of index: Int, _ place: XMLKey, to value: [UInt8]?, _ key: String
  ) throws(KeyedDocumentError) -> XMLChange? {
    switch place.value {
    case .attribute(let name):
      guard let value else { return .attribute(of: index, name: name, value: nil) }
      return .attribute(of: index, name: name, value: try text(value, key))
    case .text:
      guard let value else { return .remove(index) }
      return .text(of: index, try text(value, key))
    case .markup:
      guard let value else { return .remove(index) }
      guard value != element(index).withoutLayout.canonicalSpelling else { return nil }
      let new = try markup(value, key)
      // Put there, it must still be what the key names.
      guard place.steps.last?.isMet(by: new) ?? false else { throw .notExpressible(key: key) }
      return .replace(index, new)
    }
  }

  private func addition(
    of place: XMLKey, _ value: [UInt8], _ key: String, after others: Int = 0
  ) throws(KeyedDocumentError) -> XMLChange {
    guard let step = place.steps.last, let parent = index(of: place.steps.dropLast()) else {
      throw .noSuchPlace(key: key)
    }
    let new: XMLElement
    switch place.value {
    case .attribute: throw .noSuchPlace(key: key)
    case .text:
      let text = try text(value, key)
      new = XMLElement(
        step.name, attributes: step.condition.map { [$0] } ?? [],
        children: text.isEmpty ? [] : [.text(text)])
    case .markup: new = try markup(value, key)
    }
    // Put there, it must be what the key names.
    let met = children(of: parent).count { step.isMet(by: element($0)) } + others
    guard step.number == met + 1, step.isMet(by: new) else { throw .noSuchPlace(key: key) }
    if let namesake = children(of: parent, named: step.name).last {
      return .insertAfter(namesake, new)
    }
    return .append(in: parent, new)
  }

  private func text(_ value: [UInt8], _ key: String) throws(KeyedDocumentError) -> String {
    guard let text = String(validating: value, as: UTF8.self) else {
      throw .notExpressible(key: key)
    }
    return text
  }

  private func markup(_ value: [UInt8], _ key: String) throws(KeyedDocumentError) -> XMLElement {
    do {
      return try XMLTree(parsing: value, limits: limits).root
    } catch {
      throw .notExpressible(key: key)
    }
  }
}
