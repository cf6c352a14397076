import Testing

@testable import Autoconfig

@Suite struct DomainNameTests {
  @Test(arguments: [
    ("Example.ORG", "example.org"), ("example.org.", "example.org"),
    ("bücher.example", "xn--bcher-kva.example"), ("BÜCHER.example.", "xn--bcher-kva.example"),
    // Composed and decomposed are one name.
    ("bu\u{308}cher.example", "xn--bcher-kva.example"),
    ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
    // Non-transitional: a name of its own.
    ("straße.example", "xn--strae-oqa.example"), ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
    ("a_b.example", "a_b.example"), ("localhost", "localhost"),
  ])
  func `both forms are one name`(_ text: String, _ ascii: String) throws {
    let name = try #require(DomainName(text))
    #expect(name.ascii == ascii)
    #expect(DomainName(name.unicode) == name)
  }

  @Test func `people see what they write, and what it stands for`() {
    #expect(
      DomainName("xn--bcher-kva.example")?.description == "bücher.example (xn--bcher-kva.example)")
    #expect(DomainName("example.org")?.description == "example.org")
  }

  @Test(arguments: [
    "", ".", "a..b", ".a", "-a.example", "a-.example", "a b.example", "a/b", "a:993", "192.0.2.1",
    "[::1]", "xn--a-.example", "xn--\u{e9}.example", "a@b", "a\u{0}b", "a\nb",
    String(repeating: "a", count: 64) + ".example",
    String(repeating: "abcdefg.", count: 32) + "example",
  ])
  func `what is no name is none`(_ text: String) {
    #expect(DomainName(text) == nil)
  }

  @Test func `names below a name end at a label`() throws {
    let domain = try #require(DomainName("example.org"))
    #expect(try #require(DomainName("imap.example.org")).isWithin(domain))
    #expect(domain.isWithin(domain))
    #expect(try !#require(DomainName("notexample.org")).isWithin(domain))
  }
}
