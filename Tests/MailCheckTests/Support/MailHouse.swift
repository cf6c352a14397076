import Foundation
import Glibc
import MailCheck
import ProfileRewriter
import Testing

/// A provider on the loopback network: Dovecot for IMAP, POP3 and delivery, Postfix for sending, which asks
/// Dovecot who may and hands mail to it. Started once for all tests.
final class MailHouse: Sendable {
  static func shared() throws -> MailHouse { try started.get() }

  private static let started = Result { try MailHouse() }

  /// How Dovecot behaves at an address, on the same ports everywhere.
  enum Place: String, CaseIterable {
    case usual = "127.0.0.1"
    case withoutTLS = "127.0.0.31"
    case wrongName = "127.0.0.32"
    case expired = "127.0.0.33"
    case selfSigned = "127.0.0.34"
    case expiresSoon = "127.0.0.36"
    case notYetValid = "127.0.0.37"
    /// The certificate is one of a client.
    case wrongPurpose = "127.0.0.38"
    /// No password without TLS.
    case tlsRequired = "127.0.0.35"
  }

  static let password = "lab-pass"
  static let domain = "house.test"

  let imap: Int
  let imaps: Int
  let pop3: Int
  let pop3s: Int
  /// STARTTLS.
  let submission: Int
  /// TLS from the start.
  let submissions: Int
  /// As between servers: nobody signs in.
  let relay: Int
  nonisolated(unsafe) private let scratch: Scratch
  nonisolated(unsafe) private let dovecot: ServerProcess
  nonisolated(unsafe) private let postfix: Postfix

  private init() throws {
    try #require(geteuid() == 0, "only root can start a mail server that delivers")
    let scratch = try Scratch()
    let ports = try (0..<6).map { _ in try Ports.free() }
    (imap, imaps, pop3, pop3s) = (ports[0], ports[1], ports[2], ports[3])
    let (lmtp, sasl) = (ports[4], ports[5])
    let certificate = try Certificates(in: scratch)
    try Self.writeUsers(scratch)
    try Self.configuration(scratch, certificate, ports)
      .write(toFile: scratch.path("dovecot.conf"), atomically: false, encoding: .utf8)
    dovecot = try ServerProcess(
      "dovecot", ["-F", "-c", scratch.path("dovecot.conf")], in: [scratch], isUpAt: "127.0.0.1",
      ports[0])
    postfix = try Postfix(domain: Self.domain, certificate, lmtp: lmtp, sasl: sasl)
    (submission, submissions, relay) = (postfix.submission, postfix.submissions, postfix.relay)
    self.scratch = scratch
    for number in 1...2 { try deliver("m\(number)", to: "full") }
    for number in 1...9 { try deliver("m\(number)", to: "nearly") }
    for number in 1...3 { try deliver("m\(number)", to: "alice") }
  }

