import ConfigFormats
import ProfileRewriter

/// One file after all rules that need no other file.
public struct LintedFile: Sendable {
  /// What a file is for.
  public enum Format: Sendable, Hashable {
    case autoconfig
    case autodiscover
    case mobileConfig
    case pacc
    /// Nothing known, or not readable.
    case unknown
  }

  /// A word of a file, in lower case, and the offset where it stands.
  struct Name: Sendable {
    var text: String
    var offset: Int
  }

  /// For people.
  public var file: String
  /// The same, as its bytes are.
  public var path: [UInt8]
  public var format: Format
  /// In file order.
  public var findings: [LintFinding]
  /// What each client would read; empty for what is no autoconfig file.
  public var readings: [ClientReading] = []
  var ids: [Name] = []
  var domains: [Name] = []
  /// The servers it names, for comparison with other files.
  var offers: [StatedServer] = []
  /// What it holds, to tell places in it. Files that hold the same bytes are one file under several
  /// names.
  let text: XMLSourceText

  init(file: String, format: Format, findings: [LintFinding], text: XMLSourceText) {
    self.file = file
    path = Array(file.utf8)
    self.format = format
    self.findings = findings
    self.text = text
  }

  /// Made for what is shown alone: most places of most files are never asked for.
  func place(at offset: Int) -> LintFinding.Place { LintFinding.Place(file, text, offset) }

  /// Adds what other files tell of a place in this one.
  mutating func report(
    _ rule: LintRule, at offset: Int, _ text: String, related: LintFinding.Place
  ) {
    findings.append(
      LintFinding(rule, file, self.text, at: offset, text, related: [related]))
  }

  /// Into the order of places; what is about one place stays in the order in which it was found.
  mutating func sortFindings() {
    findings = findings.enumerated().sorted {
      ($0.element.line ?? 0, $0.element.column ?? 0, $0.offset)
        < ($1.element.line ?? 0, $1.element.column ?? 0, $1.offset)
    }.map(\.element)
  }
}

/// Checks single files, as `autoconfig lint` does.
public enum Linter {
  /// Larger than any autoconfig file by far.
  public static let limits = XMLLimits(bytes: 1 << 20, depth: 64, elements: 20_000, attributes: 256)

  private static let checks: [any LintCheck.Type] = [
    FileChecks.self, ProviderChecks.self, ServerListChecks.self, ServerTypeChecks.self,
    ValueChecks.self, HostChecks.self, PortChecks.self, SocketTypeChecks.self,
    AuthenticationChecks.self, PlaceholderChecks.self, ElementChecks.self, OAuth2Checks.self,
    LinkChecks.self,
    // Says only what none of the others has said.
    SchemaCheck.self,
  ]

  /// - Parameter file: its name for people.
  public static func lint(_ bytes: [UInt8], file: String) -> LintedFile {
    do {
      let xml = try XMLDocument(parsing: bytes, limits: limits)
      var document = LintedDocument(file: file, xml: xml)
      return lint(&document)
    } catch {
      let finding = finding(error, file)
      var result = LintedFile(
        file: file, format: .unknown, findings: [finding], text: XMLSourceText(SourceText(bytes)))
      result.readings = AutoconfigClient.allCases.map { unread($0, finding.rule) }
      return result
    }
  }

  /// What is said of a file that is not looked into.
  private static func unread(_ client: AutoconfigClient, _ rule: LintRule) -> ClientReading {
    if rule == .doctype {
      return ClientReading(
        client: client, accepted: nil, reasons: ["not looked into: a document type"])
    }
    guard client != .evolution else {
      let reason = "not looked into: its parser lets pass some of what is not well-formed"
      return ClientReading(client: client, accepted: nil, reasons: [reason])
    }
    return .refused(client, "not well-formed")
  }

  /// A file that could not even be read.
  public static func unreadable(_ path: [UInt8], _ refusal: Refusal) -> LintedFile {
    let file = String(decoding: path, as: UTF8.self)
    let finding = LintFinding(rule: .unreadable, file: file, text: refusal.text)
    var result = LintedFile(
      file: file, format: .unknown, findings: [finding], text: XMLSourceText(SourceText([])))
    result.path = path
    return result
  }

  static func finding(_ error: SyntaxError, _ file: String) -> LintFinding {
    let isDoctype = error.expected == "a document without one"
    return LintFinding(
      rule: isDoctype ? .doctype : .notWellFormed, file: file, line: error.position.line,
      column: error.position.column, text: error.problem, excerpt: error.excerpt)
  }

  private static func lint(_ document: inout LintedDocument) -> LintedFile {
    let root = document.elements[0].name
    switch root {
    case "Autodiscover":
      AutodiscoverChecks.check(&document)
      return file(document, .autodiscover)
    case "clientConfig": break
    default:
      document.report(
        .root, at: document.tagPlace(0), "the root element is \(root.printable)",
        fix: Spelling.nearest(to: root, of: ["clientConfig"]))
      var result = file(document, .unknown)
      result.readings = readings(document)
      return result
    }
    let providers = document.children(0, "emailProvider").map {
      ProviderElement($0, of: document)
    }
    for check in checks { check.check(providers, &document) }
    var result = file(document, .autoconfig)
    result.readings = readings(document)
    return result
  }

  private static func readings(_ document: LintedDocument) -> [ClientReading] {
    [
      ThunderbirdReading.read(document), AndroidReading.read(document),
      EvolutionReading.read(document),
    ]
  }

  private static func file(_ document: LintedDocument, _ format: LintedFile.Format) -> LintedFile {
    var result = LintedFile(
      file: document.file, format: format, findings: document.findings, text: document.text)
    result.sortFindings()
    guard format == .autoconfig else {
      result.offers = StatedServer.all(inAutodiscover: document)
      return result
    }
    for provider in document.children(0, "emailProvider") {
      if let id = document.elements[provider].attribute("id") {
        let offset = document.attributePlace(provider, "id")
        result.ids.append(LintedFile.Name(text: id.lowercased(), offset: offset))
      }
      result.domains += document.children(provider, "domain").map { index in
        LintedFile.Name(
          text: document.elements[index].trimmedText.lowercased(),
          offset: document.textPlace(index))
      }
    }
    result.offers = StatedServer.all(inClientConfig: document)
    return result
  }
}
