import Foundation
import Testing

@testable import ConfigFormats

/// What GLib makes of a file, as `record-keyfile-conformance` puts it: one character is one byte.
struct GLibOutcome: Decodable {
  struct Entry: Decodable {
    var group: String
    var key: String
    var value: String
    var string: String?
    var stringError: Int?
    var boolean: Bool?
    var booleanError: Int?
    var integer: Int32?
    var integerError: Int?
    var list: [String]?
    var listError: Int?
  }

  struct Locale: Decodable {
    var group: String
    var key: String
    var locale: String
    var string: String?
    var error: Int?
  }

  var error: Int?
  var message: String?
  var groups: [String]?
  var entries: [Entry]?
  var locales: [Locale]?

  static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }
}

func latin1(_ text: String) -> [UInt8] {
  text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
}

/// How what we read differs from what GLib read.
func differences(of bytes: [UInt8], from outcome: GLibOutcome) -> [String] {
  let document: KeyFileDocument
  do {
    document = try KeyFileDocument(parsing: bytes)
  } catch {
    guard let code = outcome.error else { return ["refused: \(error)"] }
    return refusalCode(of: bytes) == code
      ? [] : ["refused with another code than \(code): \(error)"]
  }
  if let message = outcome.message { return ["accepted, but: \(message)"] }
  var result: [String] = []
  if document.groups != outcome.groups?.map(latin1) { result.append("groups \(document.groups)") }
  let entries = outcome.entries ?? []
  let theirs = entries.map { KeyFileAddress(group: latin1($0.group), key: latin1($0.key)) }
  // GLib lists the keys by group.
  let ours = document.groups.flatMap { group in document.addresses.filter { $0.group == group } }
  if ours != theirs { result.append("keys \(ours)") }
  for (address, entry) in zip(theirs, entries) {
    func compare<T: Equatable>(_ what: String, _ value: T?, _ code: Int?, _ read: () throws -> T) {
      let own = Result(catching: read)
      let agrees =
        switch own {
        case .success(let found): found == value
        case .failure(let error): (error as? KeyFileValueError)?.code == code && code != nil
        }
      if !agrees { result.append("\(what) of \(entry.group)/\(entry.key): \(own)") }
    }
    if document[address] != latin1(entry.value) {
      result.append("value of \(entry.group)/\(entry.key)")
    }
    compare("string", entry.string.map(latin1), entry.stringError) {
      utf8(try document.string(at: address))
    }
    compare("boolean", entry.boolean, entry.booleanError) { try document.bool(at: address) }
    compare("integer", entry.integer, entry.integerError) { try document.int(at: address) }
    compare("list", entry.list?.map(latin1), entry.listError) {
      try document.strings(at: address).map(utf8)
    }
    if let key = address.spelling {
      if KeyFileAddress(spelling: key) != address { result.append("spelling \(key)") }
      if document.value(forKey: key) != latin1(entry.value) { result.append("lookup by \(key)") }
    }
  }
  for locale in outcome.locales ?? [] {
    let address = KeyFileAddress(group: latin1(locale.group), key: latin1(locale.key))
    let own = Result { utf8(try document.localeString(at: address, locale: locale.locale)) }
    let agrees =
      switch own {
      case .success(let found): found == locale.string.map(latin1)
      case .failure(let error): (error as? KeyFileValueError)?.code == locale.error
      }
    if !agrees { result.append("\(locale.key) in \(locale.locale): \(own)") }
  }
  return result
}

extension KeyFileValueError {
  /// GKeyFileError.
  fileprivate var code: Int {
    switch self {
    case .notUTF8: 0
    case .keyNotFound: 3
    case .groupNotFound: 4
    case .invalidValue: 5
    }
  }
}

/// The GKeyFileError that our reason for refusing a file stands for.
private func refusalCode(of bytes: [UInt8]) -> Int? {
  do {
    _ = try KeyFileReader(bytes)
    return nil
  } catch {
    switch error.problem {
    case .foreignEncoding: return 0
    case .keyBeforeGroup: return 4
    // GLib sees whatever the first line is beside the mark.
    case .byteOrderMark:
      let line = bytes.prefix { $0 != .lineFeed && $0 != 0 }
      return line.contains(KeyFileGrammar.equals) ? 4 : 1
    default: return 1
    }
  }
}

