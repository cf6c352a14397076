import Testing

@testable import Autoconfig

@Suite struct AutodiscoverLintTests {
  static let sound = """
    <?xml version="1.0" encoding="utf-8"?>
    <Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
      <Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a">
        <Account>
          <AccountType>email</AccountType>
          <Action>settings</Action>
          <Protocol>
            <Type>IMAP</Type>
            <Server>imap.example.com</Server>
            <Port>993</Port>
            <DomainRequired>off</DomainRequired>
            <SPA>off</SPA>
            <SSL>on</SSL>
            <Encryption>SSL</Encryption>
            <AuthRequired>on</AuthRequired>
          </Protocol>
          <Protocol>
            <Type>SMTP</Type>
            <Server>smtp.example.com</Server>
            <Port>587</Port>
            <SPA>off</SPA>
            <Encryption>TLS</Encryption>
          </Protocol>
        </Account>
      </Response>
    </Autodiscover>

    """

  static let faults: [(rule: LintRule, old: String, new: String, at: String, fix: String?)] = [
    (.autodiscoverSPA, "        <SPA>off</SPA>\n", "", "<Protocol>", "<SPA>off</SPA>"),
    (.autodiscoverSwitch, "<SSL>on", "<SSL>yes", "yes", "on"),
    (.autodiscoverSwitch, "<SSL>on", "<SSL>true", "true", "on"),
    (.autodiscoverEncryption, "<Encryption>SSL", "<Encryption>TLS", "TLS", "SSL"),
    (
      .autodiscoverEncryption, "<Encryption>TLS", "<Encryption>SSL",
      "SSL</Encryption>\n      </Protocol>\n    </Account>", "TLS"
    ),
    (.autodiscoverEncryption, "<Encryption>SSL", "<Encryption>STARTTLS", "STARTTLS", nil),
    (.autodiscoverType, "<Type>IMAP", "<Type>POP", "POP", "POP3"),
    (.autodiscoverMissing, "        <Server>imap.example.com</Server>\n", "", "<Protocol>", nil),
    (.autodiscoverMissing, "        <Port>993</Port>\n", "", "<Protocol>", nil),
    (.autodiscoverUnknown, "<SSL>on</SSL>", "<TLS>on</TLS>", "<TLS>", nil),
    (.portInvalid, "993", "0", "0</Port>", nil),
    (.portProtocol, "993", "995", "995", "993"),
  ]

  @Test func `a sound answer has no findings`() {
    let file = Sample.lint(Self.sound)
    #expect(file.findings.isEmpty, "\(file.findings)")
    #expect(file.format == .autodiscover)
    #expect(file.readings.isEmpty)
  }

  @Test(arguments: faults.indices) func `a fault is found at its place`(_ index: Int) throws {
    let fault = Self.faults[index]
    let range = try #require(Self.sound.firstRange(of: fault.old))
    let text = Self.sound[..<range.lowerBound] + fault.new + Self.sound[range.upperBound...]
    let place = try #require(Sample.place(of: fault.at, in: String(text)))
    let file = Sample.lint(String(text))
    #expect(file.findings.map(\.rule) == [fault.rule], "\(file.findings)")
    let finding = try #require(file.findings.first)
    #expect(finding.line == place.line && finding.column == place.column)
    #expect(finding.fix == fault.fix)
  }

  @Test func `an answer without a protocol says nothing, unless it is an error or a redirection`() {
    func answer(_ content: String) -> [LintRule] {
      Sample.lint("<Autodiscover><Response>\(content)</Response></Autodiscover>").findings.map(
        \.rule)
    }
    #expect(answer("") == [.autodiscoverMissing])
    #expect(answer("<Error/>").isEmpty)
  }
}
