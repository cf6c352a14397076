import MailFormats
import Testing

@Suite struct FromQuotingTests {
  static let texts: [(plain: String, quoted: String)] = [
    (
      "From a\n>From b\n>>From c\nFrom\n From d\nfrom e\n",
      ">From a\n>>From b\n>>>From c\nFrom\n From d\nfrom e\n"
    ),
    ("Subject: x\r\n\r\nFrom a\r\n", "Subject: x\r\n\r\n>From a\r\n"),
    ("x From \n", "x From \n"), (">>>Fro", ">>>Fro"), ("From ", ">From "), ("", ""), ("\n", "\n"),
    ("a>From b\n> From c\n", "a>From b\n> From c\n"),
  ]

  @Test(arguments: texts, 1...9)
  func bothWaysInPiecesOfAnySize(_ text: (plain: String, quoted: String), _ size: Int) {
    #expect(pass(text.plain, .adding, size) == text.quoted)
    #expect(pass(text.quoted, .removing, size) == text.plain)
  }

  /// What comes out of every cut of the bytes goes back in.
  @Test func everyLineComesBack() {
    let alphabet = Array(">From \n".utf8)
    var random = SystemRandomNumberGenerator()
    for _ in 0..<3000 {
      let plain = String(
        decoding: (0..<Int.random(in: 0...40, using: &random)).flatMap { _ in
          Bool.random(using: &random) ? Array("From ".utf8) : [alphabet.randomElement()!]
        }, as: UTF8.self)
      let size = Int.random(in: 1...7, using: &random)
      let quoted = pass(plain, .adding, size)
      #expect(pass(quoted, .removing, 3) == plain, "\(plain.debugDescription)")
      #expect(!quoted.split(separator: "\n").contains { $0.hasPrefix("From ") })
    }
  }

  private func pass(_ text: String, _ way: FromQuoting.Way, _ size: Int) -> String {
    var quoting = FromQuoting(way)
    var result: [UInt8] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: size) {
      Array(bytes[start..<min(bytes.count, start + size)]).withUnsafeBytes { piece in
        _ = quoting.feed(piece) {
          result += $0
          return true
        }
      }
    }
    _ = quoting.finish {
      result += $0
      return true
    }
    return String(decoding: result, as: UTF8.self)
  }
}
