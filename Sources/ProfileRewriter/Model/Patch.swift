import ConfigFormats

/// A path below an opened root: components joined by "/", never absolute, never "..", as raw bytes
/// decoded leniently only for showing.
public struct RelativePath: Sendable, Hashable, Codable, Comparable {
  public let bytes: [UInt8]

  /// nil for an absolute path, an empty component, "." or "..", or a NUL byte.
  public init?(_ bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    guard Self.isRelative(bytes) else { return nil }
    self.bytes = bytes
  }

  private static func isRelative(_ bytes: [UInt8]) -> Bool {
    // Of the component that is being looked at: how long it is, and whether all of it is dots.
    var length = 0
    var isDots = true
    for byte in bytes {
      switch byte {
      case 0: return false
      case UInt8(ascii: "/"):
        if isDots, length < 3 { return false }
        length = 0
        isDots = true
      default:
        length += 1
        if byte != UInt8(ascii: ".") { isDots = false }
      }
    }
    // An empty path ends with an empty component, too.
    return !(isDots && length < 3)
  }

  public init?(_ text: String) { self.init(Array(text.utf8)) }

  /// The path for people; bytes that are not UTF-8 are shown as U+FFFD.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// For people: nothing in it acts on whoever shows it.
  public var shown: String { bytes.printable }

  public var name: [UInt8] {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return bytes }
    return Array(bytes[(slash + 1)...])
  }

  public var parent: RelativePath? {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return nil }
    return RelativePath(joined: Array(bytes[..<slash]))
  }

  public func appending(_ other: RelativePath) -> RelativePath {
    var joined: [UInt8] = []
    joined.reserveCapacity(bytes.count + 1 + other.bytes.count)
    joined += bytes
    joined.append(UInt8(ascii: "/"))
    joined += other.bytes
    return RelativePath(joined: joined)
  }

  /// The part of this path below `ancestor`, or nil where it is not below it.
  public func relative(to ancestor: RelativePath) -> RelativePath? {
    let slash = ancestor.bytes.count
    // Nothing behind the slash is no path, and no path ends with one.
    guard bytes.count > slash + 1, bytes[slash] == UInt8(ascii: "/"),
      bytes.starts(with: ancestor.bytes)
    else { return nil }
    return RelativePath(joined: Array(bytes[(slash + 1)...]))
  }

  private init(joined: [UInt8]) { bytes = joined }

  public static func < (left: Self, right: Self) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

/// What undo may do with an edit when the file has changed since.
public enum UndoRule: Sendable, Codable, Hashable {
  /// Compare three ways: before, ours, now.
  case value
  /// We added these elements to a list; undo takes them out and leaves the others.
  case elements([ListElement])
  /// A number that only grows; never lowered.
  case counter
  /// We added a record (a saved login); undo takes it out unless it was changed or is still needed.
  case record
}

/// An element we added to a list, and the accounts that need it.
public struct ListElement: Sendable, Codable, Hashable {
  public var bytes: [UInt8]
  public var users: [String]

  public init(bytes: [UInt8], users: [String]) {
    self.bytes = bytes
    self.users = users
  }
}

/// A stretch of a file that gave way: at `offset` of the *old* file, `old` became `new`.
public struct Span: Sendable, Codable, Hashable {
  public var offset: Int
  public var old: [UInt8]
  /// nil in a sensitive file: only ``newLength`` is kept.
  public var new: [UInt8]?
  public var newLength: Int

  public init(offset: Int, old: [UInt8], new: [UInt8]?, newLength: Int) {
    self.offset = offset
    self.old = old
    self.new = new
    self.newLength = newLength
  }
}

/// One key of one file that a change sets, adds, removes or extends.
public struct KeyedEdit: Sendable, Codable, Hashable {
  public var key: String
  /// Values in the format's canonical spelling; nil means absent. Of a secret key these are
  /// fingerprints (SHA-256) of the value and never the value.
  public var before: [UInt8]?
  public var after: [UInt8]?
  public var secret: Bool
  /// For a secret record: where it was copied from and what differs, in words.
  public var recipe: String?
  public var spans: [Span]
  public var rule: UndoRule
  /// The key decides where the account connects or stores: a conflict here undoes nothing.
  public var deciding: Bool
  /// The client is known to rewrite this key by itself.
  public var clientRewrites: ClientRewrite?
  /// The accounts that need this edit; it is undone with the last of them.
  public var users: [String]

  /// The key is left as it is, and recorded only because the client may write it after the switch.
  public var isForTheClientToWrite: Bool {
    clientRewrites != nil && rule == .value && before == after && spans.isEmpty
  }

  public init(
    key: String, before: [UInt8]?, after: [UInt8]?, secret: Bool = false, recipe: String? = nil,
    spans: [Span], rule: UndoRule = .value, deciding: Bool = false,
    clientRewrites: ClientRewrite? = nil, users: [String]
  ) {
    self.key = key
    self.before = before
    self.after = after
    self.secret = secret
    self.recipe = recipe
    self.spans = spans
    self.rule = rule
    self.deciding = deciding
    self.clientRewrites = clientRewrites
    self.users = users
  }
}

/// That a client writes a key by itself after the switch: undo puts the old value over the client's.
public struct ClientRewrite: Sendable, Codable, Hashable {
  public enum Values: Sendable, Codable, Hashable {
    case any
    /// It takes the key away.
    case absent
    /// Values that begin so.
    case beginning([UInt8])
  }

  /// How it is known, in words.
  public var evidence: String
  /// What the client writes. Any other value is the user's.
  public var values: Values

  public init(_ evidence: String, _ values: Values = .any) {
    self.evidence = evidence
    self.values = values
  }

