import ConfigFormats
import ProfileRewriter

/// The run cannot go on: said once, on standard error and as the last JSON line.
struct Fatal: Error {
  var code: String
  var text: String
  var status: ExitStatus

  init(code: String, _ text: String, status: ExitStatus = .failed) {
    self.code = code
    self.text = text
    self.status = status
  }

  init(_ refusal: Refusal) {
    self.init(code: refusal.reason.rawValue, refusal.text)
  }

  init(_ error: RequestError) {
    switch error {
    case .severalPOPHosts(let hosts):
      let names = hosts.map { "  \($0.printable)" }.joined(separator: "\n")
      self.init(
        code: "several-pop-hosts",
        "the selected accounts are on \(hosts.count) POP hosts, and one IMAP server would be given "
          + "the passwords of all of them:\n\(names)\n"
          + "choose the accounts of one host, for example with --match \(Shell.quoted(hosts[0]))",
        status: .usage)
    case .usernameForSeveralAccounts(let count):
      self.init(
        code: "username-for-several-accounts",
        "one --username for \(count) accounts: choose one with --match, or use %EMAILADDRESS%, "
          + "%EMAILLOCALPART% or %EMAILDOMAIN%",
        status: .usage)
    }
  }
}
