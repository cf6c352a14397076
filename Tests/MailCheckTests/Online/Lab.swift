import Autoconfig
import Foundation
import Testing

@testable import MailCheck

/// A name server, a web server and a mail server on the loopback network, with a domain for every way
/// in which providers say, or do not say, where their IMAP is. Started once for all tests.
final class Lab: Sendable {
  static func shared() throws -> Lab { try started.get() }

  private static let started = Result { try Lab() }

  nonisolated(unsafe) let names: NameServer
  nonisolated(unsafe) let web: WebServer
  private let endless: LocalServer
  nonisolated(unsafe) let mail: MailServer

  private init() throws {
    names = try NameServer(LabNames.records, broken: ["fail.test", "_imaps._tcp.mixed.test"])
    let endless = try LocalServer { peer in
      peer.hear()
      peer.say("HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n\r\n<clientConfig>")
      while peer.say(Array(repeating: UInt8(ascii: "\n"), count: 4096)) {}
    }
    self.endless = endless
    web = try WebServer(
      LabFiles.hosts.mapValues { $0.replacing("ENDLESS", with: "\(endless.port)") },
      files: LabFiles.files())
    mail = try MailServer(LabNames.behaviours, names: LabNames.mailHosts.keys.sorted())
  }

  var route: NetworkRoute {
    NetworkRoute(
      resolver: names.address, authorities: Certificates.authority,
      ports: [443: web.port, 993: mail.implicitPort, 143: mail.plainPort])
  }

  func check(
    _ text: String, database: String? = nil, patience: Double = 60,
    route: ((inout NetworkRoute) -> Void)? = nil
  ) throws -> CheckAnswer {
    try check(
      try #require(CheckSubject(text)), database: database, patience: patience, route: route)
  }

  func check(
    _ subject: CheckSubject, database: String? = nil, patience: Double = 60,
    route change: ((inout NetworkRoute) -> Void)? = nil
  ) throws -> CheckAnswer {
    var route = route
    change?(&route)
    return OnlineCheck(
      settings: OnlineSettings(route: route, database: database, patience: patience)
    ).check(subject)
  }
}

/// The laboratory's DNS.
enum LabNames {
  static let behaviours: [String: MailServer.Behaviour] = [
    "127.0.0.2": .valid, "127.0.0.3": .wrongName, "127.0.0.4": .expired,
    "127.0.0.5": .startTLSOnly, "127.0.0.6": .withoutTLS,
  ]

  static let mailHosts = [
    "imap.files.test": "127.0.0.2", "imap.provider.test": "127.0.0.2",
    "imap.srv.test": "127.0.0.2", "imap.guess.test": "127.0.0.2", "mail.dead.test": "127.0.0.2",
    "pop.old.test": "127.0.0.2", "imap.wrongname.test": "127.0.0.3",
    "imap.expired.test": "127.0.0.4", "imap.half.test": "127.0.0.5",
    "imap.guess143.test": "127.0.0.5", "imap.notls.test": "127.0.0.6",
    // Nothing listens there.
    "imap.dead.test": "127.0.0.7",
  ]

