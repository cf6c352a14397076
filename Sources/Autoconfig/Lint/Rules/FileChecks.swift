import ConfigFormats

/// Rules about the file as a whole: its encoding and version.
enum FileChecks: LintCheck {
  static func check(_ providers: [ProviderElement], _ document: inout LintedDocument) {
    checkBytes(&document)
    switch document.elements[0].attribute("version") {
    case "1.1", "1.2": break
    case nil:
      document.report(
        .version, at: document.tagPlace(0), "clientConfig has no version", fix: "version=\"1.1\"")
    case let version?:
      document.report(
        .version, at: document.attributePlace(0, "version"),
        "version \(version.printable) is none that is known", fix: "1.1")
    }
  }

  static func checkBytes(_ document: inout LintedDocument) {
    let bytes = document.xml.source.bytes
    if document.xml.isUTF16 {
      document.report(.encoding, at: 0, "the file is UTF-16", fix: "UTF-8")
    } else if let place = LintEncoding.firstInvalid(in: bytes) {
      document.report(
        .encoding, at: place, "the file is \(document.xml.encoding.name.printable), not UTF-8",
        fix: "UTF-8")
    } else if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      document.report(.byteOrderMark, at: 0, "the file begins with a byte order mark")
    }
  }
}
