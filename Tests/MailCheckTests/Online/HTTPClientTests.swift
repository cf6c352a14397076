import Testing

@testable import MailCheck

/// What OnlineCheckTests do not come by.
@Suite struct HTTPClientTests {
  private let lab: Lab

  init() throws { lab = try Lab.shared() }

  /// Without a resolver of one's own the system knows where a host is.
  @Test func `the system resolves by itself`() throws {
    var route = lab.route
    route.resolver = nil
    let client = HTTPClient(route: route)
    #expect(client.get("https://localhost/there", by: .after(30)) == .status(404))
    guard case .failed = client.get("https://nowhere.invalid/", by: .after(30)) else {
      Issue.record("an answer from nowhere")
      return
    }
  }

  @Test(arguments: [
    "http://localhost/", "file:///etc/passwd", "https://user:secret@localhost/", "not a URL", "",
    "ftp://localhost/",
  ])
  func `nothing but https is got`(_ url: String) {
    guard case .failed = HTTPClient(route: lab.route).get(url, by: .after(30)) else {
      Issue.record("\(url) was got")
      return
    }
  }

  @Test(arguments: [
    ("192.0.2.1", true), ("192.0.2.1:53", true), ("2001:db8::1", true), ("[2001:db8::1]:53", true),
    ("[::1]", true), ("::1", true), ("192.0.2.1:0", false), ("192.0.2.1:65536", false),
    ("192.0.2.1:x", false), ("192.0.2.1:", false), ("[::1]x", false), ("[::1", false), ("", false),
    ("ns.example.net", false), ("192.0.2.1,192.0.2.2", false), ("192.0.2.1:53x", false),
  ])
  func `name servers are addresses`(_ text: String, _ isServer: Bool) {
    #expect(DNSClient.isServer(text) == isServer)
  }

  @Test func `an address is escaped but for what is always safe`() {
    #expect(
      OnlineInquiry.escaped("a.b-c_d~e+f g@ü&=?%/") == "a.b-c_d~e%2Bf%20g%40%C3%BC%26%3D%3F%25%2F")
  }
}