/// Asks the GLib of this machine. Needs python3-gi, which scripts/install-dependencies brings.
func askGLib(_ inputs: [[UInt8]]) throws -> [GLibOutcome] {
  let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "RealClientTests/record-keyfile-conformance")
  let scratch = FileManager.default.temporaryDirectory
    .appending(path: "keyfile-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: scratch) }
  let questions = scratch.appending(path: "questions")
  let answers = scratch.appending(path: "answers")
  var lines = Data()
  for input in inputs {
    let text = String(String.UnicodeScalarView(input.map { Unicode.Scalar($0) }))
    lines += try JSONEncoder().encode(["input": text]) + Data([10])
  }
  try lines.write(to: questions)
  try Data().write(to: answers)
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/python3")
  process.arguments = [script.path, "--read"]
  process.standardInput = try FileHandle(forReadingFrom: questions)
  process.standardOutput = try FileHandle(forWritingTo: answers)
  try process.run()
  process.waitUntilExit()
  try #require(process.terminationStatus == 0, "GLib could not be asked: is python3-gi installed?")
  let outcomes = try Data(contentsOf: answers).split(separator: 10).map {
    try GLibOutcome.decoder.decode(GLibOutcome.self, from: $0)
  }
  try #require(outcomes.count == inputs.count)
  return outcomes
}

/// GLib is the judge: of the recorded table, and live of documents made up at random and of what our
/// edits make of them.
@Suite struct KeyFileConformanceTests {
  struct Case: Decodable {
    var name: String
    var input: String
  }

  struct Spelling: Decodable {
    var string: String?
    var list: [String]?
    var value: String
  }

  private func lines(of resource: String) throws -> [Data] {
    let url = try #require(
      Bundle.module.url(forResource: resource, withExtension: "jsonl", subdirectory: "Resources"))
    return try Data(contentsOf: url).split(separator: 10)
  }

  @Test func `what GLib reads is what we read`() throws {
    let lines = try lines(of: "keyfile-conformance").dropFirst()
    #expect(lines.count >= 220)
    var refused = 0
    for line in lines {
      let test = try JSONDecoder().decode(Case.self, from: line)
      let outcome = try GLibOutcome.decoder.decode(GLibOutcome.self, from: line)
      refused += outcome.error == nil ? 0 : 1
      let found = differences(of: latin1(test.input), from: outcome)
      #expect(found.isEmpty, "\(test.name)")
    }
    #expect(refused >= 60)
  }

  @Test func `what GLib writes for strings and lists is what we write`() throws {
    let lines = try lines(of: "keyfile-spellings")
    #expect(lines.count >= 60)
    for line in lines {
      let test = try JSONDecoder().decode(Spelling.self, from: line)
      let ours =
        test.string.map { KeyFileSpelling.value(ofString: text(latin1($0))) }
        ?? KeyFileSpelling.value(ofList: (test.list ?? []).map { text(latin1($0)) })
      #expect(ours == latin1(test.value), "\(test)")
    }
  }

  @Test func `the differences can be seen`() throws {
    let outcome = try #require(try askGLib([utf8("[G]\nA=1\nA[de]=x\n")]).first)
    #expect(differences(of: utf8("[G]\nA=1\nA[de]=x\n"), from: outcome).isEmpty)
    for other in [
      "[G]\nA=2\nA[de]=x\n", "[G]\nA=1\nA[de]=y\n", "[G]\nA=1\n", "[H]\nA=1\nA[de]=x\n", "A",
      "[G]\nA=1 \nA[de]=x\n",
    ] {
      #expect(!differences(of: utf8(other), from: outcome).isEmpty, "\(other)")
    }
  }

  @Test func `GLib agrees on documents made up at random, and on broken ones`() throws {
    var random = SeededGenerator(seed: 60)
    let inputs = (0..<4_000).map { round in
      let bytes = GeneratedKeyFile(&random).bytes
      return round < 1_000 ? bytes : random.mutatingKeyFile(bytes)
    }
    var refused = 0
    for (input, outcome) in zip(inputs, try askGLib(inputs)) {
      refused += outcome.error == nil ? 0 : 1
      let found = differences(of: input, from: outcome)
      #expect(found.isEmpty, "\(PrintableText.escaping(input))")
    }
    #expect(refused > 500 && refused < 2_500)
  }

  @Test func `GLib reads what our edits wish`() throws {
    var random = SeededGenerator(seed: 61)
    var results: [[UInt8]] = []
    var wishes: [[KeyFileAddress: [UInt8]]] = []
    for _ in 0..<1_500 {
      let generated = GeneratedKeyFile(&random)
      let changes = generated.changes(&random)
      let document = try KeyFileDocument(parsing: generated.bytes)
      let edits = try document.edits(applying: changes).flatMap(\.edits)
      results.append(try document.source.applying(edits))
      wishes.append(generated.values(after: changes))
    }
    for ((result, outcome), wish) in zip(zip(results, try askGLib(results)), wishes) {
      var read: [KeyFileAddress: [UInt8]] = [:]
      for entry in outcome.entries ?? [] {
        read[KeyFileAddress(group: latin1(entry.group), key: latin1(entry.key))] =
          latin1(entry.value)
      }
      #expect(outcome.error == nil && read == wish, "\(PrintableText.escaping(result))")
      #expect(differences(of: result, from: outcome).isEmpty)
    }
  }
}
