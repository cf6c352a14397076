import ProfileRewriter

/// The URI by which Thunderbird names a server, and below which it names its folders:
/// `mailbox://alice%40lab.test@pop.lab.test`. The port is no part of it.
struct ServerURI: Hashable {
  /// How the client stores the mail: `mailbox` for POP and local folders, `imap`.
  enum Scheme: String {
    case mailbox
    case imap

    var lead: [UInt8] { Array("\(rawValue)://".utf8) }
  }

  var scheme: Scheme
  var user: [UInt8]
  var host: [UInt8]

  init(_ scheme: Scheme, user: some Sequence<UInt8>, host: some Sequence<UInt8>) {
    self.scheme = scheme
    self.user = Array(user)
    self.host = Array(host)
  }

  init(_ scheme: Scheme, user: String, host: String) {
    self.init(scheme, user: user.utf8, host: host.utf8)
  }

  /// That of a POP account.
  init(_ settings: ServerSettings) {
    self.init(.mailbox, user: settings.username, host: settings.host)
  }

  /// For looking one up: equal for equal ones, and hardly ever for others.
  var text: String { String(decoding: user + [0x40] + host, as: UTF8.self) }

  var bytes: [UInt8] {
    Array("\(scheme.rawValue)://".utf8) + Self.escaping(user) + [UInt8(ascii: "@")]
      + Self.escaping(host)
  }

  /// The URI of a folder of this server; `path` is written as it stands.
  func folder(_ path: String) -> [UInt8] { bytes + Array("/\(path)".utf8) }

  /// With what a preference begins, in the file's spelling, that names this server or one of its folders. It
  /// ends where clients differ in what they escape.
  var spelledBeginning: [UInt8] {
    let varied = bytes.firstIndex { "!'()~".utf8.contains($0) } ?? bytes.endIndex
    return [UInt8(ascii: "\"")] + bytes[..<varied]
  }

  /// Whether the client may take the two for one server: it compares hosts without regard to case,
  /// and of user names nobody should rely on it.
  func isSame(as other: ServerURI) -> Bool {
    scheme == other.scheme && ByteText.lowercased(user) == ByteText.lowercased(other.user)
      && ByteText.lowercased(host) == ByteText.lowercased(other.host)
  }

  /// What stands behind this server's URI in `uri` (empty for the server itself, else with its
  /// slash), or nil where `uri` names another server.
  ///
  /// Escapes are compared by what they stand for: clients of different age escape `!'()~`
  /// differently.
  func rest(of uri: [UInt8]) -> ArraySlice<UInt8>? {
    guard let (server, rest) = Self.split(uri, scheme), server == self else { return nil }
    return rest
  }

  /// The server that `uri` begins with, and what stands behind it.
  static func split(
    _ uri: [UInt8], _ scheme: Scheme
  ) -> (server: ServerURI, rest: ArraySlice<UInt8>)? {
    guard uri.starts(with: scheme.lead) else { return nil }
    let body = uri[scheme.lead.count...]
    let end = body.firstIndex(of: UInt8(ascii: "/")) ?? body.endIndex
    guard let server = ServerURI(scheme, authority: body[..<end]) else { return nil }
    return (server, body[end...])
  }

  /// - Parameter authority: what stands between the two slashes and the third.
  init?(_ scheme: Scheme, authority: ArraySlice<UInt8>) {
    guard let at = authority.lastIndex(of: UInt8(ascii: "@")) else { return nil }
    self.init(
      scheme, user: Self.unescaping(authority[..<at]),
      host: Self.unescaping(authority[(at + 1)...]))
  }

  /// As Thunderbird 153 escapes user and host (seen with `createIncomingServer` for every printable
  /// ASCII character): all but letters, digits and `-_.!~*'()`.
  static func escaping(_ bytes: [UInt8]) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    for byte in bytes {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: result.append(byte)
      case _ where "-_.!~*'()".utf8.contains(byte): result.append(byte)
      default: result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return result
  }

  private static func unescaping(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var place = bytes.startIndex
    while place < bytes.endIndex {
      if bytes[place] == UInt8(ascii: "%"), bytes.endIndex - place > 2,
        let byte = UInt8(bytes[(place + 1)...(place + 2)].shown, radix: 16)
      {
        result.append(byte)
        place += 3
      } else {
        result.append(bytes[place])
        place += 1
      }
    }
    return result
  }
}
