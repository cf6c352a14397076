import Foundation
import Glibc
import ProfileRewriter
import Testing

@testable import MailCheck

/// Where passwords come from.
@Suite struct CredentialTests {
  private let account = ServerSettings(
    host: "imap.example.net", port: 993, security: .tls, auth: .passwordCleartext,
    username: "alice@example.net")

  private func text(_ secret: Secret) -> String {
    secret.withBytes { String(decoding: $0, as: UTF8.self) }
  }

  private func fromDescriptor(_ input: String) throws(PasswordFailure) -> String {
    var ends: [Int32] = [0, 0]
    pipe(&ends)
    write(ends[1], input, input.utf8.count)
    close(ends[1])
    defer { close(ends[0]) }
    return text(try PasswordSource.descriptor(ends[0]).password(for: account))
  }

  @Test(arguments: [
    ("secret", "secret"), ("secret\n", "secret"), ("secret\r\nmore", "secret"),
    (" with blanks \nmore\n", " with blanks "), ("pässwörd\n", "pässwörd"), ("a\rb\n", "a\rb"),
  ]) func `the first line of a file`(_ input: String, _ expected: String) throws {
    #expect(try fromDescriptor(input) == expected)
  }

  @Test(arguments: ["", "\n", "\r\n"]) func `an empty one is none`(_ input: String) {
    #expect(throws: PasswordFailure.self) { try fromDescriptor(input) }
  }

  @Test func `one without an end`() throws {
    let longest = String(repeating: "x", count: PasswordSource.longest)
    #expect(try fromDescriptor(longest) == longest)
    #expect(throws: PasswordFailure.self) { try fromDescriptor(longest + "x") }
  }

  @Test func `a file that is not open`() {
    let error = #expect(throws: PasswordFailure.self) {
      try PasswordSource.descriptor(987).password(for: account)
    }
    #expect(error?.text.contains("987") == true)
  }

  private func fromCommand(_ command: String) throws(PasswordFailure) -> String {
    text(try PasswordSource.command(command).password(for: account))
  }

  @Test func `a command knows for whom`() throws {
    #expect(
      try fromCommand(
        #"echo "$PROFILE_REWRITER_USER,$PROFILE_REWRITER_HOST,$PROFILE_REWRITER_PORT"; echo more"#)
        == "alice@example.net,imap.example.net,993")
  }

  @Test func `what a name holds is never run`() throws {
    var account = account
    account.username = "$(touch /tmp/never-made-by-a-password-command)`id`;\"'"
    let secret = try PasswordSource.command(#"echo "$PROFILE_REWRITER_USER""#).password(
      for: account)
    #expect(text(secret) == account.username)
    #expect(access("/tmp/never-made-by-a-password-command", F_OK) != 0)
  }

  @Test func `a command that fails`() {
    for command in ["echo x; exit 3", "no-such-command-at-all", "kill -9 $$", "true"] {
      #expect(throws: PasswordFailure.self, "\(command)") { try fromCommand(command) }
    }
    let error = #expect(throws: PasswordFailure.self) { try fromCommand("echo secret; exit 3") }
    #expect(error?.text == "--password-command failed with status 3")
  }

  /// What this program blocks or ignores is not for the command.
  @Test func `a command may be ended by signals`() throws {
    #expect(
      try fromCommand("awk '/^SigBlk|^SigIgn/ {printf \"%s \", $2}' /proc/self/status")
        .hasPrefix("0000000000000000 "))
  }

  @Test func `a command that says more`() throws {
    #expect(try fromCommand("echo secret; head -c 300000 /dev/zero") == "secret")
    #expect(throws: PasswordFailure.self) { try fromCommand("yes secret") }
  }

  @Test func `a secret does not show itself`() {
    let secret = Secret(copying: "hunter2".utf8)
    #expect("\(secret)" == "(secret)" && String(describing: [secret]) == "[(secret)]")
    var dumped = ""
    dump(secret, to: &dumped)
    #expect(!dumped.contains("hunter2"))
  }

  @Test(arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar", "\0\u{ff}~~>??"])
  func `base64`(_ input: String) {
    let secret = SecretWriter.secret(capacity: 100) {
      $0.appendBase64(Secret(copying: input.utf8))
    }
    #expect(text(secret) == Data(input.utf8).base64EncodedString())
  }

  @Test func `a terminal that is none`() {
    guard isatty(STDIN_FILENO) != 1 else { return }
    #expect(throws: PasswordFailure.self) { try PasswordSource.terminal.password(for: account) }
  }
}
