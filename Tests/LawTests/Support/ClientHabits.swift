import ConfigFormats
import Foundation

@testable import Adapters
@testable import ProfileRewriter

/// What the laws must know of a client beyond its adapter: what it does to its files between a
/// switch and its undo, and where its secrets are. A new client is one line in ``all``.
struct ClientHabits: Sendable {
  var client: String
  var adapter: any ClientAdapter
  /// Texts of a fixture that must never leave their files.
  var secrets: @Sendable (Sandbox) throws -> [String]
  /// A file as the client writes it anew: other keys changed and added, ours kept but for those it
  /// is known to write itself.
  var rewrite: @Sendable (_ bytes: [UInt8], _ patch: FilePatch, inout SeededRandom) -> RewrittenFile

  /// Whether several accounts can become one, and what goes can take more than its line.
  var mergesAccounts = false

  static let all = [thunderbird, evolution, autoconfig, clawsMail, sylpheed, windowsMail]

  static func of(_ client: String) throws -> ClientHabits {
    guard let found = all.first(where: { $0.client == client }) else {
      throw Unknown(client: client)
    }
    return found
  }

  struct Unknown: Error { var client: String }

  /// The values of a file by key, as the adapter reads it.
  func values(_ bytes: [UInt8], at path: RelativePath) throws -> [String: [UInt8]] {
    let document = try adapter.document(at: path, SourceText(bytes))
    var values: [String: [UInt8]] = [:]
    for key in document.keys(withPrefix: "") { values[key] = document.value(forKey: key) }
    return values
  }
}

struct RewrittenFile {
  var bytes: [UInt8]
  /// The keys that the client added or changed, with their values: undo must keep them.
  var kept: [String: [UInt8]]
}

extension ClientHabits {
  static let thunderbird = ClientHabits(
    client: "thunderbird", adapter: ThunderbirdAdapter(),
    secrets: { sandbox in
      let logins = try String(
        contentsOf: sandbox.profile.appendingPathComponent("logins.json"), encoding: .utf8)
      return logins.matches(of: /"encrypted(?:Username|Password)":"([^"]+)"/).map {
        String($0.output.1)
      }
    },
    rewrite: { bytes, patch, random in
      ThunderbirdRewrite.rewrite(bytes, keeping: Set(patch.edits.map(\.key)), using: &random)
    })

  static let evolution = ClientHabits(
    client: "evolution", adapter: EvolutionAdapter(),
    secrets: { sandbox in
      let keyrings = sandbox.home.appendingPathComponent(".local/share/keyrings")
      let names = try FileManager.default.contentsOfDirectory(atPath: keyrings.path)
      // What a keyring file holds is enciphered: a piece of it stands for the whole.
      return try names.filter { $0.hasSuffix(".keyring") }.map { name in
        let bytes = try Data(contentsOf: keyrings.appendingPathComponent(name))
        return bytes.suffix(64).base64EncodedString()
      }
    },
    rewrite: { bytes, patch, random in
      EvolutionRewrite.rewrite(bytes, patch: patch, using: &random)
    })

  static let clawsMail = sylpheedFamily(
    "claws-mail", ClawsMailAdapter(), passwords: "passwordstorerc")

  static let sylpheed = sylpheedFamily("sylpheed", SylpheedAdapter(), passwords: "accountrc")

  private static func sylpheedFamily(
    _ client: String, _ adapter: any ClientAdapter, passwords: String
  ) -> ClientHabits {
    ClientHabits(
      client: client, adapter: adapter,
      secrets: { sandbox in
        let file = try String(
          contentsOf: sandbox.profile.appendingPathComponent(passwords), encoding: .utf8)
        return file.matches(of: /(?m)^(?:recv |password=)(.+)$/).map { String($0.output.1) }
      },
      rewrite: { bytes, patch, random in
        SylpheedFamilyRewrite.rewrite(bytes, patch: patch, using: &random)
      })
  }

  static let windowsMail = ClientHabits(
    client: "windows-mail", adapter: WindowsMailAdapter(),
    secrets: { sandbox in
      // The passwords of the account files, and a word of the mail.
      let files = FileManager.default.enumerator(
        at: sandbox.profile, includingPropertiesForKeys: nil)
      var secrets: [String] = []
      while let file = files?.nextObject() as? URL {
        let bytes = (try? [UInt8](Data(contentsOf: file))) ?? []
        if file.pathExtension == "eml" {
          secrets += String(decoding: bytes, as: UTF8.self).matches(of: /word-[a-z]+/).map {
            String($0.output)
          }
        } else if let root = try? XMLTree(parsing: bytes).root {
          secrets += root.elements.filter { $0.name.hasSuffix("_Password2") }.map(\.trimmedText)
        }
      }
      return secrets.filter { !$0.isEmpty }
    },
    rewrite: { bytes, patch, random in
      WindowsMailRewrite.rewrite(bytes, patch: patch, using: &random)
    })

  static let autoconfig = ClientHabits(
    client: "autoconfig-xml", adapter: AutoconfigXMLAdapter(),
    secrets: { sandbox in
      // What is said to everybody is no secret; what no edit needs stays in the file all the same, but
      // for a diff's whole lines.
      let tree = try XMLTree(parsing: [UInt8](Data(contentsOf: sandbox.profile)))
      let outgoing = tree.root.first("emailProvider")?.first("outgoingServer")
      let names = ["password", "hostname"]
      return names.compactMap { outgoing?.first($0)?.trimmedText }.prefix(1).map(\.self)
    },
    rewrite: { bytes, patch, random in
      AutoconfigRewrite.rewrite(bytes, patch: patch, using: &random)
    }, mergesAccounts: true)
}
