import Adapters
import ConfigFormats
import ProfileRewriter

/// `pigeon.ini`: a group `Account …` for each account, its password among the keys.
struct PigeonFile {
  static let path = RelativePath(known: "pigeon.ini")

  let document: KeyFileDocument

  /// - Throws: `not-found`, `syntax`, or what reading throws.
  init(_ profile: ProfileContext) throws(Refusal) {
    guard let bytes = try profile.directory.read(Self.path) else {
      throw Refusal(.notFound, "there is no pigeon.ini")
    }
    do {
      document = try KeyFileDocument(parsing: bytes)
    } catch {
      throw Refusal(
        syntax: error, in: Self.path, root: profile.directory.absolutePath, sensitive: true)
    }
  }

  var accounts: [PigeonAccount] {
    document.groupNames.filter { $0.hasPrefix("Account ") }.map {
      PigeonAccount(group: $0, document: document)
    }
  }

  subscript(key: String) -> PigeonAccount? { accounts.first { $0.group == key } }
}

/// One group of it. The group's name is the account's key.
struct PigeonAccount {
  let group: String
  let document: KeyFileDocument

  var takesMailOff: Bool { text("Remove") != "no" }

  var account: Account {
    let kind: IncomingProtocol =
      switch text("Protocol") {
      case "pop3": .pop3
      case "imap": .imap
      default: .other
      }
    let security: TransportSecurity =
      switch text("TLS") {
      case "yes": .tls
      case "starttls": .starttls
      default: .none
      }
    let user = text("User")
    let settings = ServerSettings(
      host: text("Host"), port: Int(text("Port")) ?? kind.defaultPort(security),
      security: security, auth: .passwordCleartext, username: user)
    let isWhole = !settings.host.isEmpty && !user.isEmpty
    let state: Account.State =
      kind == .imap ? .current : kind == .pop3 && isWhole ? .ready : .blocked
    return Account(
      key: group, kind: kind, settings: settings, state: state,
      reason: state == .blocked ? (isWhole ? .unsupported : .incompleteAccount) : nil,
      explanation: state == .blocked ? "no POP account with a host and a user" : nil,
      addresses: [text("Address")].filter { !$0.isEmpty })
  }

  private func text(_ key: String) -> String {
    (document.value(forKey: "\(group)/\(key)") ?? []).printable
  }
}
