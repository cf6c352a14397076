import ConfigFormats
import ProfileRewriter

/// One `[Account: N]` of `accountrc`.
struct FamilyAccount: Sendable {
  /// The number as the client writes it, by which `folderlist.xml` and the password store name the
  /// account.
  var number: String
  var document: KeyFileDocument

  static let path = RelativePath(known: "accountrc")
  private static let label = "Account: "

  /// - Returns: nil for a group that is no account.
  init?(group: String, in document: KeyFileDocument) {
    guard group.hasPrefix(Self.label), let number = Int(group.dropFirst(Self.label.count)),
      number >= 0, group == Self.label + String(number)
    else { return nil }
    self.number = String(number)
    self.document = document
  }

  /// Its own; most have none.
  var version: Int? { number("config_version").flatMap { $0 >= 0 ? $0 : nil } }

  func key(_ name: String) -> String { "\(Self.label)\(number)/\(name)" }

  /// As the bytes stand there: the client knows no escapes.
  func text(_ name: String) -> String? {
    document.value(forKey: key(name)).flatMap { String(validating: $0, as: UTF8.self) }
  }

  func number(_ name: String) -> Int? { text(name).flatMap(Int.init) }

  /// The client reads booleans as numbers, and TRUE besides (prefs.c of Claws Mail).
  func flag(_ name: String, default isOn: Bool = false) -> Bool {
    guard let text = text(name) else { return isOn }
    return text == "TRUE" || (Int(text) ?? 0) != 0
  }

  /// `ssl_pop` and its like.
  func security(_ name: String) -> TransportSecurity {
    switch number(name) ?? 0 {
    case 0: .none
    case 1: .tls
    default: .starttls
    }
  }

  static func number(of security: TransportSecurity) -> Int {
    switch security {
    case .none: 0
    case .tls: 1
    case .starttls: 2
    }
  }

  func port(_ name: String, ifSet flag: String, else usual: Int) -> Int {
    guard self.flag(flag), let port = number(name), (1...65535).contains(port) else { return usual }
    return port
  }

  /// Whether the client finds a key where a keyfile's reader does: it takes no blanks before a key or
  /// around the equals sign, and the first group of a name alone.
  var isPlain: Bool { document.isPlain(group: Array((Self.label + number).utf8)) }
}
