import Foundation
import Testing

@testable import Autoconfig

/// What one simple domain's files look like, byte by byte. Record again with RECORD_SNAPSHOTS=1, and
/// look at the difference.
@Suite struct GoldenFilesTests {
  private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Golden/example.com")

  private func settings() throws -> DomainSettings {
    try DomainSettings(
      domain: "example.com",
      [
        .imapHost: "imap.example.com", .smtpHost: "smtp.example.com", .noPOP: "yes",
        .displayName: "Example & Söhne", .documentation: "https://www.example.com/mail?a=1&b=2",
        .tlsCertificate: "/etc/ssl/example.com.pem", .tlsKey: "/etc/ssl/private/example.com.key",
      ])
  }

  @Test func filesAreAsRecorded() throws {
    let result = DomainFiles(try settings())
    #expect(result.leftOut.isEmpty)
    let manager = FileManager.default
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] != nil {
      try? manager.removeItem(at: Self.golden)
      for file in result.files {
        let place = Self.golden.appendingPathComponent(file.path)
        try manager.createDirectory(
          at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(file.bytes).write(to: place)
      }
    }
    let recorded = try #require(manager.subpaths(atPath: Self.golden.path)).filter {
      var isDirectory: ObjCBool = false
      return manager.fileExists(
        atPath: Self.golden.appendingPathComponent($0).path, isDirectory: &isDirectory)
        && !isDirectory.boolValue
    }
    #expect(recorded.sorted() == result.files.map(\.path).sorted())
    for file in result.files {
      let bytes = try Data(contentsOf: Self.golden.appendingPathComponent(file.path))
      #expect(Data(file.bytes) == bytes, "\(file.path)")
    }
  }

  /// Nothing comes from the clock, from chance or from the order of a set.
  @Test func theSameSettingsGiveTheSameBytes() throws {
    let first = DomainFiles(try settings())
    for _ in 0..<20 {
      let again = DomainFiles(try settings())
      #expect(again.files == first.files)
      #expect(again.leftOut == first.leftOut)
    }
  }

  /// RFC 9562, A.4, and what Python's uuid.uuid5 answers.
  @Test func namesMakeUUIDs() {
    #expect(
      NameBasedUUID(namespace: .dns, name: "www.example.com").description
        == "2ED6657D-E927-568B-95E1-2665A8AEA6A2")
    #expect(
      NameBasedUUID(namespace: .dns, name: "python.org").description
        == "886313E1-3B8A-5372-9B90-0C9AEE199E5D")
  }

  /// One domain's profile never replaces another's.
  @Test func eachDomainHasItsOwnIdentifiers() throws {
    var seen: Set<String> = []
    for domain in ["example.com", "example.org", "mail.example.com", "bücher.example"] {
      let settings = try DomainSettings(
        domain: domain, [.imapHost: "imap.example.net", .smtpHost: "smtp.example.net"])
      let text = try MobileConfigText.text(settings).get()
      let identifiers = text.matches(of: /Payload(?:UUID|Identifier)<\/key>\n\s*<string>([^<]+)/)
        .map { String($0.1) }
      #expect(identifiers.count == 4)
      for identifier in identifiers { #expect(seen.insert(identifier).inserted) }
    }
  }
}
