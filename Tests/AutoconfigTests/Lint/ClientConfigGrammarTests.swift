import ConfigFormats
import Foundation
import Testing

@testable import Autoconfig

/// The grammar as three validators read it: libxml2 through our bridge, xmllint, and jing.
@Suite struct ClientConfigGrammarTests {
  private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private static let grammar = repository.appendingPathComponent(
    "Sources/Autoconfig/Lint/Schema/clientConfig.rng")

  /// Files that are valid, and files that are not; the rules' faults are of both kinds.
  private static let texts =
    [Sample.sound]
    + LintRuleTests.faults.map(\.text).filter {
      (try? XMLWellFormedness.check(Array($0.utf8))) != nil
    }

  private func run(_ program: String, _ arguments: [String]) throws -> (
    status: Int32, output: String
  ) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  @Test func `what is embedded is the file`() throws {
    let written = try run(
      Self.repository.appendingPathComponent("scripts/embed-schema").path, ["-"])
    let embedded = try String(
      contentsOf: Self.grammar.deletingLastPathComponent()
        .appendingPathComponent("ClientConfigGrammar.swift"), encoding: .utf8)
    #expect(written.status == 0)
    #expect(written.output == embedded, "run scripts/embed-schema")
  }

  @Test func `libxml2, xmllint and jing agree on every file`() throws {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("grammar-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let schema = try XMLSchema(ClientConfigGrammar.text.withUTF8Buffer(Array.init))
    var files: [String] = []
    var invalid: Set<String> = []
    for (number, text) in Self.texts.enumerated() {
      let file = directory.appendingPathComponent("\(number).xml").path
      try Data(text.utf8).write(to: URL(fileURLWithPath: file))
      files.append(file)
      let violations = try #require(schema.violations(in: Array(text.utf8)))
      if !violations.isEmpty { invalid.insert(file) }
    }
    #expect(!invalid.contains(files[0]))
    #expect(invalid.count > 10 && files.count - invalid.count > 10)

    let jing = try run("jing", [Self.grammar.path] + files).output
    let byJing = files.filter { jing.contains("\($0):") }
    #expect(Set(byJing) == invalid)
    let byXmllint = try files.filter {
      try run("xmllint", ["--noout", "--relaxng", Self.grammar.path, $0]).status != 0
    }
    #expect(Set(byXmllint) == invalid)
  }

  @Test func `the known names are those of the grammar`() throws {
    let tree = try XMLTree(parsing: ClientConfigGrammar.text.withUTF8Buffer(Array.init))
    var names: Set<String> = []
    var excepted: Set<String> = []
    func visit(_ element: XMLElement) {
      if element.name == "element", let name = element.attribute("name") { names.insert(name) }
      if element.name == "name" { excepted.insert(element.trimmedText) }
      element.elements.forEach(visit)
    }
    visit(tree.root)
    #expect(names == excepted)
    // What a login page's form holds is open to any name.
    let open: Set = ["usernameField", "passwordField", "loginButton"]
    #expect(ClientConfigElements.known.subtracting(open) == names)
  }

  @Test func `a grammar that is none is said to be none`() {
    #expect(throws: XMLSchema.Unusable.self) { try XMLSchema(Array("<grammar/>".utf8)) }
  }
}
