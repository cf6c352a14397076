import Foundation
import Testing

@testable import ConfigFormats

/// Taking out what exists because of us: a whole group, or the keys that begin so.
@Suite struct KeyFileBranchTests {
  private func removing(_ prefix: String, from text: String) throws -> String {
    let document = try KeyFileDocument(parsing: utf8(text))
    let result = try document.source.applying(document.edits(removingBranch: prefix))
    let again = try KeyFileDocument(parsing: result)
    #expect(again.keys(withPrefix: prefix) == [])
    return ConfigFormatsTests.text(result)
  }

  /// What was added comes out again, byte for byte.
  @Test(arguments: [
    "[A]\nk=v\n", "[A]\nk=v\n\n[B]\nx=1\n", "# top\n\n[A]\nk=v\n# end\n", "[A]\r\nk=v\r\n", "[A]\n",
  ]) func takesBackWhatWasAdded(_ text: String) throws {
    let document = try KeyFileDocument(parsing: utf8(text))
    let edits = try document.edits(applying: [
      KeyFileChange("New Group/x", "1"), KeyFileChange("New Group/y", "2"),
    ])
    let with = try document.source.applying(edits.flatMap(\.edits))
    #expect(try KeyFileDocument(parsing: with).groupNames.last == "New Group")
    #expect(try removing("New Group/", from: ConfigFormatsTests.text(with)) == text)
  }

  @Test(arguments: [
    ("behind another", "[A]\nk=v\n\n[G]\nx=1\ny=2\n", "[A]\nk=v\n"),
    ("between two", "[A]\nk=v\n\n[G]\nx=1\n\n[B]\nz=3\n", "[A]\nk=v\n\n[B]\nz=3\n"),
    ("the first", "[G]\nx=1\n\n[A]\nk=v\n", "\n[A]\nk=v\n"),
    ("the only", "[G]\nx=1\n", ""),
    ("without keys", "[A]\nk=v\n\n[G]\n", "[A]\nk=v\n"),
    ("without a blank line", "[A]\nk=v\n[G]\nx=1\n", "[A]\nk=v\n"),
    ("two blank lines", "[A]\nk=v\n\n\n[G]\nx=1\n", "[A]\nk=v\n\n"),
    ("a line of blanks", "[A]\nk=v\n \t\n[G]\nx=1\n", "[A]\nk=v\n"),
    (
      "comments", "[A]\nk=v\n# of G\n[G]\n# in G\nx=1\n# end\n", "[A]\nk=v\n# of G\n# in G\n# end\n"
    ),
    ("of one name", "[G]\nx=1\n\n[A]\nk=v\n\n[G]\nx=2\n", "\n[A]\nk=v\n"),
    ("one after the other", "[A]\nk=v\n\n[G]\n\n[G]\nx=2\n", "[A]\nk=v\n"),
    ("CR LF", "[A]\r\nk=v\r\n\r\n[G]\r\nx=1\r\n", "[A]\r\nk=v\r\n"),
    ("no end", "[A]\nk=v\n\n[G]\nx=1", "[A]\nk=v\n"),
    ("no end but a header", "[A]\nk=v\n\n[G]", "[A]\nk=v\n"),
    ("no end behind", "[G]\nx=1\n\n[A]\nk=v", "\n[A]\nk=v"),
    ("a key twice", "[A]\nk=v\n\n[G]\nx=1\nx=2\n", "[A]\nk=v\n"),
    ("locales", "[A]\nk=v\n\n[G]\nx[de]=1\nx=2\n", "[A]\nk=v\n"),
    ("indented", "[A]\nk=v\n\n  [G]  \n\tx = 1\n", "[A]\nk=v\n"),
    ("another that begins so", "[G]\nx=1\n\n[G Two]\ny=2\n", "\n[G Two]\ny=2\n"),
    ("not there", "[A]\nk=v\n", "[A]\nk=v\n"),
  ]) func aGroup(_ name: String, _ before: String, _ after: String) throws {
    #expect(try removing("G/", from: before) == after, "\(name)")
  }

  /// A slash in a group's name is spelled `~1`.
  @Test func aGroupWithASlash() throws {
    let text = "[org/gnome]\nx=1\n\n[org]\ngnome/x=2\n"
    #expect(try removing("org~1gnome/", from: text) == "\n[org]\ngnome/x=2\n")
    #expect(try removing("org/", from: text) == "[org/gnome]\nx=1\n")
  }

  /// Only the first slash ends a group's name; what begins so in a key's is no group.
  @Test func aKeyWithASlash() throws {
    let text = "[org]\ngnome/x=1\nother=2\n"
    #expect(try removing("org/gnome/", from: text) == "[org]\nother=2\n")
    #expect(try removing("org/kde/", from: text) == text)
  }

  @Test func keysThatBeginSo() throws {
    let text = "[A]\nold=1\nnew-a=2\nnew-b=3\n\n[B]\nnew-a=4\n"
    #expect(try removing("A/new-", from: text) == "[A]\nold=1\n\n[B]\nnew-a=4\n")
    #expect(try removing("A/other", from: text) == text)
  }

  /// GLib, with the group taken out by itself, and GLib, with what we left.
  @Test func agreesWithGLib() throws {
    let document = """
      # top
      [A]
      k=v
      [G]
      x=1

      [B]
      # c
      y= 2\u{20}

      [G]
      x[de]=3
      z
      """.replacing("\nz", with: "")
    var cases: [(String, String)] = []
    var generator = SeededGenerator(seed: 11)
    let lines = ["[G]", "[A]", "[B]", "x=1", "x=2", "y = 3 ", "z[de]=4", "", " ", "# c", "[G ]"]
    for _ in 0..<200 {
      var text = "[\(generator.pick(["G", "A"]))]\n"
      for _ in 0...generator.below(12) {
        text += generator.pick(lines) + (generator.chance(20) ? "\r\n" : "\n")
      }
      if generator.chance(20) { text.removeLast() }
      cases.append((text, try removing("G/", from: text)))
    }
    cases.append((document, try removing("G/", from: document)))
    #expect(try Self.ask(cases) == [])
  }

  /// The cases on which GLib differs.
  private static func ask(_ cases: [(String, String)]) throws -> [String] {
    let script = """
      import json, sys
      from gi.repository import GLib
      def read(text, doomed=None):
        f = GLib.KeyFile()
        f.load_from_data(text, len(text.encode()), GLib.KeyFileFlags.KEEP_COMMENTS)
        if doomed and f.has_group(doomed): f.remove_group(doomed)
        return [[g, sorted([k, f.get_value(g, k)] for k in f.get_keys(g)[0])] for g in f.get_groups()[0]]
      print(json.dumps([b for b, a in json.load(sys.stdin) if read(b, "G") != read(a)]))
      """
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = ["-W", "ignore", "-c", script]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    try input.fileHandleForWriting.write(
      contentsOf: JSONEncoder().encode(cases.map { [$0.0, $0.1] }))
    try input.fileHandleForWriting.close()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return try JSONDecoder().decode([String].self, from: data)
  }
}
