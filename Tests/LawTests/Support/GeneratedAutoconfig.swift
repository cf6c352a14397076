import Foundation

/// An autoconfig file made up at random, and what a switch must make of it, byte for byte, both
/// written by hand and not by any XML library.
struct GeneratedAutoconfig {
  /// How a file is written, and what is in it.
  struct Style {
    enum Servers: CaseIterable { case pop, popThenIMAP, imapThenPOP, twoPOP, popIMAPPOP }

    var servers = Servers.pop
    var encoding = GeneratedEncoding.utf8
    var declaration: String? = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
    var quote = "\""
    var lineBreak = "\n"
    var indent = "  "
    var isOneLine = false
    var hasBlankLines = false
    var hasBlankLineBehindDeclaration = false
    var trailingBlanks = ""
    var emptyTag = "<identity/>"
    var tagSpace = " "
    var beforeClose = ""
    var end = "\n"
    var hasCommentAbove = false
    var hasCommentWithin = false
    var hasPOPChildren = false
    var isUsernameFirst = true
    var hostInCDATA = false
    var blanksAroundValues = ""
    var username = "%EMAILADDRESS%"
    var securities = ["SSL", "STARTTLS"]

    /// Whether the encoding must be known from the bytes.
    var isUndeclared: Bool { declaration?.contains("encoding") != true }
  }

  var style: Style

  var original: [UInt8] { bytes(isSwitched: false) }
  var switched: [UInt8] { bytes(isSwitched: true) }

  private func bytes(isSwitched: Bool) -> [UInt8] {
    let text = text(isSwitched).replacing("\n", with: style.lineBreak)
    return style.encoding.mark + style.encoding.bytes(of: text)
  }

  // MARK: Text

  private func lead(_ depth: Int) -> String {
    style.isOneLine ? "" : "\n" + String(repeating: style.indent, count: depth)
  }

  private func tag(_ name: String, _ attribute: (String, String)) -> String {
    "<\(name)\(style.tagSpace)\(attribute.0)=\(style.quote)\(attribute.1)\(style.quote)"
      + "\(style.beforeClose)>"
  }

  private func text(_ isSwitched: Bool) -> String {
    var text = style.declaration ?? ""
    if style.declaration != nil, !style.isOneLine {
      text += style.hasBlankLineBehindDeclaration ? "\n\n" : "\n"
    }
    text += tag("clientConfig", ("version", "1.1"))
    text += lead(1) + tag("emailProvider", ("id", "example.com"))
    for domain in ["example.com", "example.net"] { text += lead(2) + "<domain>\(domain)</domain>" }
    text += lead(2) + "<displayName>\(style.encoding.sample) &amp; more</displayName>"
    text += lead(2) + style.emptyTag
    text += incoming(isSwitched)
    if style.hasBlankLines { text += "\n" }
    text += lead(2) + tag("outgoingServer", ("type", "smtp"))
    text += children(host: "smtp.example.com", port: 587, security: "STARTTLS", depth: 3)
    text += lead(2) + "</outgoingServer>" + lead(1) + "</emailProvider>" + lead(0)
    return text + "</clientConfig>" + style.end
  }

