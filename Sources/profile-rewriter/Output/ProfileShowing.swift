import ProfileRewriter

extension ProfileName {
  /// The profile as an absolute path, for people.
  var shown: String {
    guard let home, profile.first != UInt8(ascii: "/") else { return Printable.text(profile) }
    return Printable.text(home + [UInt8(ascii: "/")] + profile)
  }
}

extension ServerSettings {
  /// "alice@example.net at pop.example.net:995 (tls)".
  var shown: String {
    "\(Printable.text(username)) at \(Printable.text(host)):\(port) (\(security.rawValue))"
  }
}

extension Refusal {
  var shown: String { "\(reason.rawValue): \(Talk.readable(text))" }
}

extension Warning {
  var shown: String { "\(code.rawValue): \(Talk.readable(text))" }
}
