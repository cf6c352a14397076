import ConfigFormats
import ProfileRewriter

/// A rewritten file as values by key, before and after: undo goes by them where the file has been
/// changed since.
///
/// The incoming servers of a provider are a row in which the place is what decides, so keys go by
/// place. A server that only got other values is told by these; where another stands in its place,
/// the whole of it is the value.
struct KeyedRewrite {
  let before: XMLDocument
  let after: XMLDocument
  let edits: [SourceEdit]
  let users: [String]

  private struct Place {
    var key: String
    /// Where it stands before.
    var range: Range<Int>
  }

  var planned: [PlannedEdit] {
    let places = places
    var byPlace = places.map { _ in [SourceEdit]() }
    for edit in edits {
      let index =
        places.firstIndex { $0.range.overlaps(edit.range) }
        ?? places.firstIndex { $0.range.touches(edit.range) } ?? 0
      if places.indices.contains(index) { byPlace[index].append(edit) }
    }
    return zip(places, byPlace).map { place, edits in
      PlannedEdit(
        key: place.key, before: before.value(forKey: place.key),
        after: after.value(forKey: place.key), edits: edits,
        deciding: !place.key.hasSuffix("/pop3/."), users: users)
    }
  }

  private var places: [Place] {
    zip(
      before.children(of: 0, named: "emailProvider"), after.children(of: 0, named: "emailProvider")
    ).enumerated().flatMap { number, providers in
      places(
        "emailProvider" + Self.number(number), before.children(of: providers.0, named: Self.name),
        after.children(of: providers.1, named: Self.name), end: before.places[providers.0].whole)
    }
  }

  private static let name = "incomingServer"

  private static func number(_ index: Int) -> String { index == 0 ? "" : "[\(index + 1)]" }

  private func places(
    _ parent: String, _ old: [Int], _ new: [Int], end: Range<Int>
  ) -> [Place] {
    (0..<max(old.count, new.count)).flatMap { index -> [Place] in
      let key = "\(parent)/\(Self.name)\(Self.number(index))"
      guard index < old.count else {
        // Behind the last there was.
        let last = old.last.map { before.places[$0].whole.upperBound } ?? end.upperBound
        return [Place(key: key + "/.", range: last..<last)]
      }
      let range = before.places[old[index]].whole
      guard index < new.count else { return [Place(key: key + "/.", range: range)] }
      let (was, isNow) = (before.element(old[index]), after.element(new[index]))
      if was.withoutLayout == isNow.withoutLayout { return [] }
      let values = isInPlace(range) ? values(key, old[index], was, isNow) : nil
      return values ?? [Place(key: key + "/.", range: range)]
    }
  }

  /// Whether an element was edited in itself, rather than that another came to stand in its place.
  private func isInPlace(_ whole: Range<Int>) -> Bool {
    edits.contains { whole.lowerBound < $0.range.lowerBound && whole.contains($0.range.upperBound) }
      && !edits.contains {
        $0.range.lowerBound <= whole.lowerBound && whole.lowerBound <= $0.range.upperBound
      }
  }

  /// The values that differ; nil where the two are not one server with other values.
  private func values(
    _ key: String, _ index: Int, _ was: XMLElement, _ isNow: XMLElement
  ) -> [Place]? {
    var rest = isNow.elements
    var places: [Place] = []
    if was.attributes != isNow.attributes {
      guard was.attributes.map(\.name) == isNow.attributes.map(\.name) else { return nil }
      for (old, new) in zip(was.attributes, isNow.attributes) where old != new {
        places.append(Place(key: "\(key)/@\(old.name)", range: before.places[index].startTag))
      }
    }
    var counts: [String: Int] = [:]
    for (child, number) in zip(was.elements, before.places[index].children) {
      let place = "\(key)/\(child.name)\(Self.number(counts[child.name, default: 0]))"
      counts[child.name, default: 0] += 1
      let range = before.places[number].whole
      // Of one name the first stay, and others go.
      guard let match = rest.firstIndex(where: { $0.name == child.name }) else {
        places.append(Place(key: place + "/.", range: range))
        continue
      }
      guard match == rest.startIndex else { return nil }
      let new = rest.remove(at: match)
      if child.withoutLayout == new.withoutLayout { continue }
      guard child.elements.isEmpty, new.elements.isEmpty else { return nil }
      places.append(Place(key: place, range: range))
    }
    return rest.isEmpty ? places : nil
  }
}

extension Range<Int> {
  /// Whether two ranges share a byte or meet at an end.
  fileprivate func touches(_ other: Range<Int>) -> Bool {
    lowerBound <= other.upperBound && other.lowerBound <= upperBound
  }
}
