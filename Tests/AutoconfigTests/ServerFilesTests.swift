import Foundation
import ProfileRewriter
import Testing

@testable import Autoconfig

/// A directory for one test, gone with it.
final class ScratchFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "servers-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func bytes(_ name: String = "") -> [UInt8] {
    Array((name.isEmpty ? url.path : url.appending(path: name).path).utf8)
  }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: url.appending(path: name))
  }
}

func clientConfig(domain: String, host: String) -> String {
  """
  <clientConfig version="1.1"><emailProvider id="\(domain)"><domain>\(domain)</domain>
  <incomingServer type="imap"><hostname>\(host)</hostname><port>993</port>
  <socketType>SSL</socketType><authentication>password-cleartext</authentication>
  <username>%EMAILADDRESS%</username></incomingServer></emailProvider></clientConfig>
  """
}

@Suite struct ServerFilesTests {
  @Test func `a file is read`() throws {
    let folder = try ScratchFolder()
    try folder.write(clientConfig(domain: "a.example", host: "imap.a.example"), to: "x")
    let files = try ServerFiles(path: folder.bytes("x"))
    #expect(files.entries.map(\.provider.domains) == [["a.example"]])
    #expect(files.entries.first?.file == folder.url.appending(path: "x").path)
  }

  @Test func `of a directory every file counts, by its name too`() throws {
    let folder = try ScratchFolder()
    try folder.write(clientConfig(domain: "a.example", host: "h"), to: "a.example.xml")
    try folder.write(clientConfig(domain: "b.example", host: "h"), to: "B2.example")
    try folder.write("no XML", to: "README")
    try folder.write("<html/>", to: "index.html")
    try folder.write("<", to: ".hidden.xml")
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: "sub.xml"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      at: folder.url.appending(path: "c.example"),
      withDestinationURL: folder.url.appending(path: "a.example.xml"))
    let files = try ServerFiles(path: folder.bytes())
    #expect(
      files.entries.map(\.provider.domains) == [
        ["b.example", "b2.example"], ["a.example"], ["a.example", "c.example"],
      ])
  }

  /// What `autoconfig generate --out` lays out.
  @Test func `of a web root its isp directory counts`() throws {
    let folder = try ScratchFolder()
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: "isp"), withIntermediateDirectories: true)
    try folder.write(clientConfig(domain: "a.example", host: "h"), to: "isp/a.example.xml")
    try folder.write("for people", to: "README")
    #expect(
      try ServerFiles(path: folder.bytes()).entries.map(\.provider.domains) == [["a.example"]])
  }

  @Test func `what cannot be used is refused`() throws {
    let folder = try ScratchFolder()
    func reason(_ name: String = "") -> ReasonCode? {
      #expect(throws: Refusal.self) { try ServerFiles(path: folder.bytes(name)) }?.reason
    }
    #expect(reason() == .noIMAPSettings)
    #expect(reason("nothing") == .notFound)
    try folder.write("<", to: "broken.xml")
    #expect(reason() == .syntax)
    #expect(reason("broken.xml") == .syntax)
    try folder.write(String(repeating: " ", count: 2 << 20), to: "large.xml")
    #expect(reason("large.xml") == .tooLarge)
    mkfifo(folder.url.appending(path: "pipe").path, 0o600)
    #expect(reason("pipe") == .notRegular)
  }
}
