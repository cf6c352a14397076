import Foundation
import ProfileRewriter
import Testing

@testable import Autoconfig

@Suite struct DomainSettingsFileTests {
  private func read(_ text: String) throws(Refusal) -> [DomainSettingsFile.Entry] {
    try DomainSettingsFile.read(Array(text.utf8), name: "mail.ini", inOwnDirectories: false)
  }

  @Test func defaultsHoldForAllAndOwnValuesComeFirst() throws {
    let entries = try read(
      """
      # what all have in common
      [defaults]
      imap-host=imap.example.net
      smtp-host = smtp.example.net

      [example.com]
      display-name=Example \\\\ Mail
      [bücher.example]
      imap-host=imap.bücher.example
      no-pop=yes
      """)
    #expect(entries.map(\.settings.domain.ascii) == ["example.com", "xn--bcher-kva.example"])
    #expect(entries[0].settings.displayName == "Example \\ Mail")
    #expect(entries[0].settings.preferred(.imap)?.host == "imap.example.net")
    #expect(entries[1].settings.preferred(.imap)?.host == "imap.xn--bcher-kva.example")
    #expect(entries[1].settings.refusesPOP)
    #expect(entries[1].place == "mail.ini, line 8, column 2")
  }

  @Test(arguments: [
    ("[example.com]\nimap-host=a.example\nsmtp-host=b c\n", "line 3, column 11: smtp-host"),
    (
      "[example.com]\nimap-host=a.example\nsmtp-host=b.example\nimaphost=x\n",
      "line 4, column 1: imaphost"
    ),
    ("[example.com]\nimap-host=a.example\n", "line 1, column 2: smtp-host is missing"),
    (
      "[defaults]\nttl=x\n[example.com]\nimap-host=a.example\nsmtp-host=b.example\n",
      "line 2, column 5: ttl"
    ),
    ("[example]\nimap-host=a.example\nsmtp-host=b.example\n", "line 1, column 2: “example”"),
    ("imap-host=a.example\n", "line 1, column 1"),
    (
      "[example.com]\nimap-host=a.example\nsmtp-host=b.example\ndisplay-name=a\\qb\n",
      "line 4, column 14: the value"
    ),
    (
      "[example.com]\nimap-host=a.example\nsmtp-host=b.example\ndisplay-name=a\\nb\n",
      "line 4, column 14: display-name"
    ),
    ("[defaults]\nimap-host=a.example\n", "names no domain"), ("", "names no domain"),
    // Who wrote it meant something by each of them.
    (
      "[example.com]\nimap-host=a.example\nimap-host=b.example\nsmtp-host=c.example\n",
      "line 3, column 1: imap-host is given twice, first in line 2"
    ),
    (
      "[defaults]\nttl=1\nttl=1\n[example.com]\nimap-host=a.example\nsmtp-host=b.example\n",
      "line 3, column 1: ttl is given twice, first in line 2"
    ),
    (
      "[defaults]\nttl=1\n[example.com]\nimap-host=a.example\nsmtp-host=b.example\n[defaults]\n",
      "line 6, column 2: [defaults] is there twice, first in line 1"
    ),
    (
      "[example.com]\nimap-host=a.example\nsmtp-host=b.example\n[example.com]\nno-pop=yes\n",
      "line 4, column 2: [example.com] is there twice, first in line 1"
    ),
  ])
  func mistakesAreShownWhereTheyAre(_ text: String, _ message: String) {
    do {
      _ = try read(text)
      Issue.record("taken: \(text)")
    } catch {
      #expect(error.reason == .syntax)
      #expect(error.text.hasPrefix("mail.ini"))
      #expect(error.text.contains(message), "\(error.text)")
    }
  }

  /// The same key in two groups is no mistake, nor is one in a comment.
  @Test func whatIsGivenOnceInEachGroupIsTaken() throws {
    let entries = try read(
      """
      [defaults]
      imap-host=imap.example.net
      smtp-host=smtp.example.net
      [example.com]
      #imap-host=imap.example.com
      imap-host=imap.example.com
      [example.org]
      imap-host=imap.example.org
      """)
    #expect(
      entries.map { $0.settings.preferred(.imap)?.host } == [
        "imap.example.com", "imap.example.org",
      ]
    )
  }

  @Test func aDirectoryIsManyFiles() throws {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("settings-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    func write(_ name: String, _ domain: String) throws {
      let text = "[\(domain)]\nimap-host=imap.example.net\nsmtp-host=smtp.example.net\n"
      try Data(text.utf8).write(to: directory.appendingPathComponent(name))
    }
    let path = Array(directory.path.utf8)
    #expect(throws: Refusal.self) { try DomainSettingsFile.read(path: path) }
    try write("a.ini", "example.com")
    try write("README", "no settings")
    // One domain now, another tomorrow: the first must not move then.
    let one = try DomainSettingsFile.read(path: path)
    #expect(one.inOwnDirectories)
    #expect(one.domains.map(\.publication.webRoot) == ["/var/www/autoconfig/example.com"])
    try write("b.conf", "example.org")
    let read = try DomainSettingsFile.read(path: path)
    #expect(read.domains.map(\.domain.ascii) == ["example.com", "example.org"])
    let file = try DomainSettingsFile.read(path: path + Array("/a.ini".utf8))
    #expect(!file.inOwnDirectories)
    #expect(file.domains.map(\.publication.webRoot) == ["/var/www/autoconfig"])
    try write("c.ini", "EXAMPLE.com.")
    do {
      _ = try DomainSettingsFile.read(path: path)
      Issue.record("the same domain twice")
    } catch {
      #expect(error.text.contains("c.ini, line 1"), "\(error.text)")
      #expect(error.text.contains("a.ini, line 1"))
    }
  }
}
