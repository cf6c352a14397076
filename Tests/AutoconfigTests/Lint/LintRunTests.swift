import Foundation
import Testing

@testable import Autoconfig

/// Directories, and what only several files together tell.
@Suite final class LintRunTests {
  private let root = FileManager.default.temporaryDirectory
    .appendingPathComponent("lint-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  private func write(_ path: String, _ text: String) throws {
    let file = root.appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  /// Findings of all files as "name rule".
  private func run(_ path: String = "") -> (
    found: [String], files: [LintedFile], summary: LintRun.Summary
  ) {
    let place = path.isEmpty ? root.path : root.appendingPathComponent(path).path
    var files: [LintedFile] = []
    var run = LintRun()
    let target = LintRun.Target(shown: Array(place.utf8), path: Array(place.utf8))
    let summary = run.run([target]) { files.append($0) }
    let found = files.flatMap { file in
      file.findings.map { "\(file.file.dropFirst(root.path.count + 1)) \($0.rule.rawValue)" }
    }
    return (found, files, summary)
  }

  private func provider(_ domain: String) -> String {
    Sample.sound.replacing("example.org", with: "mail.\(domain)").replacing(
      "example.com", with: domain)
  }

  @Test func `files of a directory are linted in the order of their names`() throws {
    try write("b.example.xml", provider("b.example"))
    try write("a.example", provider("a.example"))
    try write("README.md", "no autoconfig file")
    try write(".hidden.xml", "<")
    try write(".git/x.xml", "<")
    let result = run()
    #expect(result.found.isEmpty, "\(result.found)")
    #expect(result.files.map { $0.file.suffix(9) } == ["a.example", "ample.xml"])
    #expect(result.summary == LintRun.Summary(files: 2))
  }

  @Test func `ids and domains in two files are found, with both places`() throws {
    try write("a.example.xml", provider("a.example"))
    try write("b.example.xml", provider("b.example").replacing("id=\"b.", with: "id=\"a."))
    try write(
      "c.example.xml", provider("c.example").replacing("<domain>mail.c.", with: "<domain>mail.A."))
    let result = run()
    #expect(result.found == ["b.example.xml id-duplicate", "c.example.xml domain-duplicate"])
    let duplicate = try #require(result.files[1].findings.first)
    #expect(duplicate.line == 3 && duplicate.column == 22)
    #expect(duplicate.related == [.init(file: result.files[0].file, line: 3, column: 22)])
    let domain = try #require(result.files[2].findings.first)
    #expect(domain.line == 5 && domain.column == 13)
    #expect(domain.related == [.init(file: result.files[0].file, line: 5, column: 13)])
    #expect(domain.excerpt?.hasSuffix("            ^") == true)
  }

  @Test func `one file under all its names is one file`() throws {
    try write("a.example", provider("a.example"))
    try write("mail.a.example", provider("a.example"))
    #expect(run().found.isEmpty)
  }

  @Test func `a file's name is one of its domains`() throws {
    try write("other.example.xml", provider("a.example"))
    try write("config-v1.1.xml", provider("b.example"))
    try write("notes.xml", provider("c.example"))
    let result = run()
    #expect(result.found == ["other.example.xml file-name"])
    #expect(result.files.last?.findings.first?.fix == "a.example.xml")
  }

  @Test func `what cannot be read is said, and the others are done`() throws {
    try write("a.example.xml", provider("a.example"))
    try write("big.xml", String(repeating: "x", count: 2 << 20))
    #expect(mkfifo(root.appendingPathComponent("fifo.xml").path, 0o600) == 0)
    try FileManager.default.createSymbolicLink(
      atPath: root.appendingPathComponent("gone.xml").path, withDestinationPath: "nowhere")
    try FileManager.default.createSymbolicLink(
      atPath: root.appendingPathComponent("linked.example.xml").path,
      withDestinationPath: "a.example.xml")
    try FileManager.default.createSymbolicLink(
      atPath: root.appendingPathComponent("loop").path, withDestinationPath: ".")
    try write("z.example.xml", provider("z.example"))
    let result = run()
    let expected = [
      "big.xml unreadable", "fifo.xml unreadable", "gone.xml unreadable",
      "linked.example.xml file-name",
    ]
    #expect(result.found == expected)
    #expect(result.summary.files == 6)
    #expect(run("fifo.xml").found == ["fifo.xml unreadable"])
    #expect(run("none.xml").found == ["none.xml unreadable"])
  }

  @Test func `a directory without any is said to be one`() throws {
    try write("README.md", "nothing")
    #expect(run().files.map { $0.findings.map(\.rule) } == [[.unreadable]])
  }

  // MARK: Outputs that disagree

  private let pacc = """
    {"protocols": {"imap": {"host": "imap.example.com"}, "pop3": {"host": "pop.example.com"}, \
    "smtp": {"host": "smtp.example.com"}}}
    """

  private let mobileConfig = """
    <?xml version="1.0" encoding="UTF-8"?>
    <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
    <plist version="1.0"><dict><key>PayloadContent</key><array><dict>
      <key>EmailAccountType</key><string>EmailTypeIMAP</string>
      <key>IncomingMailServerHostName</key><string>imap.example.com</string>
      <key>IncomingMailServerPortNumber</key><integer>993</integer>
      <key>IncomingMailServerUseSSL</key><true/>
      <key>OutgoingMailServerHostName</key><string>smtp.example.com</string>
      <key>OutgoingMailServerPortNumber</key><integer>465</integer>
      <key>OutgoingMailServerUseSSL</key><true/>
    </dict></array></dict></plist>
    """

  private let autodiscover = AutodiscoverLintTests.sound
    .replacing("<Port>587", with: "<Port>465").replacing("Encryption>TLS", with: "Encryption>SSL")

  private func writeWebRoot(
    changing file: String = "", _ old: String = "", _ new: String = ""
  ) throws {
    let files = [
      "mail/config-v1.1.xml": Sample.sound,
      ".well-known/autoconfig/mail/config-v1.1.xml": Sample.sound,
      "autodiscover/autodiscover.xml": autodiscover, "isp/example.com.xml": Sample.sound,
      "mail/example.com.mobileconfig": mobileConfig,
      ".well-known/user-agent-configuration.json": pacc,
    ]
    for (path, text) in files {
      #expect(path != file || text.contains(old))
      try write(path, path == file ? text.replacing(old, with: new) : text)
    }
  }

  @Test func `outputs of one web root that agree have no findings`() throws {
    try writeWebRoot()
    let result = run()
    #expect(result.found.isEmpty, "\(result.files.flatMap(\.findings))")
    #expect(result.summary.files == 6)
  }

  @Test(arguments: [
    ("autodiscover/autodiscover.xml", "imap.example.com", "mail.example.com", 9),
    (
      "autodiscover/autodiscover.xml", "smtp.example.com</Server>\n        <Port>465",
      "smtp.example.com</Server>\n        <Port>587", 19
    ),
    ("mail/config-v1.1.xml", "<hostname>imap.example.com", "<hostname>mail.example.com", 9),
    ("mail/example.com.mobileconfig", "<integer>465", "<integer>587", 8),
    (
      "mail/example.com.mobileconfig", "<true/>\n  <key>OutgoingMailServerHost",
      "<false/>\n  <key>OutgoingMailServerHost", 5
    ),
    ("isp/example.com.xml", "pop.example.com", "pop3.example.com", 16),
    (".well-known/user-agent-configuration.json", "imap.example.com", "imap2.example.com", 1),
  ])
  func `an output that disagrees is found`(
    _ file: String, _ old: String, _ new: String, _ line: Int
  ) throws {
    try writeWebRoot(changing: file, old, new)
    let found = run().files.flatMap(\.findings).filter { $0.rule == .outputsDisagree }
    let first = try #require(found.first)
    #expect(first.file.hasSuffix(file) && first.line == line, "\(first)")
    #expect(found.count == 1 && first.related.count == 1)
  }
}
