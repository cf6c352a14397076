/// All that is generated for one domain, from one model. The same settings give the same bytes.
public struct DomainFiles: Sendable {
  public var files: [GeneratedFile] = []
  public var leftOut: [FormatLeftOut] = []

  /// - Parameters:
  ///   - inOwnDirectory: whether what the web server serves lies in a directory named by the domain.
  ///   - formats: no others are made.
  public init(
    _ settings: DomainSettings, inOwnDirectory: Bool = false,
    formats: Set<AutoconfigFormat> = Set(AutoconfigFormat.allCases)
  ) {
    for format in AutoconfigFormat.allCases where formats.contains(format) {
      let webRoot = inOwnDirectory ? settings.domain.ascii + "/" : ""
      let paths = Self.paths(format, settings, webRoot)
      switch Self.content(format, settings) {
      case .failure(let reason):
        leftOut.append(
          FormatLeftOut(format: format, reason: reason.text, paths: paths.map(\.file)))
      case .success(let text):
        for path in paths {
          files.append(
            GeneratedFile(
              format: format, domain: settings.domain, path: path.file, bytes: Array(text.utf8),
              urls: path.urls,
              webRoot: [.autoconfig, .autodiscover, .pacc].contains(format) ? webRoot : nil))
        }
      }
    }
  }

  /// One format's text, or why there is none.
  static func content(
    _ format: AutoconfigFormat, _ settings: DomainSettings
  ) -> Result<String, CannotSay> {
    switch format {
    case .autoconfig, .isp: ClientConfigText.text(settings)
    case .autodiscover: AutodiscoverText.text(settings)
    case .mobileconfig: MobileConfigText.text(settings)
    case .pacc: PACCText.text(settings)
    case .zone: .success(ZoneText.text(settings))
    case .prf: PRFText.text(settings)
    case .nginx: served(settings, NginxText.server)
    case .nginxInclude: served(settings, NginxText.include)
    case .apache: served(settings, ApacheText.server)
    case .apacheInclude: served(settings, ApacheText.include)
    }
  }

  private static func served(
    _ settings: DomainSettings, _ text: (DomainSettings) -> String
  ) -> Result<String, CannotSay> {
    guard !WebFile.all(settings).isEmpty else {
      return .failure(CannotSay("there is no file for a web server to serve"))
    }
    return .success(text(settings))
  }

  private static func paths(
    _ format: AutoconfigFormat, _ settings: DomainSettings, _ directory: String
  ) -> [(file: String, urls: [String])] {
    let name = settings.domain.ascii
    switch format {
    case .zone: return [("dns/\(name).zone", [])]
    case .isp: return [("isp/\(name).xml", [])]
    case .prf: return [("outlook/\(name).prf", [])]
    case .nginx: return [("nginx/\(name).conf", [])]
    case .nginxInclude: return [("nginx/\(name).include", [])]
    case .apache: return [("apache/\(name).conf", [])]
    case .apacheInclude: return [("apache/\(name).include", [])]
    case .autoconfig, .autodiscover, .mobileconfig, .pacc:
      return WebFile.known(settings).filter { $0.format == format }.map {
        (directory + $0.path.dropFirst(), $0.urls)
      }
    }
  }
}

/// A format has no way to say what the settings say.
struct CannotSay: Error {
  var text: String

  init(_ text: String) { self.text = text }
}