  private func incoming(_ isSwitched: Bool) -> String {
    let ports = style.securities[0] == "SSL" ? [995, 110] : [110, 995]
    let first = (type: "pop3", host: "pop.example.com", port: ports[0], style.securities[0])
    let second = (type: "pop3", host: "pop.example.com", port: ports[1], style.securities[1])
    let imap = (type: "imap", host: "imap.example.com", port: 993, "SSL")
    let all =
      switch style.servers {
      case .pop: [first]
      case .popThenIMAP: [first, imap]
      case .imapThenPOP: [imap, first]
      case .twoPOP: [first, second]
      case .popIMAPPOP: [first, imap, second]
      }
    let hasIMAP = all.contains { $0.type == "imap" }
    return all.enumerated().map { number, server in
      let becomes = isSwitched && server.type == "pop3" && !hasIMAP && number == 0 ? imap : server
      let isGone = isSwitched && becomes.type == "pop3"
      let comment = style.hasCommentAbove ? lead(2) + "<!-- number \(number) -->" : ""
      // A blank line goes with what stood between two of them.
      if isGone { return comment.isEmpty ? "" : (style.hasBlankLines ? "\n" : "") + comment }
      let hasPOPChildren = style.hasPOPChildren && becomes.type == "pop3"
      return (style.hasBlankLines ? "\n" : "") + comment + lead(2)
        + tag("incomingServer", ("type", becomes.type))
        + (style.hasCommentWithin ? lead(3) + "<!-- within -->" : "")
        + (hasPOPChildren ? popChildren : "")
        + children(host: becomes.host, port: becomes.port, security: becomes.3, depth: 3)
        + lead(2) + "</incomingServer>" + style.trailingBlanks
    }.joined()
  }

  private var popChildren: String {
    lead(3) + "<pop3>" + lead(4) + "<leaveMessagesOnServer>true</leaveMessagesOnServer>" + lead(4)
      + "<checkInterval minutes='15'/>" + lead(3) + "</pop3>"
  }

  private func children(host: String, port: Int, security: String, depth: Int) -> String {
    let blanks = style.blanksAroundValues
    func leaf(_ name: String, _ value: String) -> String {
      lead(depth) + "<\(name)>\(blanks)\(value)\(blanks)</\(name)>"
    }
    let username = leaf("username", style.username)
    return (style.isUsernameFirst ? username : "")
      + leaf("hostname", style.hostInCDATA ? "<![CDATA[\(host)]]>" : host)
      + leaf("port", String(port)) + leaf("socketType", security)
      + leaf("authentication", "password-cleartext") + (style.isUsernameFirst ? "" : username)
  }
}

/// An encoding as these tests write it.
struct GeneratedEncoding {
  var declared: String
  var foundation: String.Encoding
  var mark: [UInt8] = []
  /// Letters that tell it from others.
  var sample: String

  static let utf8 = GeneratedEncoding(declared: "UTF-8", foundation: .utf8, sample: "Exämple 例")

  static let all = [
    utf8,
    GeneratedEncoding(
      declared: "utf-8", foundation: .utf8, mark: [0xEF, 0xBB, 0xBF], sample: "Exämple 例"),
    GeneratedEncoding(
      declared: "UTF-16", foundation: .utf16LittleEndian, mark: [0xFF, 0xFE], sample: "例 ü"),
    GeneratedEncoding(
      declared: "UTF-16", foundation: .utf16BigEndian, mark: [0xFE, 0xFF], sample: "😀 ü"),
    GeneratedEncoding(declared: "ISO-8859-1", foundation: .isoLatin1, sample: "Été ÷"),
    GeneratedEncoding(declared: "ISO-8859-2", foundation: .isoLatin2, sample: "Przykład"),
    GeneratedEncoding(declared: "windows-1250", foundation: .windowsCP1250, sample: "Příklad €"),
    GeneratedEncoding(declared: "windows-1251", foundation: .windowsCP1251, sample: "Почта я"),
    GeneratedEncoding(declared: "windows-1252", foundation: .windowsCP1252, sample: "Café €"),
    GeneratedEncoding(declared: "US-ASCII", foundation: .ascii, sample: "Example"),
  ]

  func bytes(of text: String) -> [UInt8] {
    guard let data = text.data(using: foundation) else {
      fatalError("\(declared) has no spelling for \(text)")
    }
    return [UInt8](data)
  }
}

