import ConfigFormats
import ProfileRewriter

/// The hosts whose certificates the user accepted (`camel-cert.db`): kept by host name and
/// fingerprint, for every port (seen with Evolution 3.46.4).
struct TrustedCertificates {
  private var hosts: Set<String> = []

  /// What cannot be read is nobody's hindrance: only a warning rests on it.
  init(_ loaded: LoadedSources) {
    guard let bytes = (try? loaded.home.read(loaded.layout.trustedCertificates)) ?? nil else {
      return
    }
    var reader = CamelFileReader(bytes)
    // What is cut short counts as far as it goes, as for the client.
    guard reader.number() != nil, let count = reader.number() else { return }
    for _ in 0..<count {
      guard reader.string() != nil, reader.string() != nil, let host = reader.string(),
        reader.string() != nil, let trust = reader.number()
      else { return }
      if Self.accepted.contains(trust) { hosts.insert(host.lowercased()) }
    }
  }

  /// Marginally, fully, ultimately; unknown, never and temporarily are others (camel-enums.h).
  private static let accepted: Set<Int> = [2, 3, 4]

  func warnings(for job: EvolutionJob) -> [Warning] {
    let (old, new) = (job.old.host.lowercased(), job.target.host)
    guard old != new, hosts.contains(old), !hosts.contains(new), job.target.security != .none else {
      return []
    }
    return [
      Warning(
        .certificateException,
        "the certificate of \(old.printable) was accepted by hand, which does not hold for \(new); "
          + "if that one comes from no trusted authority either, Evolution asks at its start, and "
          + "the account gets no mail before it is answered")
    ]
  }
}

/// Numbers and strings as Camel writes them (camel-file-utils.c): seven bits a byte, the last with
/// its high bit set; a string's length is one too high.
private struct CamelFileReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  mutating func number() -> Int? {
    var value = 0
    while let byte = rest.popFirst() {
      value = value << 7 | Int(byte & 0x7f)
      if byte & 0x80 != 0 { return value }
      guard value < 1 << 32 else { return nil }
    }
    return nil
  }

  mutating func string() -> String? {
    guard let length = number(), length >= 1, length - 1 <= rest.count else { return nil }
    defer { rest = rest.dropFirst(length - 1) }
    return String(decoding: rest.prefix(length - 1), as: UTF8.self)
  }
}
