import ConfigFormats

/// Where this machine's user database comes from: /etc/nsswitch.conf.
enum NameServices {
  private static let path = Array("/etc/nsswitch.conf".utf8)

  /// As the file names them, in its order; empty where it cannot be read.
  static func ofUsers() -> [String] {
    guard let content = try? InputFile.read(path, largest: 1 << 20, kind: "a configuration") else {
      return []
    }
    return users(in: content)
  }

  /// The services of the line "passwd:", without the actions in brackets (nsswitch.conf(5)).
  static func users(in content: [UInt8]) -> [String] {
    for line in content.split(separator: UInt8(ascii: "\n")) {
      let text = String(decoding: line.prefix { $0 != UInt8(ascii: "#") }, as: UTF8.self)
      let parts = text.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].allSatisfy({ $0 != " " }), parts[0] == "passwd" else {
        continue
      }
      var isAction = false
      return parts[1].split(whereSeparator: \.isWhitespace).compactMap { word in
        defer { if word.hasSuffix("]") { isAction = false } }
        if word.hasPrefix("[") { isAction = true }
        return isAction ? nil : String(word).printable
      }
    }
    return []
  }

  static func mayListNobody(_ service: String) -> Bool {
    ["sss", "ldap", "winbind", "nis", "nisplus", "compat"].contains(service)
  }
}