  /// All of them with ``password``: "full" has no room and "nearly" little, "tight" has 4 KiB, "prefix" has its
  /// folders below "INBOX.", "off" may use POP3 alone, "once", "twice", "counted", "untried" and "tight" are each
  /// for one test that counts logins.
  private static func writeUsers(_ scratch: Scratch) throws {
    let owner = try #require(getpwnam("nobody")).pointee
    try FileManager.default.createDirectory(
      atPath: scratch.path("mail"), withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o755])
    chown(scratch.path("mail"), owner.pw_uid, owner.pw_gid)
    func line(_ user: String, _ more: String = "") -> String {
      "\(user)@\(domain):{PLAIN}\(password):\(owner.pw_uid):\(owner.pw_gid)::\(scratch.path("mail/" + user))"
        + "::\(more)\n"
    }
    let users =
      [
        "alice", "deep", "stopped", "sender", "once", "twice", "wire", "keyring", "census", "many",
        "counted", "untried", "faulty",
      ].map {
        line($0)
      }
      .joined()
      + line("full", "userdb_quota_rule=*:messages=1")
      + line("tight", "userdb_quota_rule=*:storage=4K")
      + line("nearly", "userdb_quota_rule=*:messages=10")
      + line("prefix", "userdb_namespace/inbox/prefix=INBOX.")
    try users.write(toFile: scratch.path("users"), atomically: false, encoding: .utf8)
    let off = line("off", "nologin=yes reason=IMAP-access-is-disabled-for-this-account")
    for (service, lines) in ["imap": off, "pop3": line("off"), "smtp": "", "lmtp": ""] {
      try lines.write(toFile: scratch.path("users-" + service), atomically: false, encoding: .utf8)
    }
  }

  private static func configuration(_ scratch: Scratch, _ certificate: Certificates, _ ports: [Int])
    throws -> String
  {
    var locals = ""
    for place in Place.allCases {
      let (names, days) =
        switch place {
        case .wrongName: ("DNS:other.invalid", 30)
        case .expired: ("IP:\(place.rawValue)", -1)
        case .expiresSoon: ("IP:\(place.rawValue)", 5)
        default: ("IP:\(place.rawValue),DNS:localhost", 30)
        }
      let directory = try Scratch()
      defer { withExtendedLifetime(directory) {} }
      let made = try Certificates(
        in: directory, names: names, days: days, isSelfSigned: place == .selfSigned,
        begins: place == .notYetValid ? "20900101000000Z" : nil,
        purpose: place == .wrongPurpose ? "clientAuth" : "serverAuth")
      for (kind, file) in [("crt", made.certificate), ("key", made.key)] {
        try FileManager.default.copyItem(atPath: file, toPath: scratch.path("\(place).\(kind)"))
      }
      let ssl = place == .withoutTLS ? "no" : place == .tlsRequired ? "required" : "yes"
      locals += """
        local \(place.rawValue) {
          ssl = \(ssl)
          ssl_cert = <\(scratch.path("\(place).crt"))
          ssl_key = <\(scratch.path("\(place).key"))
        }

        """
    }
    return """
      base_dir = \(scratch.path("run"))
      state_dir = \(scratch.path("run"))
      log_path = \(scratch.path("dovecot.log"))
      listen = \(Place.allCases.map(\.rawValue).joined(separator: ", "))
      protocols = imap pop3 lmtp
      ssl = yes
      ssl_cert = <\(certificate.certificate)
      ssl_key = <\(certificate.key)
      disable_plaintext_auth = no
      auth_mechanisms = plain login
      auth_verbose = yes
      auth_failure_delay = 0
      mail_location = maildir:~/Maildir
      first_valid_uid = 1
      passdb {
        driver = passwd-file
        args = scheme=PLAIN username_format=%u \(scratch.path("users-%s"))
      }
      passdb {
        driver = passwd-file
        args = scheme=PLAIN username_format=%u \(scratch.path("users"))
      }
      userdb {
        driver = passwd-file
        args = username_format=%u \(scratch.path("users"))
      }
      userdb {
        driver = passwd-file
        args = username_format=%u \(scratch.path("users-pop3"))
      }
      mail_plugins = quota
      protocol imap {
        mail_plugins = quota imap_quota
      }
      plugin {
        quota = count:User quota
        quota_rule = *:storage=100M
        quota_vsizes = yes
      }
      namespace inbox {
        inbox = yes
        separator = .
        mailbox Sent {
          special_use = \\Sent
          auto = subscribe
        }
        mailbox Drafts {
          special_use = \\Drafts
          auto = subscribe
        }
      }
      \(services(ports))
      \(locals)
      """
  }

  private static func services(_ ports: [Int]) -> String {
    """
    service anvil {
      chroot =
    }
    service imap-login {
      chroot =
      inet_listener imap {
        port = \(ports[0])
      }
      inet_listener imaps {
        port = \(ports[1])
        ssl = yes
      }
    }
    service pop3-login {
      chroot =
      inet_listener pop3 {
        port = \(ports[2])
      }
      inet_listener pop3s {
        port = \(ports[3])
        ssl = yes
      }
    }
    service lmtp {
      inet_listener lmtp {
        address = 127.0.0.1
        port = \(ports[4])
      }
    }
    service auth {
      inet_listener sasl {
        address = 127.0.0.1
        port = \(ports[5])
      }
    }
    """
  }

  // MARK: For tests

  var log: String {
    (try? String(contentsOfFile: scratch.path("dovecot.log"), encoding: .utf8)) ?? ""
  }

  /// How often a password of this user was wrong, over all protocols.
  func wrongPasswords(_ user: String) -> Int {
    log.split(separator: "\n").count { line in
      line.contains("\(user)@\(Self.domain)") && line.contains("Password mismatch")
    }
  }

  /// Puts a message into an inbox, or into a folder as Maildir++ has it (".Archive").
  func deliver(_ name: String, to user: String, folder: String = "", header: String = "") throws {
    let owner = try #require(getpwnam("nobody")).pointee
    let home = scratch.path("mail/" + user)
    let maildir = "/Maildir" + (folder.isEmpty ? "" : "/" + folder)
    for part in ["", "/Maildir", maildir] + ["/new", "/cur", "/tmp"].map({ maildir + $0 }) {
      try? FileManager.default.createDirectory(
        atPath: home + part, withIntermediateDirectories: true)
      chown(home + part, owner.pw_uid, owner.pw_gid)
    }
    let file = home + maildir + "/new/" + name
    try "\(header)Subject: \(name)\n\nText.\n"
      .write(toFile: file, atomically: false, encoding: .utf8)
    chown(file, owner.pw_uid, owner.pw_gid)
  }

  /// Every message of a user as it lies there, its flags in its name.
  func messages(of user: String) -> [String: Data] {
    let root = scratch.path("mail/\(user)/Maildir")
    var found: [String: Data] = [:]
    let files = FileManager.default.enumerator(atPath: root)
    while let path = files?.nextObject() as? String {
      let parent = path.split(separator: "/").dropLast().last
      guard parent == "new" || parent == "cur" else { continue }
      found[path] = FileManager.default.contents(atPath: root + "/" + path)
    }
    return found
  }

  /// How often this user has logged in, over all protocols.
  func logins(_ user: String) -> Int {
    log.split(separator: "\n").count {
      $0.contains("Login: user=<\(user)@\(Self.domain)>")
    }
  }

  /// The folders of a user on disk, but for the inbox.
  func folders(of user: String) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(
      atPath: scratch.path("mail/\(user)/Maildir"))
    return (names ?? []).filter { $0.hasPrefix(".") }.sorted()
  }

  /// Ends the IMAP sessions of a user.
  func kick(_ user: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/doveadm")
    process.arguments = ["-c", scratch.path("dovecot.conf"), "kick", "\(user)@\(Self.domain)"]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
  }

  func port(_ kind: TestService.Kind, _ security: TransportSecurity) -> Int {
    switch kind {
    case .imap: security == .tls ? imaps : imap
    case .pop3: security == .tls ? pop3s : pop3
    case .smtp: security == .tls ? submissions : submission
    }
  }

  /// A server of this house as a client would be set up for it.
  func service(
    _ kind: TestService.Kind = .imap, _ security: TransportSecurity = .tls, user: String = "alice",
    at host: String = "localhost", port: Int? = nil, pathPrefix: String? = nil
  ) -> TestService {
    TestService(
      kind,
      ServerSettings(
        host: host, port: port ?? self.port(kind, security), security: security,
        auth: .passwordCleartext, username: "\(user)@\(Self.domain)"), pathPrefix: pathPrefix)
  }
}
