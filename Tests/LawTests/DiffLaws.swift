import ConfigFormats
import Foundation
import Testing

@testable import ProfileRewriter

/// The diffs are judged by GNU patch itself.
@Suite struct DiffLaws {
  /// `show ID --format diff --include-sensitive`, then `patch --binary -R -p0` in the home, undoes
  /// the edits of existing files byte for byte.
  @Test(arguments: Fixture.all) func patchUndoesAChange(_ fixture: Fixture) throws {
    let sandbox = try Sandbox(fixture)
    let before = try sandbox.tree()
    try sandbox.apply()
    let change = try #require(try sandbox.engine.history().first)
    let diff = try sandbox.engine.diff(of: change, includeSensitive: true)
    let result = try patch(diff, ["-R"], in: sandbox.home)
    #expect(result == "", "\(result)")
    let after = try sandbox.tree()
    for file in change.files where file.action == .edit {
      #expect(after[file.path.text]?.content == before[file.path.text]?.content, "\(file.path)")
    }
    let created = change.files.filter { [.create, .mkdir, .tree].contains($0.action) }
    let text = String(decoding: diff, as: UTF8.self)
    for file in created { #expect(text.contains("# new ") && text.contains(file.path.text)) }
  }

  /// Generated texts: CR LF, lone CR, no final newline, bytes that are not UTF-8, names with blanks
  /// and other letters; forward and back, with and without context.
  @Test func patchAgreesOnGeneratedEdits() throws {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("diffs-\(UUID().uuidString.prefix(8))")
    defer { try? FileManager.default.removeItem(at: directory) }
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    var random = SeededRandom(seed: 11)
    let names = ["plain", "with blank", "täg \u{e9}", "quo\"te", "back\\slash", "tab\tname"]
    for round in 0..<300 {
      let old = text(using: &random)
      let (new, spans) = edited(old, using: &random)
      guard old != new else { continue }
      let name = names[round % names.count]
      let diff = UnifiedDiff.render(
        name: Array(name.utf8), old: old, new: new, spans: spans, context: round % 4)
      let file = directory.appendingPathComponent(name)
      try Data(old).write(to: file)
      let said = try patch(diff, [], in: directory)
      #expect(said == "", "round \(round): \(diff.printable) of \(old.printable)")
      #expect([UInt8](try Data(contentsOf: file)) == new, "round \(round), forward")
      #expect(try patch(diff, ["-R"], in: directory) == "", "round \(round)")
      #expect([UInt8](try Data(contentsOf: file)) == old, "round \(round), back")
    }
  }

  private func text(using random: inout SeededRandom) -> [UInt8] {
    let lines = (0..<Int(random.next() % 12 + 1)).map { _ -> [UInt8] in
      let ends: [[UInt8]] = [[10], [13, 10], [13], [10], [10]]
      let letters: [UInt8] = [0x61, 0x62, 0xe9, 0xc3, 0x20, 0x2b, 0x2d]
      let body = (0..<Int(random.next() % 9)).map { _ in
        letters.randomElement(using: &random) ?? 0x61
      }
      return body + (ends.randomElement(using: &random) ?? [10])
    }
    var bytes = lines.flatMap { $0 }
    if random.next() % 3 == 0, let last = bytes.lastIndex(where: { $0 != 10 && $0 != 13 }) {
      bytes = Array(bytes[...last])
    }
    return bytes
  }

  private func edited(
    _ old: [UInt8], using random: inout SeededRandom
  ) -> ([UInt8], [Span]) {
    var spans: [Span] = []
    var offset = 0
    while offset <= old.count, spans.count < 4 {
      offset += Int(random.next() % 15)
      guard offset <= old.count else { break }
      let length = min(Int(random.next() % 8), old.count - offset)
      let new = Array(text(using: &random).prefix(Int(random.next() % 10)))
      if length > 0 || !new.isEmpty {
        spans.append(
          Span(
            offset: offset, old: Array(old[offset..<offset + length]), new: new,
            newLength: new.count))
      }
      offset += length + 1
    }
    var result: [UInt8] = []
    var position = 0
    for span in spans {
      result += old[position..<span.offset] + (span.new ?? [])
      position = span.offset + span.old.count
    }
    return (result + old[position...], spans)
  }

  /// What GNU patch complains of; empty when it took every hunk without offset or fuzz.
  private func patch(_ diff: [UInt8], _ arguments: [String], in directory: URL) throws -> String {
    let file = directory.appendingPathComponent(".the.diff")
    try Data(diff).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/patch")
    process.arguments = ["--binary", "-p0", "-F0", "-i", file.path] + arguments
    process.currentDirectoryURL = directory
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let complaints = said.split(separator: "\n").filter { !$0.hasPrefix("patching file") }
    return process.terminationStatus == 0 ? complaints.joined(separator: "\n") : said + " failed"
  }
}
