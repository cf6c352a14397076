import ConfigFormats

/// Rules about how a server's values are written, whatever they say.
enum ValueChecks: LintCheck {
  static func check(_ providers: [ProviderElement], _ document: inout LintedDocument) {
    for server in providers.flatMap(\.mailServers) {
      for name in ServerElement.valueNames {
        checkPresence(name, of: server, &document)
        for index in server.all(name) { checkSpelling(index, name, of: server, &document) }
      }
    }
  }

  private static func checkPresence(
    _ name: String, of server: ServerElement, _ document: inout LintedDocument
  ) {
    let all = server.all(name)
    guard let first = all.first else {
      document.report(
        .valueMissing, at: document.tagPlace(server.index),
        "\(server.name) has no \(name): \(effect(of: name, server))")
      return
    }
    // Repeated, authentication means alternatives.
    guard name != "authentication" else { return }
    for index in all.dropFirst() {
      document.report(
        .valueRepeated, at: document.tagPlace(index), "another \(name) for \(server.name)",
        first: document.tagPlace(first))
    }
  }

  private static func effect(of name: String, _ server: ServerElement) -> String {
    switch (name, server.kind) {
    case ("port", .imap), ("port", .pop3): "clients guess it, or refuse the file"
    case ("username", .smtp): "Thunderbird for Android refuses the file"
    case ("username", _): "Thunderbird takes the word “undefined”"
    case ("socketType", _): "Thunderbird leaves the server out, Evolution connects without TLS"
    default: "it is left out, or the file refused"
    }
  }

  private static func checkSpelling(
    _ index: Int, _ name: String, of server: ServerElement, _ document: inout LintedDocument
  ) {
    let element = document.elements[index]
    if let attribute = element.attributes.first, !isForOthers(attribute, name) {
      document.report(
        .valueAttribute, at: document.attributeNamePlace(index, attribute.name),
        "Thunderbird does not read a \(name) with an attribute")
    }
    if document.xml.hasDividedText(index) {
      document.report(
        .valueDivided, at: document.tagPlace(index),
        "the \(name) of \(server.name) is not plain text")
      return
    }
    let trimmed = element.trimmedText
    guard !trimmed.isEmpty else {
      document.report(
        .valueEmpty, at: document.tagPlace(index), "\(server.name) has an empty \(name)")
      return
    }
    // Only Thunderbird for Android minds them around a port, and it reads no POP3.
    if trimmed != element.text, name != "port" || server.kind != .pop3 {
      document.report(
        .valueBlanks, at: document.textPlace(index),
        "blanks or line ends around the \(name) \(trimmed.printable)", fix: trimmed)
    }
  }

  /// The draft marks methods of HTTP that way; clients of today are to pass them over.
  private static func isForOthers(_ attribute: XMLAttribute, _ name: String) -> Bool {
    name == "authentication" && attribute == XMLAttribute("system", "http")
  }
}
