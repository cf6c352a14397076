import ConfigFormats
import ProfileRewriter

/// A server that mail is handed to, and on wish one message to the account itself.
struct SMTPTest {
  let test: ServiceTest

  func run() {
    guard let client = test.reach(capabilities: Self.offers, SMTPClient.init(on:watch:)) else {
      return
    }
    defer { client.quit() }
    guard logIn(client), let address = test.settings.sendTo else { return }
    SendTest(test: test, client: client, address: address).run()
  }

  /// Whether mail may be handed over now.
  private func logIn(_ client: SMTPClient) -> Bool {
    let mechanisms = client.mechanisms
    guard test.service.settings.auth != .none else { return true }
    guard !mechanisms.isEmpty else {
      test.add(
        .login,
        Finding(
          .failed, .noAuthentication,
          "\(test.service.endpoint.shown) offers no way to sign in: check port and security"
            + (test.service.settings.security == .none
              ? "; it may offer one with STARTTLS only" : "")),
        milliseconds: 0)
      return false
    }
    return test.logIn(mechanisms: mechanisms, takesPlainLogin: false) {
      (user, password, allowsCleartext) throws(IMAPFailure) in
      try client.login(user, password, allowsCleartext: allowsCleartext)
    }
  }

  private static func offers(_ client: SMTPClient) -> Finding {
    let ways = client.mechanisms
    let size = client.largest.map { ", messages up to \($0 >> 20) MiB" } ?? ""
    return Finding(
      (ways.isEmpty
        ? "no way to sign in" : "signing in by \(ways.joined(separator: ", ").printable)") + size,
      [
        TestFact("offered", .texts(client.capabilities)), TestFact("auth", .texts(ways)),
      ])
  }
}
