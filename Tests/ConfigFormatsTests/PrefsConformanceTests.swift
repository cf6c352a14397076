import Foundation
import Testing

@testable import ConfigFormats

/// The real client is the judge: every input in the table was read by Thunderbird, and what it made
/// of it must be what we make of it.
@Suite struct PrefsConformanceTests {
  struct Entry: Decodable {
    var type: String
    var value: Scalar?
    var valueBase64: String?
    var keyBase64: String?

    enum CodingKeys: String, CodingKey {
      case type, value
      case valueBase64 = "value_b64"
      case keyBase64 = "key_b64"
    }
  }

  struct ClientError: Decodable {
    var line: Int
    var message: String
  }

  struct Case: Decodable {
    var name: String
    var input: String
    var values: [String: Entry]
    var defaults: [String: Entry]
    var errors: [ClientError]

    enum CodingKeys: String, CodingKey {
      case name, values, defaults, errors
      case input = "input_b64"
    }
  }

  enum Scalar: Decodable {
    case text(String)
    case number(Int32)
    case flag(Bool)

    init(from decoder: Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let flag = try? container.decode(Bool.self) {
        self = .flag(flag)
      } else if let number = try? container.decode(Int32.self) {
        self = .number(number)
      } else {
        self = .text(try container.decode(String.self))
      }
    }
  }

  static func cases() throws -> [Case] {
    let url = try #require(
      Bundle.module.url(
        forResource: "prefs-conformance", withExtension: "jsonl", subdirectory: "Resources"))
    return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").dropFirst().map {
      try JSONDecoder().decode(Case.self, from: Data($0.utf8))
    }
  }

  @Test func `what Thunderbird reads is what we read`() throws {
    let cases = try Self.cases()
    #expect(cases.count >= 120)
    #expect(cases.filter { !$0.errors.isEmpty }.count >= 100)
    for test in cases {
      let input = Array(try #require(Data(base64Encoded: test.input)))
      let (document, errors) = PrefsDocument.parseRecovering(input)
      #expect(try values(of: document) == expected(test.values), "\(test.name)")
      for (key, entry) in test.defaults {
        let name = String(decoding: try keyBytes(key, entry), as: UTF8.self)
        #expect(try document.defaultValue(forKey: name) == prefValue(entry), "\(test.name)")
      }
      for statement in document.statements where statement.kind != .user {
        let key = input.withUnsafeBufferPointer {
          String(decoding: statement.key(in: $0), as: UTF8.self)
        }
        let isDefault = document.defaultValue(forKey: key) != nil
        #expect(isDefault == (test.defaults[key] != nil), "\(test.name)")
      }
      #expect(errors.count == test.errors.count, "\(test.name): \(errors) \(test.errors)")
      for (ours, theirs) in zip(errors, test.errors) {
        // We point to where the broken thing begins, the client to where it stopped reading it.
        #expect(ours.position.line <= theirs.line, "\(test.name)")
      }
    }
  }

  @Test func `strict reading refuses exactly what the client reports or leaves unread`() throws {
    for test in try Self.cases() {
      let input = Array(try #require(Data(base64Encoded: test.input)))
      let (document, errors) = PrefsDocument.parseRecovering(input)
      var refusal: SyntaxError?
      do {
        let strict = try PrefsDocument(parsing: input)
        #expect(strict.statements == document.statements, "\(test.name)")
      } catch {
        refusal = error
      }
      #expect((refusal == nil) == document.isSound, "\(test.name)")
      if let first = errors.first { #expect(refusal == first, "\(test.name)") }
      if !test.errors.isEmpty { #expect(refusal != nil, "\(test.name)") }
      // The other direction: what the client takes without a word is only refused for a NUL.
      if test.errors.isEmpty, refusal != nil { #expect(input.contains(0), "\(test.name)") }
    }
  }

  private func values(of document: PrefsDocument) -> [[UInt8]: PrefValue] {
    var result: [[UInt8]: PrefValue] = [:]
    document.forEachUserKey(withPrefix: []) { result[$0] = document[keyBytes: $0] }
    return result
  }

  private func expected(_ entries: [String: Entry]) throws -> [[UInt8]: PrefValue] {
    var result: [[UInt8]: PrefValue] = [:]
    for (key, entry) in entries { result[try keyBytes(key, entry)] = try prefValue(entry) }
    return result
  }

  private func keyBytes(_ key: String, _ entry: Entry) throws -> [UInt8] {
    guard let encoded = entry.keyBase64 else { return Array(key.utf8) }
    return Array(try #require(Data(base64Encoded: encoded)))
  }

  private func prefValue(_ entry: Entry) throws -> PrefValue {
    if let encoded = entry.valueBase64 {
      return .string(Array(try #require(Data(base64Encoded: encoded))))
    }
    switch (entry.type, entry.value) {
    case ("bool", .flag(let flag)): return .bool(flag)
    case ("int", .number(let number)): return .int(number)
    case ("string", .text(let text)): return .string(text)
    // A string such as "1" never decodes as a number; anything else is a broken table.
    default:
      Issue.record("bad entry \(entry)")
      return .bool(false)
    }
  }
}
