import Foundation
import ProfileRewriter
import TestSupport
import Testing

@testable import Autoconfig

@Suite struct OutputDirectoryTests {
  private final class Place {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("out-\(UUID().uuidString)")
    init() throws {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(at: url) }

    func open(_ name: String = "") throws -> OutputDirectory {
      try OutputDirectory(path: Array(url.appendingPathComponent(name).path.utf8))
    }

    func mode(_ name: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: url.appendingPathComponent(name).path)[
        .posixPermissions] as? Int
    }

    func text(_ name: String) throws -> String {
      try String(contentsOf: url.appendingPathComponent(name), encoding: .utf8)
    }
  }

  private func file(_ path: String, _ text: String) throws -> GeneratedFile {
    GeneratedFile(
      format: .autoconfig, domain: try DomainName("example.com"), path: path,
      bytes: Array(text.utf8), urls: [])
  }

  @Test func whatIsThereStaysUnlessAsked() throws {
    let place = try Place()
    let files = [try file("new/a/b.xml", "one"), try file("c", "two")]
    let written = try withUmask(0o077) { try place.open("web").write(files, replacing: false) }
    #expect(written == [.created, .created])
    #expect(try place.open("web").write(files, replacing: false) == [.unchanged, .unchanged])
    #expect(try place.mode("web/new/a/b.xml") == 0o644)
    #expect(try place.mode("web/new/a") == 0o755)
    #expect(try place.mode("web") == 0o755)
    let other = [try file("d", "new"), try file("new/a/b.xml", "another")]
    let refusal = #expect(throws: Refusal.self) {
      try place.open("web").write(other, replacing: false)
    }
    #expect(refusal?.reason == .exists)
    #expect(refusal?.text.contains("/web/new/a/b.xml") == true)
    #expect(refusal?.text.contains("b.xml exists already") == true, "\(refusal?.text ?? "")")
    #expect(refusal?.text.hasSuffix("--force replaces it") == true)
    let several = #expect(throws: Refusal.self) {
      try place.open("web").write(other + [try file("c", "third")], replacing: false)
    }
    #expect(several?.text.contains("b.xml and 1 more exist already") == true)
    #expect(several?.text.hasSuffix("--force replaces them") == true)
    // All or nothing.
    #expect(throws: (any Error).self) { try place.text("web/d") }
    #expect(try place.text("web/new/a/b.xml") == "one")
    #expect(try place.open("web").write(other, replacing: true) == [.created, .replaced])
    #expect(try place.text("web/new/a/b.xml") == "another")
    #expect(try place.open("web").present(["d", "e"]) == ["d"])
  }

  /// Nothing is written outside, whatever lies in the directory.
  @Test func nothingLeadsOut() throws {
    let place = try Place()
    let outside = try Place()
    try FileManager.default.createSymbolicLink(
      at: place.url.appendingPathComponent("mail"), withDestinationURL: outside.url)
    try FileManager.default.createSymbolicLink(
      at: place.url.appendingPathComponent("link"),
      withDestinationURL: outside.url.appendingPathComponent("x"))
    for path in ["mail/config.xml", "link", "../x", "/etc/x", "a/../../x", ""] {
      #expect(throws: Refusal.self) {
        try place.open().write([try file(path, "text")], replacing: true)
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: outside.url.path) == [])
  }

  @Test func aMissingParentIsSaid() throws {
    let place = try Place()
    let refusal = #expect(throws: Refusal.self) { try place.open("no/such") }
    #expect(refusal?.reason == .notFound)
    #expect(
      refusal?.text.hasSuffix("/no; make it first: only the last directory of a path is made")
        == true, "\(refusal?.text ?? "")")
    try Data().write(to: place.url.appendingPathComponent("file"))
    #expect(throws: Refusal.self) { try place.open("file") }
  }
}
