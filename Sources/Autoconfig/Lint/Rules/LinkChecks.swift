import ConfigFormats

/// Rules about pages for people.
enum LinkChecks: LintCheck {
  private static let attributes = [
    "documentation": "url", "instruction": "url", "enable": "visiturl", "loginPage": "url",
    "loginPageInfo": "url",
  ]

  static func check(_ providers: [ProviderElement], _ document: inout LintedDocument) {
    for (index, element) in document.elements.enumerated() {
      guard let name = attributes[element.name], let url = element.attribute(name),
        url.lowercased().hasPrefix("http://")
      else { continue }
      document.report(
        .httpURL, at: document.attributePlace(index, name), "\(url.printable) is without TLS",
        fix: "https://" + url.dropFirst(7))
    }
  }
}