  /// Whether the client may have written `value`.
  public func covers(_ value: [UInt8]?) -> Bool {
    switch values {
    case .any: true
    case .absent: value == nil
    case .beginning(let prefix): value?.starts(with: prefix) ?? false
    }
  }
}

/// What begins with this prefix exists because of us; undo takes it whole, with what the client has
/// added there.
public struct CreatedBranch: Sendable, Codable, Hashable {
  public enum Kind: String, Sendable, Codable {
    /// Keys of the file.
    case keys
    /// Elements of any list in the file.
    case elements
  }

  public var kind: Kind
  public var prefix: String
  public var users: [String]

  public init(_ kind: Kind = .keys, prefix: String, users: [String]) {
    self.kind = kind
    self.prefix = prefix
    self.users = users
  }
}

/// What a file was at one moment.
public struct FileState: Sendable, Codable, Hashable {
  public var mode: UInt32
  public var uid: UInt32
  public var gid: UInt32
  public var size: Int
  public var sha256: [UInt8]

  public init(mode: UInt32, uid: UInt32, gid: UInt32, size: Int, sha256: [UInt8]) {
    self.mode = mode
    self.uid = uid
    self.gid = gid
    self.size = size
    self.sha256 = sha256
  }
}

/// What a change does to one file or directory below the change's root.
public struct FilePatch: Sendable, Codable, Hashable {
  public enum Action: String, Sendable, Codable, CaseIterable {
    case edit, create, mkdir
    /// A directory that is made with all that is in it; ``FilePatch/after`` has the size of its files
    /// together and the hash that stands for them.
    case tree
    /// The change leaves the file alone, and undo needs it: where it is gone by then, it is made
    /// again from ``FilePatch/kept``.
    case keep
  }

  public var path: RelativePath
  public var action: Action
  /// The file that decides: replaced last by apply, first by undo.
  public var commits: Bool
  public var sensitive: Bool
  /// nil for what did not exist.
  public var before: FileState?
  /// nil for a directory that is made empty.
  public var after: FileState?
  public var edits: [KeyedEdit]
  public var branches: [CreatedBranch]
  /// The whole content of a file with the action `keep`.
  public var kept: [UInt8]?
  public var users: [String]

  public init(
    path: RelativePath, action: Action, commits: Bool = false, sensitive: Bool = false,
    before: FileState?, after: FileState?, edits: [KeyedEdit] = [], branches: [CreatedBranch] = [],
    kept: [UInt8]? = nil, users: [String]
  ) {
    self.kept = kept
    self.path = path
    self.action = action
    self.commits = commits
    self.sensitive = sensitive
    self.before = before
    self.after = after
    self.edits = edits
    self.branches = branches
    self.users = users
  }
}

extension FilePatch {
  /// The file is left as it is, and recorded only because the client may write it after the switch.
  var isForTheClientToWrite: Bool {
    action == .edit && !commits && before?.sha256 == after?.sha256
  }
}

/// One profile in one run, with all its accounts: all-old or all-new, and undone as one.
public struct Change: Sendable, Codable, Hashable {
  public enum State: String, Sendable, Codable, CaseIterable {
    /// The patch is durable; files may or may not have been replaced.
    case prepared
    case applied
    /// An undo is durable as intent; files may or may not have been put back.
    case undoing
    case undone
    /// It could not be settled or undone; a person must look.
    case conflict

    /// Neither all-old nor all-new for certain.
    static let unfinished: Set<State> = [.prepared, .undoing, .conflict]
    /// Not undone.
    static let standing = unfinished.union([.applied])
  }

  public var id: String
  public var run: String
  /// The opened root as an absolute path: a home, or the profile itself when named as PATH.
  public var root: [UInt8]
  /// The home, where one is known.
  public var home: [UInt8]?
  public var client: String
  /// The profile's directory below the root; nil when the root is the profile.
  public var profile: RelativePath?
  /// Directories of the home that lie elsewhere.
  public var relocations: [Relocation]
  /// The change that this one completes; it is undone with that.
  public var followUpOf: String?
  /// Of a change that makes new folders, and edits nothing: the directory in which they are made
  /// before they are moved to their places, and into which an undo moves what it takes away. There
  /// are no ``files`` until all of it is made.
  public var staging: RelativePath?
  public var accounts: [SwitchedAccount]
  /// In write order; the committing file is last.
  public var files: [FilePatch]
  public var warnings: [Warning]
  public var state: State
  /// Seconds since 1970.
  public var createdAt: Int
  /// Accounts already undone one by one.
  public var undoneAccounts: [String]

  public init(
    id: String, run: String, root: [UInt8], home: [UInt8]?, client: String, profile: RelativePath?,
    relocations: [Relocation] = [], followUpOf: String? = nil, staging: RelativePath? = nil,
    accounts: [SwitchedAccount],
    files: [FilePatch], warnings: [Warning], state: State, createdAt: Int,
    undoneAccounts: [String] = []
  ) {
    self.relocations = relocations
    self.followUpOf = followUpOf
    self.staging = staging
    self.id = id
    self.run = run
    self.root = root
    self.home = home
    self.client = client
    self.profile = profile
    self.accounts = accounts
    self.files = files
    self.warnings = warnings
    self.state = state
    self.createdAt = createdAt
    self.undoneAccounts = undoneAccounts
  }
}

/// One account of a change: from where to where.
public struct SwitchedAccount: Sendable, Codable, Hashable {
  public var key: String
  public var from: ServerSettings
  public var to: ServerSettings
  /// The adapter's own, for a follow-up.
  public var note: String?

  public init(key: String, from: ServerSettings, to: ServerSettings, note: String? = nil) {
    self.note = note
    self.key = key
    self.from = from
    self.to = to
  }
}
