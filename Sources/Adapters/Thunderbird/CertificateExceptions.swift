import ProfileRewriter

/// The profile's cert_override.txt: certificates that the user accepted for one host and port.
///
/// A line begins `host:port:` and, in files of old versions, `host:port` and a tab; IPv6 hosts
/// stand in brackets, and the host's case counts (seen with Thunderbird 153).
struct CertificateExceptions {
  private let lines: [ArraySlice<UInt8>]

  init(_ directory: any DirectoryView) throws(Refusal) {
    let bytes = try directory.read(RelativePath(known: "cert_override.txt"))
    lines = ByteText.lines(bytes ?? []).filter { $0.first != UInt8(ascii: "#") }
  }

  func cover(host: String, port: Int) -> Bool {
    let shown = host.contains(":") ? "[\(host)]" : host
    let lead = Array("\(shown):\(port)".utf8)
    return lines.contains { line in
      guard line.starts(with: lead) else { return false }
      let rest = line.dropFirst(lead.count).first
      return rest == UInt8(ascii: ":") || rest == UInt8(ascii: "\t")
    }
  }
}
