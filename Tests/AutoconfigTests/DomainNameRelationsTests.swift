import Testing

@testable import Autoconfig

@Suite struct DomainNameRelationsTests {
  @Test func `names below a name end at a label`() throws {
    let domain = try DomainName("example.org")
    #expect(try DomainName("imap.example.org").isWithin(domain))
    #expect(domain.isWithin(domain))
    #expect(try !DomainName("notexample.org").isWithin(domain))
    #expect(try !domain.isWithin(DomainName("imap.example.org")))
  }

  @Test func `an organization is what somebody registered`() throws {
    #expect(try DomainName("mx1.mail.example.co.uk").organization?.ascii == "example.co.uk")
    #expect(try DomainName("mx1.mail.example.org").organization?.ascii == "example.org")
    #expect(try DomainName("localhost").organization == nil)
  }
}
