import ConfigFormats
import ProfileRewriter

/// All of a profile's `*.source` files, read once.
struct LoadedSources: Sendable {
  let layout: EvolutionLayout
  let home: any DirectoryView
  let installation: any DirectoryView
  /// In the order of their names.
  let sources: [AccountSource]
  /// Files that cannot be read, and whether a POP account is in them as far as can be seen.
  let unreadable: [(uid: String, refusal: Refusal, looksLikePOP: Bool)]

  /// - Throws: `unsupported` for a directory that is none of Evolution's, else what listing throws.
  init(_ context: ProfileContext) throws(Refusal) {
    guard let layout = EvolutionLayout(profile: context.profile) else {
      throw Refusal(.unsupported, "this is no place where Evolution keeps its accounts")
    }
    self.layout = layout
    home = context.directory
    installation = context.installation
    var sources: [AccountSource] = []
    var unreadable: [(uid: String, refusal: Refusal, looksLikePOP: Bool)] = []
    // A source has two kilobytes; the registry reads all of them at its start.
    var budget = ReadBudget(bytes: 8 << 20)
    for name in try home.list(layout.sources) ?? [] {
      guard let uid = Self.uid(of: name), let leaf = RelativePath(name) else { continue }
      let path = layout.sources.appending(leaf)
      var bytes: [UInt8] = []
      do throws(Refusal) {
        // Gone since it was listed: the client writes a new file and renames it.
        guard let found = try home.read(path) else { continue }
        bytes = found
        sources.append(try Self.source(uid, path, bytes, home))
      } catch {
        let isKept = error.reason != .syntax || Self.looksLikePOP(bytes)
        unreadable.append((uid, error, isKept))
      }
      try budget.take(bytes.count, of: path)
    }
    self.sources = sources
    self.unreadable = unreadable
  }

  private static func source(
    _ uid: String, _ path: RelativePath, _ bytes: [UInt8], _ home: any DirectoryView
  ) throws(Refusal) -> AccountSource {
    do {
      return AccountSource(uid: uid, path: path, document: try KeyFileDocument(parsing: bytes))
    } catch {
      throw Refusal(syntax: error, in: path, root: home.absolutePath)
    }
  }

  /// In a file that breaks the grammar, which the registry does not load.
  private static func looksLikePOP(_ bytes: [UInt8]) -> Bool {
    ByteText.lines(bytes).contains { line in
      line.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
        .starts(with: Array("BackendName=pop".utf8))
    }
  }

  /// Names that begin with a dot, and all other endings, the registry passes over (seen).
  private static func uid(of name: [UInt8]) -> String? {
    let ending = Array(".source".utf8)
    guard ByteText.hasSuffix(name, ending), name.count > ending.count,
      name.first != UInt8(ascii: ".")
    else { return nil }
    return String(validating: name.dropLast(ending.count), as: UTF8.self)
  }

  subscript(uid: String) -> AccountSource? { sources.first { $0.uid == uid } }

  /// The transport by which an account's identity sends, where that is SMTP.
  func transport(of account: AccountSource) -> AccountSource? {
    guard let uid = identity(of: account)?.text("Mail Submission/TransportUid"),
      let transport = self[uid], transport.name("Mail Transport/BackendName") ?? "smtp" == "smtp"
    else { return nil }
    return transport
  }

  /// The identity that an account names.
  func identity(of account: AccountSource) -> AccountSource? {
    account.text("Mail Account/IdentityUid").flatMap { self[$0] }
  }
}
