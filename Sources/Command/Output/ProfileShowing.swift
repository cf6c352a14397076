import ConfigFormats
import ProfileRewriter

extension ProfileName {
  /// The profile as an absolute path, for people.
  var shown: String {
    guard let home, profile.first != UInt8(ascii: "/") else { return profile.printable }
    let path: [UInt8] = home + [UInt8(ascii: "/")] + profile
    return path.printable
  }
}

extension ServerSettings {
  /// "alice@example.net at pop.example.net:995 (tls)".
  var shown: String {
    "\(username.printable) at \(host.printable):\(port) (\(security.rawValue))"
  }
}

extension Refusal {
  var shown: String { "\(reason.rawValue): \(Talk.readable(text))" }
}

extension Warning {
  var shown: String { "\(code.rawValue): \(Talk.readable(text))" }
}
