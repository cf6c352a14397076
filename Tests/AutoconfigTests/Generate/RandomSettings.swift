@testable import Autoconfig

/// Settings with strings that would break whatever format forgot to escape them.
struct RandomSettings {
  var domain: String
  var values: [SettingName: String]
  /// Whether a value holds what is refused: then nothing may be generated.
  var mustBeRefused: Bool

  /// Characters that mean something in one of the formats.
  private static let hostile = [
    "\"", "'", "<", ">", "&", ";", "$", "\\", "#", "{", "}", "`", "(", ")", "[", "]", "=", ",", "|",
    "!",
    "]]>", "<!--", "-->", "<![CDATA[", "&amp;", "&#10;", "</displayName>", "<?xml", "${PATH}",
    "$uri",
    "\\n", "\\\"", "%%", "%s", "@", "*", "?", "~", "^", "/", "//", "..", ":", "+", "ü", "ß", "日本",
    "😀", "é",
    "e\u{301}", "\u{FFFD}", "\u{2028}x".replacing("\u{2028}", with: "x"), "a", "b", "Z", "0", " ",
  ]
  /// Characters that no value may hold.
  private static let forbidden = [
    "\n", "\r", "\r\n", "\0", "\u{1}", "\u{8}", "\u{B}", "\u{1B}[31m", "\u{7F}", "\u{85}",
    "\u{2028}",
    "\u{202E}", "\u{FEFF}", "\u{FFFE}", "\u{E000}", "\u{200B}", "a\tb",
  ]

  init(number: Int, _ dice: inout Dice, root: String) {
    var values: [SettingName: String] = [:]
    var mustBeRefused = false
    domain = dice.one(of: [
      "d\(number).example", "D\(number).Example.", "bücher-\(number).example",
      "x.y.d\(number).example",
      "xn--bcher-\(number)-kva.example".replacing("xn--bcher-\(number)-kva", with: "a\(number)-b"),
      "日本\(number).example",
    ])
    values[.imapHost] = dice.one(of: ["imap.example.net", "mäil.example.net", "IMAP.example.net."])
    values[.smtpHost] = dice.one(of: ["smtp.example.net", "mail.d\(number).example"])
    if dice.chance(30) {
      values[.popHost] = "pop.example.net"
    } else if dice.chance(50) {
      values[.noPOP] = "yes"
    }
    for (name, port) in [(SettingName.security, SettingName.imapPort), (.smtpSecurity, .smtpPort)] {
      if dice.chance(25) { values[name] = dice.one(of: ["starttls", "tls", "STARTTLS"]) }
      if dice.chance(15) { values[port] = dice.one(of: ["1", "10993", "65535"]) }
    }
    if dice.chance(20) { values[.alsoSTARTTLS] = "yes" }
    if dice.chance(40) {
      values[.auth] = dice.one(of: [
        "OAuth2", "password-encrypted", "NTLM", "OAuth2,password-cleartext",
        "GSSAPI;password-encrypted",
        "password-cleartext, TLS-client-cert",
      ])
    }
    if dice.chance(30) { values[.oauth2Issuer] = "https://login.example.net/'&a=b;c=$d" }
    if dice.chance(30) {
      values[.webHost] = dice.one(of: ["web.example.net", "bücher.example.net"])
    }
    if dice.chance(30) { values[.ttl] = dice.one(of: ["0", "60", "604800"]) }

    func text(_ longest: Int, without: String = "") -> String {
      var result = ""
      for _ in 0..<Int(1 + dice.next() % 8) {
        let piece = dice.one(of: Self.hostile)
        if !piece.contains(where: { without.contains($0) }),
          result.unicodeScalars.count + piece.unicodeScalars.count < longest
        {
          result += piece
        }
      }
      return "x" + result + "x"
    }
    values[.displayName] = text(58)
    if dice.chance(50) { values[.shortName] = text(18) }
    if dice.chance(60) {
      values[.documentation] =
        "https://example.com/"
        + dice.one(of: [
          "?a='1'&b=2;c=$x#y", "a%22b%3C", "'%5D%5D&amp;", "$uri/$(PATH)(*)!~,=@:",
        ])
    }
    if dice.chance(60) {
      values[.username] =
        text(100, without: "% ")
        + dice.one(of: [
          "%EMAILADDRESS%", "%EMAILLOCALPART%", "%EMAILLOCALPART%.%EMAILDOMAIN%",
        ])
    } else if dice.chance(50) {
      values[.username] = "%EMAILADDRESS%"
    }
    values[.webRoot] =
      root + "/w\(number)" + text(80, without: "\"'\\$%/.") + dice.one(of: ["", "/", "/ x y/"])
    if dice.chance(20) {
      let name = dice.one(of: [
        SettingName.displayName, .username, .documentation, .webRoot, .shortName,
      ])
      let evil = dice.one(of: Self.forbidden)
      let value = values[name] ?? (name == .username ? "%EMAILADDRESS%" : "https://example.com/")
      values[name] = String(value.prefix(10)) + evil + String(value.dropFirst(10).prefix(8))
      if name == .username { values[name] = evil + value }
      if name == .webRoot { values[name] = value + evil + "x" }
      mustBeRefused = true
    }
    self.values = values
    self.mustBeRefused = mustBeRefused
  }
}