extension GeneratedAutoconfig {
  /// Whatever an administrator's file may look like.
  static func wild(
    _ encoding: GeneratedEncoding, _ random: inout SeededRandom
  ) -> GeneratedAutoconfig {
    func pick<T>(_ values: [T]) -> T { values[Int(random.next() % UInt64(values.count))] }
    func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }
    var style = Style()
    style.servers = pick(Style.Servers.allCases)
    style.encoding = encoding
    style.quote = pick(["\"", "\"", "'"])
    let quote = style.quote
    let mayBeSilent = encoding.foundation == .utf8
    style.declaration =
      mayBeSilent && chance(30)
      ? pick([nil, "<?xml version=\(quote)1.0\(quote)?>"])
      : "<?xml version=\(quote)1.0\(quote) encoding=\(quote)\(encoding.declared)\(quote) ?>"
    style.lineBreak = pick(["\n", "\n", "\r\n", "\r\n", "\r"])
    style.indent = pick(["  ", "    ", "\t", "   ", " ", ""])
    style.isOneLine = chance(15)
    style.hasBlankLines = !style.isOneLine && chance(30)
    style.hasBlankLineBehindDeclaration = chance(10)
    style.trailingBlanks = style.isOneLine ? "" : pick(["", "", " ", "\t "])
    style.emptyTag = pick(["<identity/>", "<identity />", "<identity></identity>"])
    style.tagSpace = pick([" ", " ", "  ", "\n  "])
    style.beforeClose = pick(["", "", " ", "\n"])
    style.end = pick(["\n", "\n", "", "\n\n", "<!-- end -->"])
    style.hasCommentAbove = chance(30)
    style.hasCommentWithin = chance(30)
    style.hasPOPChildren = chance(40)
    style.isUsernameFirst = chance(50)
    style.hostInCDATA = chance(10)
    style.blanksAroundValues = pick(["", "", "", " ", "\n"])
    style.username = pick([
      "%EMAILADDRESS%", "&#37;EMAILLOCALPART%", "%EMAILLOCALPART%@example.com",
    ])
    if chance(50) { style.securities.reverse() }
    return GeneratedAutoconfig(style: style)
  }

  /// Files in the styles of Mozilla's provider database, each as often as there among 163 (counted in
  /// its state of March 2026).
  static func database(_ random: inout SeededRandom) -> [GeneratedAutoconfig] {
    var styles = [Style](repeating: Style(), count: 163)
    func some(_ count: Int, _ change: (inout Style) -> Void) {
      for index in styles.indices.shuffled(using: &random).prefix(count) { change(&styles[index]) }
    }
    for index in styles.indices {
      styles[index].emptyTag = "<displayShortName>Example</displayShortName>"
      styles[index].servers = Style.Servers.allCases[index % Style.Servers.allCases.count]
      styles[index].isUsernameFirst = index % 3 == 0
    }
    some(29) { $0.emptyTag = "<identity/>" }
    some(18) { $0.emptyTag = "<identity />" }
    some(15) { $0.declaration = nil }
    some(14) { if $0.declaration != nil { $0.declaration = "<?xml version=\"1.0\"?>" } }
    some(10) { $0.lineBreak = "\r\n" }
    some(4) { $0.end = "" }
    some(3) { $0.end = "\n\n" }
    some(4) { $0.hasBlankLineBehindDeclaration = true }
    some(10) { $0.indent = "    " }
    some(1) { $0.indent = "\t" }
    some(16) { $0.trailingBlanks = " " }
    some(4) { $0.hasCommentWithin = true }
    some(31) { $0.hasCommentAbove = true }
    some(11) { $0.hasPOPChildren = true }
    some(2) { $0.tagSpace = "\n    " }
    some(60) { $0.hasBlankLines = true }
    // Two thirds are ASCII, and all but one of those that do not say what they are.
    some(113) { $0.encoding.sample = "Example" }
    for index in styles.indices.filter({ styles[$0].isUndeclared }).dropFirst() {
      styles[index].encoding.sample = "Example"
    }
    return styles.map { GeneratedAutoconfig(style: $0) }
  }
}
