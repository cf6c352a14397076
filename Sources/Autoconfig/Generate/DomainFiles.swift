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
      let paths = Self.paths(
        format, settings, inOwnDirectory ? settings.domain.ascii + "/" : "")
      switch Self.content(format, settings) {
      case .failure(let reason):
        leftOut.append(
          FormatLeftOut(format: format, reason: reason.text, paths: paths.map(\.file)))
      case .success(let text):
        for path in paths {
          files.append(
            GeneratedFile(
              format: format, domain: settings.domain, path: path.file, bytes: Array(text.utf8),
              urls: path.urls))
        }
      }
    }
  }

  /// One format's text, or why there is none.
  static func content(
    _ format: AutoconfigFormat, _ settings: DomainSettings
  ) -> Result<String, CannotSay> {
    switch format {
    case .autoconfig, .isp: .success(ClientConfigText.text(settings))
    case .autodiscover: AutodiscoverText.text(settings)
    case .mobileconfig: MobileConfigText.text(settings)
    case .pacc: PACCText.text(settings)
    case .zone: .success(ZoneText.text(settings))
    case .prf: PRFText.text(settings)
    case .nginx: .success(NginxText.server(settings))
    case .nginxInclude: .success(NginxText.include(settings))
    case .apache: .success(ApacheText.server(settings))
    case .apacheInclude: .success(ApacheText.include(settings))
    }
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
