import Foundation
import Testing

/// Dovecot on several loopback addresses: the same ports on all of them, another behaviour on each.
/// Nobody can log in; it is only to be looked at.
final class MailServer {
  enum Behaviour {
    case valid
    case wrongName
    case expired
    /// Nothing on the port for implicit TLS, and no password without TLS on the other one.
    case startTLSOnly
    /// Neither kind of TLS.
    case withoutTLS
  }

  let implicitPort: Int
  let plainPort: Int
  private let scratches: [Scratch]
  private let process: ServerProcess

  /// - Parameters:
  ///   - addresses: 127.x.y.z
  ///   - names: what the certificates are for, but for the wrong one
  init(_ addresses: [String: Behaviour], names: [String]) throws {
    let scratch = try Scratch()
    var scratches = [scratch]
    implicitPort = try Ports.free()
    plainPort = try Ports.free()
    let names = names.map { "DNS:\($0)" }.joined(separator: ",")
    var blocks = ""
    var made: [[String]: Certificates] = [:]
    for (address, behaviour) in addresses {
      let names = behaviour == .wrongName ? "DNS:other.invalid" : names
      let days = behaviour == .expired ? -1 : 30
      if made[[names, "\(days)"]] == nil {
        let place = try Scratch()
        scratches.append(place)
        made[[names, "\(days)"]] = try Certificates(in: place, names: names, days: days)
      }
      let certificates = try #require(made[[names, "\(days)"]])
      let kind =
        switch behaviour {
        case .withoutTLS: "no"
        case .startTLSOnly: "required"
        default: "yes"
        }
      blocks += """
        local \(address) {
          ssl = \(kind)
          ssl_cert = <\(certificates.certificate)
          ssl_key = <\(certificates.key)
        }

        """
    }
    let implicit = addresses.filter { $0.value != .startTLSOnly && $0.value != .withoutTLS }.keys
    try Self.configuration(
      scratch.root, blocks, implicit: "\(implicit.joined(separator: " "))", implicitPort,
      plain: addresses.keys.joined(separator: " "), plainPort
    ).write(toFile: scratch.path("dovecot.conf"), atomically: false, encoding: .utf8)
    self.scratches = scratches
    process = try ServerProcess(
      "dovecot", ["-F", "-c", scratch.path("dovecot.conf")], in: scratches,
      isUpAt: try #require(addresses.keys.first), plainPort)
  }

  private static func configuration(
    _ root: String, _ blocks: String, implicit: String, _ implicitPort: Int, plain: String,
    _ plainPort: Int
  ) -> String {
    let isRoot = geteuid() == 0
    let me = NSUserName()
    return """
      base_dir = \(root)/run
      state_dir = \(root)/run
      log_path = \(root)/dovecot.log
      protocols = imap
      listen = 127.0.0.1
      disable_plaintext_auth = yes
      default_internal_user = \(isRoot ? "dovecot" : me)
      default_login_user = \(isRoot ? "dovenull" : me)
      mail_location = maildir:~/Maildir
      passdb {
        driver = static
        args = password=nobody-gets-in
      }
      userdb {
        driver = static
        args = uid=65534 gid=65534 home=\(root)/home
      }
      service anvil {
        chroot =
      }
      service imap-login {
        chroot =
        inet_listener imap {
          address = \(plain)
          port = \(plainPort)
        }
        inet_listener imaps {
          address = \(implicit)
          port = \(implicitPort)
          ssl = yes
        }
      }
      \(blocks)
      """
  }
}
