import ConfigFormats
import ProfileRewriter

/// A file of settings for one or several domains: a keyfile with a group for each domain, named by
/// it, and an optional group `defaults` in front for what they have in common. The keys are those of
/// ``SettingName``.
public struct DomainSettingsFile: Sendable {
  public struct Entry: Sendable {
    /// For people: the file's path and the line of the group.
    public var place: String
    public var settings: DomainSettings
  }

  public static let defaultsGroup = "defaults"
  /// Larger than what anybody writes by hand by far.
  private static let largestFile = 1 << 20

  // MARK: Places

  /// All domains of a file, or of all files in a directory whose names end in `.ini` or `.conf`, by
  /// the files' names.
  /// - Parameter path: absolute. Links are followed: the user named it.
  /// - Returns: the domains, and whether each is to have a directory of its own: with more than one,
  ///   and always for a directory, to which another may come.
  /// - Throws: `not-found`, `io`, `too-large`; `syntax` with the place for what does not hold, for
  ///   a domain that is there twice, and where there is none.
  public static func read(
    path: [UInt8]
  ) throws(Refusal) -> (domains: [DomainSettings], inOwnDirectories: Bool) {
    let shown = path.printable
    guard let place = RelativePath(String(decoding: path.drop { $0 == 0x2F }, as: UTF8.self)) else {
      throw Refusal(.notFound, "\(shown) names no settings file")
    }
    let view = try InstallationView(
      allowed: [String(decoding: path, as: UTF8.self)], fileSizeLimit: largestFile)
    switch try view.kind(place) {
    case .directory:
      var files: [(name: String, bytes: [UInt8])] = []
      for name in try view.list(place) ?? [] {
        let text = String(decoding: name, as: UTF8.self)
        guard !text.hasPrefix("."), text.hasSuffix(".ini") || text.hasSuffix(".conf"),
          let member = RelativePath(name)
        else { continue }
        files.append(
          (shown + "/" + name.printable, try view.read(place.appending(member)) ?? []))
      }
      guard !files.isEmpty else {
        throw Refusal(
          .notFound, "\(shown) holds no settings file: their names end in .ini or .conf")
      }
      return (try read(files, inOwnDirectories: true), true)
    case .file:
      let file = (shown, try view.read(place) ?? [])
      let domains = try read([file], inOwnDirectories: false)
      guard domains.count > 1 else { return (domains, false) }
      return (try read([file], inOwnDirectories: true), true)
    case nil: throw Refusal(.notFound, "there is no \(shown)")
    default: throw Refusal(.notRegular, "\(shown) is neither a file nor a directory")
    }
  }

  private static func read(
    _ files: [(name: String, bytes: [UInt8])], inOwnDirectories: Bool
  ) throws(Refusal) -> [DomainSettings] {
    var seen: [DomainName: String] = [:]
    var result: [DomainSettings] = []
    for file in files {
      for entry in try read(file.bytes, name: file.name, inOwnDirectories: inOwnDirectories) {
        if let other = seen.updateValue(entry.place, forKey: entry.settings.domain) {
          throw Refusal(
            .syntax, "\(entry.place): \(entry.settings.domain.display) is in \(other) already")
        }
        result.append(entry.settings)
      }
    }
    result.findSharedWebHosts()
    return result
  }

  // MARK: One file

  /// - Parameter name: of the file, for people.
  /// - Throws: `syntax` with file, line and column.
  public static func read(
    _ bytes: [UInt8], name: String, inOwnDirectories: Bool
  ) throws(Refusal) -> [Entry] {
    let document: KeyFileDocument
    do { document = try KeyFileDocument(parsing: bytes) } catch {
      throw Refusal(.syntax, "\(name), \(error.description)")
    }
    let file = NamedKeyFile(document: document, name: name)
    try file.checkRepetitions()
    var shared: [SettingName: (value: String, address: KeyFileAddress)] = [:]
    var result: [Entry] = []
    for group in document.groups where group.elementsEqual(defaultsGroup.utf8) {
      shared = try file.values(of: group)
    }
    for group in document.groups where !group.elementsEqual(defaultsGroup.utf8) {
      let own = try file.values(of: group)
      let values = shared.merging(own) { $1 }
      let place = file.place(ofGroup: group)
      do throws(SettingProblem) {
        let settings = try DomainSettings(
          domain: String(decoding: group, as: UTF8.self), values.mapValues(\.value),
          inOwnDirectory: inOwnDirectories)
        result.append(Entry(place: place, settings: settings))
      } catch {
        throw file.refusal(error, place: place, values)
      }
    }
    guard !result.isEmpty else {
      throw Refusal(.syntax, "\(name) names no domain: each is a group, such as [example.com]")
    }
    return result
  }
}

/// A keyfile that can say where in it something is wrong.
private struct NamedKeyFile {
  let document: KeyFileDocument
  let name: String

  /// Of two values for one thing neither is surely the one that is meant.
  func checkRepetitions() throws(Refusal) {
    guard let found = document.firstRepetition else { return }
    let shown = found.name.printable
    throw problem(
      at: found.position,
      (found.isGroup ? "[\(shown)] is there twice" : "\(shown) is given twice")
        + ", first in line \(found.first.line)", expected: nil)
  }

  func values(
    of group: [UInt8]
  ) throws(Refusal) -> [SettingName: (value: String, address: KeyFileAddress)] {
    var result: [SettingName: (value: String, address: KeyFileAddress)] = [:]
    for address in document.addresses where address.group == group {
      guard let setting = SettingName(rawValue: String(decoding: address.key, as: UTF8.self)) else {
        throw problem(
          at: document.position(ofKey: address), "\(address.key.printable) is no setting",
          expected: "one of \(SettingName.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      do {
        result[setting] = (try document.string(at: address), address)
      } catch {
        throw problem(
          at: document.position(of: address), "the value is no text",
          expected: "UTF-8, a backslash written as \\\\")
      }
    }
    return result
  }

  func refusal(
    _ problem: SettingProblem, place: String,
    _ values: [SettingName: (value: String, address: KeyFileAddress)]
  ) -> Refusal {
    guard let setting = problem.name else { return Refusal(.syntax, "\(place): \(problem.text)") }
    let text = "\(setting.rawValue) \(problem.text)"
    guard let address = values[setting]?.address else {
      return Refusal(.syntax, "\(place): \(text)")
    }
    return self.problem(at: document.position(of: address), text, expected: nil)
  }

  func place(ofGroup group: [UInt8]) -> String {
    guard let position = document.position(ofGroup: group) else { return name }
    return "\(name), line \(position.line), column \(position.column)"
  }

  private func problem(
    at position: SourcePosition?, _ text: String, expected: String?
  ) -> Refusal {
    guard let position else { return Refusal(.syntax, "\(name): \(text)") }
    let excerpt = document.source.excerpt(at: position.offset)
    return Refusal(
      .syntax,
      "\(name), line \(position.line), column \(position.column): \(text)"
        + (expected.map { "; expected \($0)" } ?? "") + "\n" + excerpt)
  }
}
