import ConfigFormats
import ProfileRewriter
import Testing

@testable import Autoconfig

/// Rules whose fault is not a change of the sound file's text.
enum LintElsewhere {
  static let rules: Set<LintRule> = [
    .unreadable, .root, .encoding, .byteOrderMark, .providerMissing, .idDuplicate, .fileName,
    .incomingMissing, .outgoingMissing, .autodiscoverSPA, .autodiscoverSwitch,
    .autodiscoverEncryption, .autodiscoverType, .autodiscoverMissing, .autodiscoverUnknown,
    .outputsDisagree,
  ]
}

/// Whole files: bytes, encodings, limits, and what is nearly no file at all.
@Suite struct LintFileTests {
  private func rules(_ bytes: [UInt8]) -> [LintRule] {
    Linter.lint(bytes, file: "example.com.xml").findings.map(\.rule)
  }

  @Test func `encodings other than UTF-8 are errors`() {
    let latin = Sample.sound.replacing("UTF-8", with: "ISO-8859-1").replacing(
      "Example Mail", with: "Büro")
    let bytes = latin.unicodeScalars.map { UInt8($0.value) }
    let file = Linter.lint(bytes, file: "x.xml")
    #expect(file.findings.map(\.rule) == [.encoding])
    #expect(file.findings[0].line == 6 && file.findings[0].column == 19)
    #expect(file.readings.first { $0.client == .evolution }?.accepted == false)

    let wide: [UInt8] =
      [0xFF, 0xFE]
      + Sample.sound.replacing("UTF-8", with: "UTF-16").utf16.flatMap {
        [UInt8($0 & 0xFF), UInt8($0 >> 8)]
      }
    #expect(rules(wide) == [.encoding])

    // Nobody reads the comment, and all else is ASCII.
    let comment = Sample.sound.replacing("UTF-8", with: "ISO-8859-1")
      .replacing("<domain>example.org", with: "<!-- Büro --><domain>example.org")
    #expect(rules(comment.unicodeScalars.map { UInt8($0.value) }).isEmpty)
  }

  @Test func `a byte order mark is an error, and Evolution refuses it`() {
    let file = Linter.lint([0xEF, 0xBB, 0xBF] + Sample.sound.utf8, file: "x.xml")
    #expect(file.findings.map(\.rule) == [.byteOrderMark])
    #expect(file.readings.map(\.accepted) == [true, true, false])
  }

  @Test func `places are found in every encoding`() throws {
    let text = Sample.sound.replacing("UTF-8", with: "UTF-16").replacing(
      "<port>993", with: "<port>995")
    let wide: [UInt8] = [0xFE, 0xFF] + text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    let finding = try #require(
      Linter.lint(wide, file: "x.xml").findings.first { $0.rule == .portProtocol })
    let place = try #require(Sample.place(of: "995", in: text))
    #expect(finding.line == place.line)
    #expect(finding.column == place.column)
  }

  @Test func `a provider without servers, and a file without provider`() throws {
    let bare =
      "<clientConfig version=\"1.1\"><emailProvider id=\"example.com\"><domain>example.com</domain></emailProvider></clientConfig>"
    #expect(rules(Array(bare.utf8)) == [.incomingMissing, .outgoingMissing])
    #expect(rules(Array("<clientConfig version=\"1.1\"/>".utf8)) == [.providerMissing])
    let unusable = Sample.sound.replacing("<socketType>SSL", with: "<socketType>TLS")
    let found = Sample.lint(unusable).findings.map(\.rule)
    #expect(found.contains(.incomingMissing) && found.contains(.outgoingMissing))
  }

  private static func times(_ count: Int, _ text: String) -> String {
    String(repeating: text, count: count)
  }

  private static let broken: [String] = [
    "", " \n", "not found\n", "\u{0}\u{1}\u{2}", "<clientConfig", times(5_000, "<"),
    times(5_000, "<a>"), times(100, "<a>") + times(100, "</a>"),
    "<a>" + times(30_000, "<b/>") + "</a>",
    "<a>" + times(2 << 20, "x") + "</a>",
    "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;&b;\">]><clientConfig>&c;</clientConfig>",
  ]

  @Test(arguments: broken)
  func `what is no sound XML has one error, with its place`(_ text: String) {
    let file = Sample.lint(text)
    #expect(file.findings.count == 1)
    #expect([.notWellFormed, .doctype].contains(file.findings.first?.rule))
    #expect((file.findings.first?.line ?? 0) >= 1)
    #expect(file.readings.allSatisfy { $0.accepted != true })
  }

  @Test func `another kind of XML is said to be one`() {
    let file = Sample.lint("<html><body/></html>")
    #expect(file.findings.map(\.rule) == [.root])
    #expect(file.readings.map(\.accepted) == [false, false, false])
    #expect(Sample.lint("<clientconfig/>").findings.first?.fix == "clientConfig")
  }

  @Test func `hostile text is shown harmlessly`() throws {
    let text = Sample.sound.replacing("imap.example.com", with: "im\u{202E}ap\u{7}.example.com")
    // A control character is not even XML.
    #expect(Sample.lint(text).findings.map(\.rule) == [.notWellFormed])
    let file = Sample.lint(
      Sample.sound.replacing("imap.example.com", with: "im\u{202E}ap.example.com"))
    let finding = try #require(file.findings.first { $0.rule == .hostInvalid })
    for shown in [finding.text, finding.excerpt ?? ""] {
      #expect(!shown.unicodeScalars.contains("\u{202E}"))
      #expect(shown.contains("\\u{202E}"))
    }
  }
}