  static var records: String {
    let services = #"""
      _imaps._tcp.srv.test. IN SRV 10 1 993 imap.dead.test.
      _imaps._tcp.srv.test. IN SRV 20 1 993 imap.srv.test.
      _imaps._tcp.outside.test. IN SRV 0 1 993 imap.provider.test.
      _imaps._tcp.none.test. IN SRV 0 0 0 .
      _imap._tcp.none.test. IN SRV 0 0 0 .
      _imap._tcp.onlyplain.test. IN SRV 0 0 0 .
      _imaps._tcp.half.test. IN SRV 0 0 0 .
      _imap._tcp.half.test. IN SRV 0 1 143 imap.half.test.
      _imap._tcp.mixed.test. IN SRV 0 0 0 .
      _imaps._tcp.poponly.test. IN SRV 0 1 993 imap.provider.test.
      _imaps._tcp.odd.test. IN SRV 0 1 993 odd\032name.test.
      mx.test. IN MX 20 mx.nowhere.test.
      mx.test. IN MX 10 mx1.provider.test.
      hosted.test. IN MX 10 mx00.kundenserver.de.
      nullmx.test. IN MX 0 .
      """#
    let mail = mailHosts.map { "\($0). IN A \($1)" }
    let web = LabFiles.hosts.keys.map { "\($0). IN A 127.0.0.1" }
    return ([services] + mail + web).joined(separator: "\n")
  }
}

/// The laboratory's web sites.
enum LabFiles {
  /// What stands in nginx's `server` blocks.
  static let hosts: [String: String] = [
    "autoconfig.files.test": file("files"),
    "autoconfig.provider.test": file("provider"),
    "wellknown.test": file("files", "/.well-known/autoconfig/mail/config-v1.1.xml"),
    "autoconfig.html.test": file("files", type: "text/html"),
    "autoconfig.moved.test": "return 302 https://autoconfig.files.test/mail/config-v1.1.xml;",
    "autoconfig.downgrade.test": "return 302 http://autoconfig.files.test/mail/config-v1.1.xml;",
    "autoconfig.loop.test": "return 302 https://autoconfig.loop.test/again$request_uri;",
    "autoconfig.endless.test":
      "location / { proxy_pass http://127.0.0.1:ENDLESS; proxy_buffering off; }",
    "autoconfig.bomb.test":
      file("bomb").replacing("root", with: "add_header Content-Encoding gzip; root"),
    "autoconfig.laughs.test": file("laughs"),
    "autoconfig.broken.test": file("broken"),
    "autoconfig.slow.test": "location / { default_type text/xml; echo_sleep 60; echo late; }",
    "autoconfig.picky.test":
      file("files").replacing("root", with: "if ($arg_emailaddress = '') { return 400; } root"),
    "autoconfig.poponly.test": file("poponly"),
    "autoconfig.dead.test": file("dead"),
    "autoconfig.plainonly.test": file("plainonly"),
    "autoconfig.enable.test": file("enable"),
    "autoconfig.many.test": "return 404;",
    "autoconfig.xn--bcher-kva.test": file("files"),
    "localhost": "return 404;",
    "ispdb.test": file("files", "/v1.1/listed.test"),
  ]

  private static func file(_ name: String, _ path: String = "/", type: String = "text/xml")
    -> String
  {
    "location \(path) { types { } default_type \(type); root ROOT; try_files /\(name).xml =404; }"
  }

  static func files() throws -> [String: [UInt8]] {
    [
      "files.xml": entry("files.test", server("imap", "imap.files.test", 993, "SSL")),
      "provider.xml": entry("provider.test", server("imap", "imap.provider.test", 993, "SSL")),
      "poponly.xml": entry("poponly.test", server("pop3", "pop.poponly.test", 995, "SSL")),
      "dead.xml": entry("dead.test", server("imap", "imap.dead.test", 993, "SSL")),
      "plainonly.xml": entry("p.test", server("imap", "imap.files.test", 143, "plain")),
      "enable.xml": entry(
        "enable.test", server("imap", "imap.files.test", 993, "SSL"),
        #"<enable visiturl="https://enable.test/"><instruction>Turn it on.</instruction></enable>"#),
      "broken.xml": Array("<clientConfig><emailProvider>".utf8),
      "laughs.xml": Array(
        #"<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><clientConfig>&c;</clientConfig>"#.utf8
      ),
      "bomb.xml": try bomb(),
    ]
  }

  /// Twenty megabytes of blanks, packed.
  private static func bomb() throws -> [UInt8] {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", #"head -c 20000000 /dev/zero | tr '\0' ' ' | gzip -1"#]
    process.standardOutput = output
    try process.run()
    return Array(try output.fileHandleForReading.readToEnd() ?? Data())
  }

  private static func entry(_ domain: String, _ parts: String...) -> [UInt8] {
    Array(
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <clientConfig version="1.1"><emailProvider id="\(domain)"><domain>\(domain)</domain>
      \(parts.joined(separator: "\n"))
      </emailProvider></clientConfig>
      """.utf8)
  }

  private static func server(_ kind: String, _ host: String, _ port: Int, _ socket: String)
    -> String
  {
    """
    <incomingServer type="\(kind)"><hostname>\(host)</hostname><port>\(port)</port>
    <socketType>\(socket)</socketType><username>%EMAILLOCALPART%</username>
    <authentication>password-cleartext</authentication></incomingServer>
    """
  }
}
