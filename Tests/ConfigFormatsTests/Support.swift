@testable import ConfigFormats

/// SplitMix64: the same documents in every run, on every machine.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

  mutating func pick<T>(_ choices: [T]) -> T {
    choices[Int.random(in: 0..<choices.count, using: &self)]
  }

  mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }

  /// A few random changes: bytes overwritten, taken out, put in or copied from elsewhere.
  mutating func mutating(_ bytes: [UInt8], upTo changes: Int = 5) -> [UInt8] {
    var result = bytes
    let spicy: [UInt8] =
      Array("\"'\\(){}[];,:/*#=|\n\r u0xtf-9".utf8) + [0, 0xFF, 0xC3, 0xED, 0xF0]
    for _ in 0...below(changes) {
      let place = result.isEmpty ? 0 : below(result.count)
      switch below(5) {
      case 0 where !result.isEmpty: result[place] = UInt8(truncatingIfNeeded: next())
      case 1 where !result.isEmpty: result[place] = pick(spicy)
      case 2 where !result.isEmpty:
        result.removeSubrange(place..<min(result.count, place + 1 + below(8)))
      case 3: result.insert(pick(spicy), at: place)
      default:
        let from = result.isEmpty ? 0 : below(result.count)
        result.insert(
          contentsOf: Array(result[from..<min(result.count, from + below(30))]), at: place)
      }
    }
    return result
  }
}

func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
@_disfavoredOverload
func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

extension KeyedDocument {
  /// This document's text after the edits that set one key.
  func setting(_ key: String, to value: String?) throws -> String {
    text(try source.applying(edits(setting: key, to: value.map(utf8))))
  }

  func removing(_ elements: [String], from key: String) throws -> String {
    text(try source.applying(edits(removing: elements.map(utf8), fromListAt: key)))
  }
}

/// What is wrong with edits as such: bytes outside of them must stay, and the reverse edits must
/// give the text back. Empty if nothing is.
func editLawViolations(_ source: SourceText, _ edits: [SourceEdit], result: [UInt8]) -> [String] {
  var violations: [String] = []
  // Walk both texts side by side, without trusting SourceText.applying.
  let ordered = edits.enumerated().sorted {
    ($0.element.range.lowerBound, $0.element.range.upperBound, $0.offset)
      < ($1.element.range.lowerBound, $1.element.range.upperBound, $1.offset)
  }.map(\.element)
  var old = 0
  var new = 0
  for edit in ordered {
    let kept = edit.range.lowerBound - old
    guard kept >= 0 else { return ["edits overlap at \(edit.range.lowerBound)"] }
    guard new + kept + edit.replacement.count <= result.count,
      source.bytes[old..<edit.range.lowerBound].elementsEqual(result[new..<new + kept])
    else { return ["bytes before \(edit.range.lowerBound) changed"] }
    new += kept
    guard result[new..<new + edit.replacement.count].elementsEqual(edit.replacement) else {
      return ["the replacement at \(edit.range.lowerBound) is not there"]
    }
    new += edit.replacement.count
    old = edit.range.upperBound
  }
  if !source.bytes[old...].elementsEqual(result[new...]) { violations.append("the tail changed") }
  do {
    let undone = try SourceText(result).applying(source.reversing(edits))
    if undone != source.bytes { violations.append("undo does not give the text back") }
  } catch {
    violations.append("undo failed: \(error)")
  }
  return violations
}
