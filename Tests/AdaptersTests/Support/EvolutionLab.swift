import Adapters
import ConfigFormats
import ProfileRewriter
import Testing

/// One home in memory with Evolution's adapter on it. The adapter sees no more of it than the trees
/// it names.
struct EvolutionLab {
  static let config = ".config/evolution"

  var home: MemoryView
  var profile = EvolutionLab.config
  var options = SwitchOptions()
  let adapter = EvolutionAdapter()

  /// The system's own files.
  var installation = MemoryView(at: "/")

  /// A home with one POP account `a`, its identity `i`, and POP's own state.
  init(_ change: (inout String) -> Void = { _ in }) {
    home = MemoryView(at: "/home/lab")
    add("a", change)
  }

  init(home: MemoryView) { self.home = home }

  /// An account with its identity (`i` for `a`, `i-…` for others) as Evolution 3.46.4 writes them.
  mutating func add(_ uid: String, _ change: (inout String) -> Void = { _ in }) {
    var text = Self.account.replacing("{I}", with: Self.identity(of: uid))
    change(&text)
    self[uid] = text
    self[Self.identity(of: uid)] = Self.identity.replacing("{A}", with: uid)
    home["\(dataTree)/mail/\(uid)/uid-cache"] = "uid-1 \(uid)\nuid-2 \(uid)\n"
  }

  static func identity(of uid: String) -> String { uid == "a" ? "i" : "i-\(uid)" }

  var dataTree: String {
    profile == Self.config
      ? ".local/share/evolution" : ".var/app/org.gnome.Evolution/data/evolution"
  }

  var cacheTree: String {
    profile == Self.config ? ".cache/evolution" : ".var/app/org.gnome.Evolution/cache/evolution"
  }

  /// A source file's text.
  subscript(uid: String) -> String? {
    get { home["\(profile)/sources/\(uid).source"] }
    set { home["\(profile)/sources/\(uid).source"] = newValue }
  }

  /// A value of a source file as it stands there.
  func value(_ uid: String, _ key: String) throws -> String? {
    let path = try #require(RelativePath("\(profile)/sources/\(uid).source"))
    let bytes = try #require(home.bytes(path))
    return try KeyFileDocument(parsing: bytes).value(forKey: key)
      .map { String(decoding: $0, as: UTF8.self) }
  }

  // MARK: Asking the adapter

  var context: ProfileContext {
    let path = RelativePath(profile)
    return ProfileContext(
      directory: TreesOnly(home: home, trees: path.flatMap(adapter.trees) ?? []), profile: path,
      installation: installation)
  }

  func accounts() throws(Refusal) -> [Account] { try adapter.accounts(in: context) }

  func account(_ uid: String = "a") throws -> Account {
    try #require(try accounts().first { $0.key == uid })
  }

  func plan(_ uids: [String] = ["a"], to target: ServerSettings? = nil) throws -> ProfilePlan {
    let accounts = try accounts()
    let switches = uids.compactMap { uid in
      accounts.first { $0.key == uid }.map {
        AccountSwitch(
          account: $0, target: target ?? Lab.imap($0.settings.username, auth: $0.imapAuth))
      }
    }
    #expect(switches.count == uids.count)
    var choices = Lab.choices()
    return try adapter.plan(switches, in: context, options: options, choices: &choices)
  }

  /// Plans and applies; every account must be accepted.
  func switched(_ uids: [String] = ["a"], to target: ServerSettings? = nil) throws -> EvolutionLab {
    let plan = try plan(uids, to: target)
    for outcome in plan.outcomes { #expect(outcome.refusal == nil, "\(outcome)") }
    var lab = self
    lab.home = try home.applying(plan, of: adapter)
    return lab
  }

  func refusal(_ uid: String = "a", to target: ServerSettings? = nil) throws -> ReasonCode? {
    do {
      return try plan([uid], to: target).outcomes.first?.refusal?.reason
    } catch let refusal as Refusal {
      return refusal.reason
    }
  }

  func warnings(to target: ServerSettings? = nil) throws -> [WarningCode] {
    let outcome = try #require(try plan(to: target).outcomes.first)
    #expect(outcome.refusal == nil)
    return outcome.warnings.map(\.code)
  }

  // MARK: Texts

  static let account = """
    [Data Source]
    DisplayName=alice@lab.test
    Enabled=true
    Parent=

    [Mail Account]
    BackendName=pop
    IdentityUid={I}
    ArchiveFolder=
    NeedsInitialSetup=false
    MarkSeen=inconsistent
    MarkSeenTimeout=1500
    Builtin=false

    [Authentication]
    Host=pop.lab.test
    Method=none
    Port=995
    ProxyUid=system-proxy
    RememberPassword=true
    User=alice@lab.test
    CredentialName=
    IsExternal=false

    [Refresh]
    Enabled=true
    IntervalMinutes=60

    [Security]
    Method=ssl-on-alternate-port

    [Pop Backend]
    FilterInbox=true
    StoreChangesInterval=3
    DeleteAfterDays=0
    DeleteExpunged=false
    DisableExtensions=false
    KeepOnServer=true
    AutoFetch=true
    EnableUtf8=true
    LastCacheExpunge=0

    """

  static let identity = """
    [Data Source]
    DisplayName=alice@lab.test
    Enabled=true
    Parent={A}

    [Mail Submission]
    SentFolder=folder://local/Sent
    TransportUid=t
    RepliesToOriginFolder=false
    UseSentFolder=true

    [Mail Composition]
    Bcc=
    Cc=
    DraftsFolder=folder://local/Drafts
    ReplyStyle=default
    TemplatesFolder=folder://local/Templates

    [Mail Identity]
    Address=alice@lab.test
    Name=Lab User

    """
}

extension String {
  /// Another value for a key that stands once in the text.
  mutating func set(_ key: String, _ value: String, in group: String? = nil) {
    var start = startIndex
    if let group, let header = range(of: "[\(group)]") { start = header.upperBound }
    guard let line = self[start...].firstRange(of: "\n\(key)=") else {
      Issue.record("no \(key) to set")
      return
    }
    let end = self[line.upperBound...].firstIndex(of: "\n") ?? endIndex
    replaceSubrange(line.upperBound..<end, with: value)
  }

  private func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}

/// A home of which an adapter sees its trees alone; of the directories on the way only that they are
/// there.
private struct TreesOnly: DirectoryView {
  var home: MemoryView
  var trees: [RelativePath]

  var absolutePath: [UInt8] { home.absolutePath }

  func read(_ path: RelativePath) throws(Refusal) -> [UInt8]? { try home.read(inside(path)) }

  func kind(_ path: RelativePath) throws(Refusal) -> EntryKind? {
    if trees.contains(where: { $0.relative(to: path) != nil }) { return try home.kind(path) }
    return try home.kind(inside(path))
  }

  func list(_ path: RelativePath?) throws(Refusal) -> [[UInt8]]? {
    guard let path else { throw Refusal(.outsideHome, "the home itself") }
    return try home.list(inside(path))
  }

  func size(_ path: RelativePath) throws(Refusal) -> Int? { try home.size(inside(path)) }

  func rows(_ query: String, of database: RelativePath) throws(Refusal) -> [[DatabaseCell]]? {
    try home.rows(query, of: inside(database))
  }

  private func inside(_ path: RelativePath) throws(Refusal) -> RelativePath {
    guard trees.contains(where: { $0 == path || path.relative(to: $0) != nil }) else {
      throw Refusal(.outsideHome, "\(path.text) is read, and in none of the trees")
    }
    return path
  }
}
