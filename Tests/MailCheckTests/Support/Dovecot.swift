import Foundation
import Glibc
import Testing

@testable import MailCheck

/// A Dovecot of its own on 127.0.0.1, ended with this object: `imap` (STARTTLS) and `imaps`.
final class Dovecot {
  /// As passwd-file has it.
  struct User {
    var name = "alice@lab.test"
    var password = "lab-pass"
  }

  let imap: Int
  let imaps: Int
  private let scratch: Scratch
  private var program: LongLivedProgram?

  /// - Parameter settings: lines of its configuration, after the others.
  init(
    in scratch: Scratch, certificate: Certificates? = nil, user: User = User(),
    settings: String = ""
  ) throws {
    self.scratch = scratch
    imap = try LocalServer { _ in }.port
    imaps = try LocalServer { _ in }.port
    let certificate = try certificate ?? Certificates(in: scratch)
    for name in ["mail", "run"] {
      try FileManager.default.createDirectory(
        atPath: scratch.path(name), withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o755])
    }
    let owner = Self.owner
    chown(scratch.path("mail"), owner.uid, owner.gid)
    try
      "\(user.name):{PLAIN}\(user.password):\(owner.uid):\(owner.gid)::\(scratch.path("mail"))::\n"
      .write(toFile: scratch.path("users"), atomically: false, encoding: .utf8)
    try configuration(certificate, settings)
      .write(toFile: scratch.path("dovecot.conf"), atomically: false, encoding: .utf8)
    try start()
  }

  deinit {
    guard let program else { return }
    for child in Self.children(of: program.pid) { kill(child, SIGKILL) }
    program.end(SIGKILL)
  }

  private func start() throws {
    program = try LongLivedProgram(["/usr/sbin/dovecot", "-F", "-c", scratch.path("dovecot.conf")])
    for _ in 0..<1500 where program?.isRunning == true {
      if isUp { return }
      usleep(20_000)
    }
    Issue.record("dovecot did not start: \(log)")
  }

  private var isUp: Bool {
    [imap, imaps].allSatisfy { port in
      (try? LineConnection(to: Endpoint(host: "127.0.0.1", port: port, security: .none))) != nil
    }
  }

  var log: String {
    (try? String(contentsOfFile: scratch.path("log"), encoding: .utf8)) ?? ""
  }

  /// How often its log has these words; see ``awaited(_:_:)``.
  func lines(with words: String) -> Int { log.components(separatedBy: words).count - 1 }

  /// Puts a message into the inbox.
  func deliver(_ name: String) throws {
    let maildir = scratch.path("mail/Maildir")
    for part in ["", "/new", "/cur", "/tmp"] {
      try FileManager.default.createDirectory(
        atPath: maildir + part, withIntermediateDirectories: true)
      chown(maildir + part, Self.owner.uid, Self.owner.gid)
    }
    try "Subject: \(name)\n\nText.\n"
      .write(toFile: maildir + "/new/\(name)", atomically: false, encoding: .utf8)
    chown(maildir + "/new/\(name)", Self.owner.uid, Self.owner.gid)
  }

  /// Mail processes do not run as root.
  private static var owner: (uid: uid_t, gid: gid_t) {
    guard geteuid() == 0, let nobody = getpwnam("nobody") else { return (geteuid(), getegid()) }
    return (nobody.pointee.pw_uid, nobody.pointee.pw_gid)
  }

  private static func children(of parent: pid_t) -> [pid_t] {
    let path = "/proc/\(parent)/task/\(parent)/children"
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.split(separator: " ").compactMap { pid_t($0) }
  }

  private func configuration(_ certificate: Certificates, _ settings: String) -> String {
    let own = NSUserName()
    let users =
      geteuid() == 0
      ? ("dovecot", "dovecot", "dovenull") : (own, String(getegid()), own)
    return """
      base_dir = \(scratch.path("run"))
      state_dir = \(scratch.path("run"))
      instance_name = \(scratch.root.split(separator: "/").last ?? "")
      listen = 127.0.0.1
      protocols = imap
      ssl = yes
      ssl_cert = <\(certificate.certificate)
      ssl_key = <\(certificate.key)
      disable_plaintext_auth = no
      auth_mechanisms = plain login
      auth_verbose = yes
      log_path = \(scratch.path("log"))
      mail_location = maildir:~/Maildir
      first_valid_uid = 1
      default_internal_user = \(users.0)
      default_internal_group = \(users.1)
      default_login_user = \(users.2)
      passdb {
        driver = passwd-file
        args = scheme=PLAIN username_format=%u \(scratch.path("users"))
      }
      userdb {
        driver = passwd-file
        args = username_format=%u \(scratch.path("users"))
      }
      service anvil {
        chroot =
      }
      service imap-login {
        chroot =
        inet_listener imap {
          port = \(imap)
        }
        inet_listener imaps {
          port = \(imaps)
          ssl = yes
        }
      }
      \(settings)

      """
  }
}
