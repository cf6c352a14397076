import ProfileRewriter

/// The profile's cert_override.txt: certificates that the user accepted for one host and port.
///
/// A line begins `host:port:` and, in files of old versions, `host:port` and a tab; IPv6 hosts
/// stand in brackets, and the host's case counts (seen with Thunderbird 153).
final class CertificateExceptions {
  private let directory: any DirectoryView
  private let servers: [ServerSettings]
  private var found: Set<String>?

  /// - Parameter servers: all that are asked for. The file is read when the first is, for all of them.
  init(_ directory: any DirectoryView, for servers: [ServerSettings]) {
    self.directory = directory
    self.servers = servers
  }

  func cover(host: String, port: Int) throws(Refusal) -> Bool {
    if found == nil { found = try read() }
    return found?.contains(Self.lead(host: host, port: port)) ?? false
  }

  private static func lead(host: String, port: Int) -> String {
    "\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }

  private func read() throws(Refusal) -> Set<String> {
    guard let bytes = try directory.read(RelativePath(known: "cert_override.txt")) else {
      return []
    }
    var wanted = Set<String>()
    for server in servers {
      wanted.insert(Self.lead(host: server.host, port: server.port))
      wanted.insert(Self.lead(host: server.host.lowercased(), port: server.port))
    }
    var found = Set<String>()
    for line in ByteText.lines(bytes) where line.first != UInt8(ascii: "#") {
      guard let lead = Self.lead(of: line), wanted.contains(lead) else { continue }
      found.insert(lead)
    }
    return found
  }

  /// Host and port of a line.
  private static func lead(of line: ArraySlice<UInt8>) -> String? {
    let colon = UInt8(ascii: ":")
    var host = line
    if line.first == UInt8(ascii: "["), let end = line.firstIndex(of: UInt8(ascii: "]")) {
      host = line[end...]
    }
    guard let middle = host.firstIndex(of: colon),
      let end = line[(middle + 1)...].firstIndex(where: { $0 == colon || $0 == 0x09 })
    else { return nil }
    return String(decoding: line[..<end], as: UTF8.self)
  }
}
