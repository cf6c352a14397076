import Testing

@testable import MailUpload

@Suite struct MessageDigestTests {
  /// What a message is, read in pieces of `size` bytes.
  static func identity(_ text: String, pieces size: Int = 1 << 20) -> MessageIdentity {
    identity(Array(text.utf8), pieces: size)
  }

  static func identity(_ bytes: [UInt8], pieces size: Int) -> MessageIdentity {
    let content = DigestOfContent()
    for start in stride(from: 0, to: bytes.count, by: size) {
      bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { content.add($0) }
    }
    return content.take()
  }

  private static let message =
    "Message-ID: <a@example.org>\r\nFrom: a@example.org\r\nSubject: One\r\n and more\r\n\r\nText.\r\n\r\nMore.\r\n"

  @Test(arguments: [
    // Line ends, and those at the end.
    message.replacingLineEnds(with: "\n"), message + "\r\n\r\n", String(message.dropLast(1)),
    // Book-keeping of stores and clients.
    "X-UIDL: 12\r\nStatus: RO\r\nX-Mozilla-Status: 0001\r\n" + message,
    "X-Mozilla-Keys: a\r\n b\r\nX-Account-Key: account1\r\nContent-Length: 12\r\n" + message,
  ]) func `the same message`(_ other: String) {
    #expect(Self.identity(other) == Self.identity(Self.message))
  }

  @Test(arguments: [
    message.replacing("Text", with: "text"),
    message.replacing("Subject: One", with: "Subject: Two"),
    message.replacing("<a@", with: "<b@"), message.replacing("\r\n\r\nMore", with: "\r\nMore"),
    message + ".", message.replacing("Text.\r\n", with: "Text. \r\n"),
    "X-Other: a\r\n" + message,
  ]) func `another message`(_ other: String) {
    #expect(Self.identity(other).digest != Self.identity(Self.message).digest)
  }

  /// Wherever a piece ends: also between CR and LF, and in a field's name.
  @Test(arguments: 1...40) func `pieces do not matter`(_ size: Int) {
    let text = "X-UIDL: 1\r\nSubject: a\r\n\tb\r\n\r\nText\r\n\r\r\n\r\n\nMore\r\r\n\r\n"
    #expect(Self.identity(text, pieces: size) == Self.identity(text))
  }

  /// By drawing: whatever the text, the key is a function of what is digested.
  @Test func `a message is found by its key`() {
    var draw = SystemRandomNumberGenerator()
    let parts = [
      "Message-ID: <x>\r\n", "Message-Id:x\r\n", "Date: 1\r\n", "Date:\r\n 1\r\n", "From: a\r\n",
      "Subject: s\r\n", "Subject: t\r\n", "Status: O\r\n", "\r\n", "Text\r\n", ": odd\r\n",
      " x\r\n",
    ]
    var keys: [[UInt8]: Set<UInt64>] = [:]
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 1...5, using: &draw)).compactMap { _ in
        parts.randomElement(using: &draw)
      }.joined()
      let identity = Self.identity(text)
      keys[identity.digest, default: []].insert(identity.key)
    }
    #expect(keys.count > 100 && keys.values.allSatisfy { $0.count == 1 })
  }

  /// As the server gives it when only the fields are asked for.
  @Test func `the fields alone have the message's key`() {
    let fields =
      "Message-ID: <a@example.org>\r\nFrom: a@example.org\r\nSubject: One\r\n and more\r\n\r\n"
    #expect(Self.identity(fields).key == Self.identity(Self.message).key)
    #expect(Self.identity("Subject: x\r\n\r\n").key != Self.identity("Subject: y\r\n\r\n").key)
  }
}

extension String {
  fileprivate func replacingLineEnds(with end: String) -> String { replacing("\r\n", with: end) }
}

@Suite struct LineEndsTests {
  @Test(arguments: [
    ("a\nb\n", "a\r\nb\r\n"), ("a\r\nb", "a\r\nb"), ("a\rb\r\r\nc\n\n", "a\rb\r\r\nc\r\n\r\n"),
    ("", ""),
    ("\n", "\r\n"),
  ]) func `every line end is CRLF`(_ text: String, _ wanted: String) {
    for size in 1...4 {
      var lineEnds = LineEnds()
      var output: [UInt8] = []
      let bytes = Array(text.utf8)
      for start in stride(from: 0, to: bytes.count, by: size) {
        bytes[start..<min(start + size, bytes.count)].withUnsafeBytes {
          lineEnds.append($0, to: &output)
        }
      }
      #expect(output == Array(wanted.utf8))
    }
  }
}

@Suite struct HeaderDateTests {
  @Test(
    arguments: [
      (" Tue, 3 Nov 2026 10:00:00 +0100\r\n", 1_793_696_400), ("1 Jan 1970 00:00 GMT", 0),
      ("29 Feb 2000 23:59:59 -0530 (IST)", 951_888_599),
      ("Mon,  5 Jun 95 01:02:03 PDT", 802_339_323),
    ] as [(String, Int64)]) func dates(_ text: String, _ seconds: Int64)
  {
    #expect(HeaderDate.seconds(Array(text.utf8)) == seconds)
  }

  @Test(arguments: [
    "", "yesterday", "3 Foo 2026 10:00 +0000", "32 Jan 2026 10:00", "3 Nov 2026 25:00",
  ])
  func `no dates`(_ text: String) {
    #expect(HeaderDate.seconds(Array(text.utf8)) == nil)
  }
}
