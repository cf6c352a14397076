import Testing

@testable import Autoconfig

@Suite struct DomainNameTests {
  @Test(arguments: [
    ("example.com", "example.com", "example.com"),
    ("Mail.EXAMPLE.com.", "mail.example.com", "mail.example.com"),
    ("bücher.example", "xn--bcher-kva.example", "bücher.example"),
    ("BÜCHER.Example", "xn--bcher-kva.example", "bücher.example"),
    ("xn--bcher-kva.example", "xn--bcher-kva.example", "bücher.example"),
    ("straße.example", "xn--strae-oqa.example", "straße.example"),
    ("例え。テスト", "xn--r8jz45g.xn--zckzah", "例え.テスト"),
    ("u\u{308}.example", "xn--tda.example", "ü.example"),
    ("localhost", "localhost", "localhost"),
  ])
  func bothForms(_ text: String, _ ascii: String, _ display: String) throws {
    let name = try DomainName(text)
    #expect(name.ascii == ascii)
    #expect(Array(name.display.utf8) == Array(display.utf8))
    #expect(try DomainName(name.display) == name)
  }

  @Test(arguments: [
    "", ".", "a..b", ".example.com", "-a.example", "a-.example", "a b.example", "a_b.example",
    "exam\nple.com", "example.com\0.evil", "é\0.example", "a/b.example", "..", "../x.example",
    "192.0.2.1",
    "[2001:db8::1]", "2001:db8::1", "a;b.example", "$ORIGIN.example", "<b>.example", "*.example",
    String(repeating: "a", count: 64) + ".example",
    "ü" + String(repeating: "ä", count: 60) + ".example",
    Array(repeating: "abcdefgh", count: 30).joined(separator: "."), "a\u{202E}b.example",
    "💩\u{200D}.example",
  ])
  func noName(_ text: String) {
    #expect(throws: InvalidDomainName.self) { try DomainName(text) }
  }

  /// An A-label that decodes to what IDNA forbids stays as it is, so nothing invisible is shown.
  @Test func whatDoesNotLeadBackStaysASCII() throws {
    for text in [
      "xn--a.example", "xn--ls8h.example", "xn--.example".replacing("xn--.", with: "xn--0."),
    ] {
      guard let name = try? DomainName(text) else { continue }
      #expect(name.display == name.ascii || (try? DomainName(name.display)) == name)
    }
  }
}
