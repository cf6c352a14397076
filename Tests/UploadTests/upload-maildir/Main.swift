import Foundation
import MailCheck
import MailUpload
import ProfileRewriter

/// upload-maildir MAILDIR STATE HOST PORT tls|starttls|none USER CA-FILE [--until-full] [--into NAME] [--quiet SECONDS]:
/// brings a Maildir++ tree to an IMAP account, for tests that kill it and for the benchmark. The
/// password is read from standard input. Prints a line per folder.
@main
enum Main {
  static func main() {
    DedicatedThread.adoptCurrent()
    do {
      try run(CommandLine.arguments)
    } catch {
      print("refused \(error.reason.rawValue): \(error.text)")
      exit(3)
    }
  }

  private static func run(_ words: [String]) throws(Refusal) {
    guard words.count > 7, let security = TransportSecurity(rawValue: words[5]),
      let port = Int(words[4]), let password = readLine(),
      let source = try? MaildirSource(words[1])
    else { throw Refusal(.unsupported, "usage") }
    let account = ServerSettings(
      host: words[3], port: port, security: security, auth: .passwordCleartext, username: words[6])
    var order = UploadOrder(account: account, source: source)
    order.untilFull = words.contains("--until-full")
    if let place = words.firstIndex(of: "--into") { order.into = [words[place + 1]] }
    var around = UploadSurroundings(stateDirectory: Array(words[2].utf8))
    if let place = words.firstIndex(of: "--quiet"), let seconds = Double(words[place + 1]) {
      around.quiet = seconds
    }
    around.reconnectDelays = words.contains("--reconnect") ? [0.05, 0.2, 1] : []
    around.connection = ConnectionSettings(
      trust: TrustSettings(extraAuthorities: words[7] == "-" ? nil : words[7]))
    around.emit = { event in
      switch event {
      case .folder(let row):
        print(
          "\(row.folder.shown) \(row.status.rawValue) messages=\(row.messages) "
            + "uploaded=\(row.uploaded) present=\(row.present) doubled=\(row.doubled)")
      case .message(let problem): print("problem \(problem.place) \(problem.refusal.text)")
      }
      fflush(nil)
    }
    try AccountUpload(order, Secret(copying: password.utf8), around).run()
  }
}
