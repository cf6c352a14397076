import ConfigFormats

/// Rules about OAuth2 endpoints in the file.
enum OAuth2Checks: LintCheck {
  static func check(_ providers: [ProviderElement], _ document: inout LintedDocument) {
    for index in document.children(0, "oAuth2") {
      document.report(
        .oauth2Ignored, at: document.tagPlace(index), "none of the clients reads oAuth2 here")
    }
    for index in providers.flatMap({ document.children($0.index, "oAuth2") }) {
      for name in ["authURL", "tokenURL"] {
        let url = document.children(index, name).last.map { document.elements[$0].text } ?? ""
        guard !["http://", "https://"].contains(where: url.hasPrefix) else { continue }
        document.report(
          .oauth2Incomplete, at: document.tagPlace(index), "oAuth2 without a usable \(name)")
      }
    }
  }
}
