import ConfigFormats
import ProfileRewriter

/// Autoconfig files of the user's own choosing (`--servers PATH`), which go before what is known by
/// itself: one file, or a directory laid out as Mozilla's provider database or a Thunderbird
/// installation's `isp`: a file for each provider, named by one of its domains, with or without
/// `.xml`; or what `autoconfig generate --out` lays out, a web root with such a directory in it.
public struct ServerFiles: Sendable {
  public struct Entry: Sendable, Hashable {
    /// For people: the file's path.
    public var file: String
    public var provider: ProviderFacts

    public init(file: String, provider: ProviderFacts) {
      self.file = file
      self.provider = provider
    }
  }

  public var entries: [Entry]

  public init(entries: [Entry]) { self.entries = entries }

  /// Larger than any file of a provider database by far.
  private static let largestFile = 1 << 20

  /// - Parameter path: absolute. Links are followed: the user named it.
  /// - Throws: `not-found`, `io`, `too-large`, or `syntax` for a file that is no autoconfig file.
  ///   In a directory every file whose name ends in `.xml` must be one; others count only if they
  ///   are.
  public init(path: [UInt8]) throws(Refusal) {
    let shown = path.printable
    guard let place = RelativePath(String(decoding: path.drop { $0 == 0x2F }, as: UTF8.self)) else {
      throw Refusal(.notFound, "\(shown) names no autoconfig file")
    }
    let view = try InstallationView(
      allowed: [String(decoding: path, as: UTF8.self)], fileSizeLimit: Self.largestFile)
    entries = []
    switch try view.kind(place) {
    case .directory:
      try readMembers(of: place, view)
      if entries.isEmpty, let isp = RelativePath("isp") {
        try readMembers(of: place.appending(isp), view)
      }
      guard !entries.isEmpty else {
        throw Refusal(.noIMAPSettings, "\(shown) holds no autoconfig file")
      }
    case .file:
      try add(try view.read(place) ?? [], file: shown)
    case nil: throw Refusal(.notFound, "there is no \(shown)")
    default: throw Refusal(.notRegular, "\(shown) is neither a file nor a directory")
    }
  }

  private mutating func readMembers(
    of directory: RelativePath, _ view: InstallationView
  ) throws(Refusal) {
    guard try view.kind(directory) == .directory else { return }
    for name in try view.list(directory) ?? [] { try readMember(name, of: directory, view) }
  }

  private mutating func readMember(
    _ name: [UInt8], of directory: RelativePath, _ view: InstallationView
  ) throws(Refusal) {
    guard name.first != UInt8(ascii: "."), let member = RelativePath(name),
      try view.kind(directory.appending(member)) == .file
    else { return }
    let place = directory.appending(member)
    let text = String(decoding: name, as: UTF8.self)
    let isNamedXML = text.lowercased().hasSuffix(".xml")
    do throws(Refusal) {
      let bytes = try view.read(place) ?? []
      let domain = isNamedXML ? String(text.dropLast(4)) : text
      try add(bytes, file: "/" + place.bytes.printable, domain: HostName.normalized(domain))
    } catch {
      // A README beside the files is no mistake.
      if isNamedXML { throw error }
    }
  }

  /// - Parameter domain: the one a file in a directory is named by, which Thunderbird goes by.
  private mutating func add(_ bytes: [UInt8], file: String, domain: String? = nil) throws(Refusal) {
    for var provider in try ClientConfigFile.read(bytes, name: file) {
      if let domain, domain.contains("."), !provider.domains.contains(domain) {
        provider.domains.append(domain)
      }
      entries.append(Entry(file: file, provider: provider))
    }
  }
}
