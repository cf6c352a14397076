import Foundation
import ProfileRewriter

@testable import Autoconfig

/// Generated files on disk and, beside them, what was put in, for `Readers/read-generated`.
struct GeneratedCases: Sendable {
  let directory: URL
  private(set) var manifest: URL
  private(set) var count = 0

  private struct Case: Encodable {
    struct Server: Encodable {
      var kind, host, security, username: String
      var port: Int
      var auth: [String]
    }
    var directory, domain, displayName, shortName, webHost, webRoot: String
    var domainForms, leftOut: [String]
    var documentation: String?
    var refusesPOP: Bool
    var ttl: Int
    var servers: [Server]

    enum CodingKeys: CodingKey {
      case directory, domain, displayName, shortName, webHost, webRoot, domainForms, leftOut
      case documentation, refusesPOP, ttl, servers
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(directory, forKey: .directory)
      try container.encode(domain, forKey: .domain)
      try container.encode(displayName, forKey: .displayName)
      try container.encode(shortName, forKey: .shortName)
      try container.encode(webHost, forKey: .webHost)
      try container.encode(webRoot, forKey: .webRoot)
      try container.encode(domainForms, forKey: .domainForms)
      try container.encode(leftOut, forKey: .leftOut)
      // Null, and not absent.
      try container.encode(documentation, forKey: .documentation)
      try container.encode(refusesPOP, forKey: .refusesPOP)
      try container.encode(ttl, forKey: .ttl)
      try container.encode(servers, forKey: .servers)
    }
  }

  private var cases: [Case] = []

  init() throws {
    directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("generated-\(UUID().uuidString)")
    manifest = directory.appendingPathComponent("manifest.json")
    try FileManager.default.createDirectory(
      at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
  }

  /// - Parameter given: what was asked for, in place of what the settings hold.
  mutating func add(_ settings: DomainSettings, given: [SettingName: String] = [:]) throws {
    let result = DomainFiles(settings)
    let place = directory.appendingPathComponent("out-\(count)")
    _ = try OutputDirectory(path: Array(place.path.utf8)).write(result.files, replacing: false)
    func asked(_ name: SettingName, _ value: String) -> String { given[name] ?? value }
    cases.append(
      Case(
        directory: place.path, domain: settings.domain.ascii,
        displayName: asked(.displayName, settings.displayName),
        shortName: asked(.shortName, settings.shortName),
        webHost: settings.publication.webHost.ascii, webRoot: settings.publication.webRoot,
        domainForms: [settings.domain.ascii], leftOut: result.leftOut.map(\.format.rawValue),
        documentation: given.isEmpty ? settings.documentation : given[.documentation],
        refusesPOP: settings.refusesPOP, ttl: settings.publication.ttl,
        servers: settings.servers.map { server in
          let name =
            (server.kind == .smtp ? given[.smtpUsername] ?? given[.username] : given[.username])?
            .replacing(Placeholder.domain, with: settings.domain.ascii)
          return .init(
            kind: server.kind.rawValue, host: server.host, security: server.security.rawValue,
            username: name ?? server.username, port: server.port, auth: server.auth.map(\.rawValue))
        }))
    count += 1
  }

  func save() throws { try JSONEncoder().encode(cases).write(to: manifest) }

  func remove() { try? FileManager.default.removeItem(at: directory) }

  struct Answer: Decodable {
    var checked: Int
    var problems: [String]
    var more: Int
  }

  /// What other people's readers make of the files; `what` is files, dns, nginx or apache.
  func read(_ what: String) throws -> Answer {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Readers/read-generated")
    let output = directory.appendingPathComponent("answer-\(what)")
    _ = FileManager.default.createFile(atPath: output.path, contents: nil)
    let process = Process()
    process.executableURL = script
    process.arguments = [manifest.path, what]
    let handle = try FileHandle(forWritingTo: output)
    process.standardOutput = handle
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return try JSONDecoder().decode(Answer.self, from: Data(contentsOf: output))
  }
}
