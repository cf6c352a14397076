import Foundation
import Testing

/// Postfix on 127.0.0.1, with a queue of its own.
final class Postfix {
  let submission: Int
  let submissions: Int
  let relay: Int
  private let process: ServerProcess
  private let scratch: Scratch

  /// - Parameters:
  ///   - lmtp, sasl: where a Dovecot takes mail, and says who may send.
  init(domain: String, _ certificate: Certificates, lmtp: Int, sasl: Int) throws {
    scratch = try Scratch()
    let ports = try (0..<3).map { _ in try Ports.free() }
    (submission, submissions, relay) = (ports[0], ports[1], ports[2])
    for name in ["conf", "queue", "data"] {
      try FileManager.default.createDirectory(
        atPath: scratch.path(name), withIntermediateDirectories: false,
        attributes: [.posixPermissions: 0o755])
    }
    let owner = try #require(getpwnam("postfix"), "no postfix is installed").pointee
    chown(scratch.path("data"), owner.pw_uid, owner.pw_gid)
    try """
    compatibility_level = 3.6
    queue_directory = \(scratch.path("queue"))
    data_directory = \(scratch.path("data"))
    command_directory = /usr/sbin
    daemon_directory = /usr/lib/postfix/sbin
    mail_owner = postfix
    setgid_group = postdrop
    myhostname = mail.\(domain)
    mydestination =
    local_recipient_maps =
    alias_maps =
    alias_database =
    virtual_mailbox_domains = \(domain)
    virtual_transport = lmtp:inet:127.0.0.1:\(lmtp)
    inet_interfaces = 127.0.0.1
    inet_protocols = ipv4
    smtpd_sasl_auth_enable = yes
    smtpd_sasl_type = dovecot
    smtpd_sasl_path = inet:127.0.0.1:\(sasl)
    smtpd_tls_security_level = may
    smtpd_tls_auth_only = yes
    smtpd_tls_cert_file = \(certificate.certificate)
    smtpd_tls_key_file = \(certificate.key)
    smtpd_recipient_restrictions = permit_sasl_authenticated, reject
    maillog_file = \(scratch.path("postfix.log"))
    maillog_file_prefixes = /tmp

    """.write(toFile: scratch.path("conf/main.cf"), atomically: false, encoding: .utf8)
    try """
    127.0.0.1:\(submission) inet n - n - - smtpd
    127.0.0.1:\(submissions) inet n - n - - smtpd
      -o smtpd_tls_wrappermode=yes
    127.0.0.1:\(relay) inet n - n - - smtpd
      -o smtpd_sasl_auth_enable=no
    postlog unix-dgram n - n - 1 postlogd
    cleanup unix n - n - 0 cleanup
    qmgr unix n - n 300 1 qmgr
    tlsmgr unix - - n 1000? 1 tlsmgr
    rewrite unix - - n - - trivial-rewrite
    bounce unix - - n - 0 bounce
    defer unix - - n - 0 bounce
    trace unix - - n - 0 bounce
    proxymap unix - - n - - proxymap
    error unix - - n - - error
    retry unix - - n - - error
    lmtp unix - - n - - lmtp
    anvil unix - - n - 1 anvil

    """.write(toFile: scratch.path("conf/master.cf"), atomically: false, encoding: .utf8)
    try Self.makeQueue(scratch.path("conf"))
    process = try ServerProcess(
      "master", ["-d", "-c", scratch.path("conf")], in: [scratch], isUpAt: "127.0.0.1", submission)
  }

  private static func makeQueue(_ configuration: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/sbin/postfix")
    process.arguments = ["-c", configuration, "check"]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "postfix check")
  }
}
