import ProfileRewriter

/// The profile's cert_override.txt: certificates that the user accepted for one host and port.
///
/// A line begins `host:port:` and, in files of old versions, `host:port` and a tab; IPv6 hosts
/// stand in brackets, and the host's case counts (seen with Thunderbird 153).
final class CertificateExceptions {
  private let directory: any DirectoryView
  /// Which are asked for, as a line begins.
  private let wanted: Set<[UInt8]>
  private var found: Set<[UInt8]>?

  /// - Parameter servers: all that are asked for. The file is read when the first is, for all of them.
  init(_ directory: any DirectoryView, for servers: [ServerSettings]) {
    self.directory = directory
    wanted = Set(servers.map { Self.lead(host: $0.host.lowercased(), port: $0.port) })
      .union(servers.map { Self.lead(host: $0.host, port: $0.port) })
  }

  func cover(host: String, port: Int) throws(Refusal) -> Bool {
    if found == nil { found = try read() }
    return found?.contains(Self.lead(host: host, port: port)) ?? false
  }

  private static func lead(host: String, port: Int) -> [UInt8] {
    Array("\(host.contains(":") ? "[\(host)]" : host):\(port)".utf8)
  }

  private func read() throws(Refusal) -> Set<[UInt8]> {
    let bytes = try directory.read(RelativePath(known: "cert_override.txt"))
    var found: Set<[UInt8]> = []
    for line in ByteText.lines(bytes ?? []) where line.first != UInt8(ascii: "#") {
      guard let lead = Self.lead(of: line), wanted.contains(lead) else { continue }
      found.insert(lead)
    }
    return found
  }

  /// Host and port of a line.
  private static func lead(of line: ArraySlice<UInt8>) -> [UInt8]? {
    let colon = UInt8(ascii: ":")
    var host = line
    if line.first == UInt8(ascii: "["), let end = line.firstIndex(of: UInt8(ascii: "]")) {
      host = line[end...]
    }
    guard let middle = host.firstIndex(of: colon),
      let end = line[(middle + 1)...].firstIndex(where: { $0 == colon || $0 == 0x09 })
    else { return nil }
    return Array(line[..<end])
  }
}
