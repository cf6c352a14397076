import ConfigFormats

/// Rules about a server's own tag.
enum ServerTypeChecks: LintCheck {
  /// Of the format, or read by Thunderbird with an extension or its own Exchange support.
  private static let unsupported = [
    "jmap", "ews", "owa", "exchange", "graph", "activeSync", "nntp",
  ]

  static func check(_ providers: [ProviderElement], _ document: inout LintedDocument) {
    for server in providers.flatMap(\.servers) {
      checkType(server, &document)
      for attribute in document.elements[server.index].attributes where attribute.name != "type" {
        document.report(
          .serverAttribute, at: document.attributeNamePlace(server.index, attribute.name),
          "the attribute \(attribute.name.printable) on \(server.name)")
      }
    }
  }

  private static func checkType(_ server: ServerElement, _ document: inout LintedDocument) {
    guard server.kind == nil else { return }
    guard let type = server.type else {
      document.report(
        .typeMissing, at: document.tagPlace(server.index),
        "\(document.elements[server.index].name) without a type")
      return
    }
    let place = document.attributePlace(server.index, "type")
    if server.isIncoming, unsupported.contains(type) {
      document.report(.typeUnsupported, at: place, "none of the clients sets up \(type) by itself")
      return
    }
    let meant = Spelling.nearest(to: type, of: server.isIncoming ? ["imap", "pop3"] : ["smtp"])
    document.report(
      .typeUnknown, at: place,
      "no client knows \(server.isIncoming ? "an incoming" : "an outgoing") server of type "
        + "\(type.printable)", fix: meant)
  }
}
