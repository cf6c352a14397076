import ConfigFormats

/// Everything the engine needs to know of one mail client. Adapters touch no disk and know no
/// engine: they read through views and answer with values.
public protocol ClientAdapter: Sendable {
  /// The client's name in commands and output ("thunderbird").
  var client: String { get }

  /// The program's own name ("Claws Mail"), for people who are told to open it again; nil where no
  /// program keeps such a profile open.
  var program: String? { get }

  /// The client's profiles below a home, usable or not, in a stable order, each once.
  func profiles(in home: any DirectoryView) -> [ProfileListing]

  /// Where in a home profiles may lie: where the first component of none of these is there (in whatever
  /// case), ``profiles(in:)`` finds nothing and is not asked; nil: it is always asked.
  var homePlaces: [RelativePath]? { get }

  /// Whether a directory named by the user is itself one of this client's profiles.
  func isProfile(_ directory: any DirectoryView) -> Bool

  /// Names of which a profile's directory holds one: where it holds none (in whatever case),
  /// ``isProfile(_:)`` is not asked; nil: it is always asked.
  var profileSigns: [RelativePath]? { get }

  /// Whether a profile is one file. Then its path is that file's, and the adapter's paths are
  /// relative to the directory that was opened, of which ``trees(of:)`` leaves it the file alone.
  var profileIsFile: Bool { get }

  /// Whether a file named by the user is itself a profile although none of ``profileFileNames`` is
  /// its name. Asked only where a profile is a file.
  func isProfile(_ file: RelativePath, in directory: any DirectoryView) -> Bool

  /// Whether profiles lie in homes. Where they do not, only directories are looked through that the
  /// user named.
  var livesInHomes: Bool { get }

  /// Whether an account can stay beside the one that it is switched to, as the second choice.
  var canKeepPOP: Bool { get }

  /// Names by which a user may name a profile through one of its files ("prefs.js"); one that
  /// begins with a dot stands for every name that ends so (".source").
  var profileFileNames: [String] { get }

  /// The directories below the home that hold a profile's files, where they are several: then the
  /// profile is reached by its home alone, and its paths are relative to the home. nil where all
  /// lies in the profile's own directory, and paths are relative to that.
  func trees(of profile: RelativePath) -> [RelativePath]?

  /// How to tell that the client runs on a profile, and how to keep it from starting.
  var lock: ClientLock { get }

  /// Which program opens a profile, and where; nil for a client that has neither relatives nor versions
  /// for other systems.
  /// - Parameter profile: the profile's directory.
  func origin(of profile: any DirectoryView) -> ProfileOrigin?

  /// Files and directories outside the home whose content can override a profile's.
  var installationPaths: [String] { get }

  /// The folders in which an account's mail lies on this computer: of a POP account what it
  /// downloaded, of one that was POP before what it left behind. Several places where it delivers
  /// into another account and has mail from before it did.
  /// - Throws: `outside-home` for mail that lies outside the profile; `not-found` where there is
  ///   none (and for nothing else: of an IMAP account nothing is said then); `unsupported` for a client
  ///   whose mail is not read; else what listing throws.
  func localMail(
    of account: String, in profile: ProfileContext
  ) throws(Refusal) -> [LocalMailPlace]

  /// Whether folders of a backup can be put into a profile of this client.
  var takesRestoredFolders: Bool { get }

  /// Where new local folders come to lie, below one that is called `name`, or like it where that is
  /// taken.
  /// - Parameter folders: of each the names from the top to it.
  /// - Throws: `not-found` where the client keeps no local folders yet; `unsupported`.
  func restorePlace(
    named name: String, for folders: [[String]], in profile: ProfileContext
  ) throws(Refusal) -> RestorePlace

  /// Whether a file is what the client keeps by itself beside a folder, and is nothing without it. Paths
  /// are of whatever root, both of the same.
  func isIndex(_ path: RelativePath, of folder: RelativePath) -> Bool

  /// The UIDLs of the messages that the POP server had when the client was there last, as it has noted
  /// them; nil where it has noted nothing.
  func recordedUniqueIDs(
    of account: String, in profile: ProfileContext
  ) throws(Refusal) -> Set<[UInt8]>?

  /// The incoming accounts of a profile, in the client's own order.
  /// - Throws: ``Refusal`` when the profile as a whole cannot be read (`syntax`, `io`, …).
  func accounts(in profile: ProfileContext) throws(Refusal) -> [Account]

  /// The edits that switch `switches`, all in one profile, or a refusal for each that cannot be.
  /// - Throws: ``Refusal`` when nothing in this profile can be switched.
  func plan(
    _ switches: [AccountSwitch], in profile: ProfileContext, options: SwitchOptions,
    choices: inout PlanChoices
  ) throws(Refusal) -> ProfilePlan

  /// The keyed document behind one of the files this adapter edits.
  func document(at path: RelativePath, _ source: SourceText) throws(SyntaxError)
    -> any KeyedDocument

  /// By which attributes the user's keyring (Secret Service) knows the password of an account: names
  /// and values in turn, as `secret-tool lookup` takes them. Empty where the client keeps none there.
  func keyringAttributes(of account: String) -> [String]

  /// What the user should know before `accounts` of `change` go back, read from the profile now.
  func undoWarnings(accounts: [SwitchedAccount], in profile: ProfileContext) -> [Warning]

  /// Values that restore the POP account with leaving mail on the server and every deletion there
  /// off.
  func leaveOnServerValues(account: SwitchedAccount, in profile: ProfileContext) -> [KeyValue]

  /// Values by which others that were pointed since to what the switch added have something to point to
  /// again, once that goes with `accounts`.
  func undoValues(of change: Change, accounts: [SwitchedAccount], in profile: ProfileContext)
    -> [KeyValue]

  /// What is left to do on accounts of an applied change once the client has done its part.
  /// - Parameter proved: questions of an earlier answer that a server has said yes to.
  /// - Throws: ``Refusal`` when the profile as a whole cannot be read.
  func followUp(
    to change: Change, accounts: [SwitchedAccount], in profile: ProfileContext,
    proved: Set<MailboxQuestion>
  ) throws(Refusal) -> FollowUpPlan

  /// Whether no file of the client's ever proves that the time of a follow-up has come, and its server
  /// must be asked.
  var finishAsksServer: Bool { get }
}

extension ClientAdapter {
  public var program: String? { nil }

  public var finishAsksServer: Bool { false }

  public var homePlaces: [RelativePath]? { nil }

  public var profileSigns: [RelativePath]? { nil }

  public func keyringAttributes(of account: String) -> [String] { [] }

  public func undoValues(
    of change: Change, accounts: [SwitchedAccount], in profile: ProfileContext
  ) -> [KeyValue] { [] }

  public func origin(of profile: any DirectoryView) -> ProfileOrigin? { nil }

  public var profileIsFile: Bool { false }

  public func isProfile(_ file: RelativePath, in directory: any DirectoryView) -> Bool { false }

  public var livesInHomes: Bool { true }

  public var canKeepPOP: Bool { false }

  public func trees(of profile: RelativePath) -> [RelativePath]? { nil }

  public func localMail(
    of account: String, in profile: ProfileContext
  ) throws(Refusal) -> [LocalMailPlace] {
    throw Refusal(.unsupported, "the mail of \(client) is not read by this program")
  }

  public var takesRestoredFolders: Bool { false }

  public func restorePlace(
    named name: String, for folders: [[String]], in profile: ProfileContext
  ) throws(Refusal) -> RestorePlace {
    throw Refusal(.unsupported, "this program puts no mail into \(client)")
  }

  public func isIndex(_ path: RelativePath, of folder: RelativePath) -> Bool { false }

  public func recordedUniqueIDs(
    of account: String, in profile: ProfileContext
  ) throws(Refusal) -> Set<[UInt8]>? { nil }

  public func followUp(
    to change: Change, accounts: [SwitchedAccount], in profile: ProfileContext,
    proved: Set<MailboxQuestion>
  ) throws(Refusal) -> FollowUpPlan {
    FollowUpPlan()
  }
}

/// A key of one file and the value it is to have (canonical spelling; nil: absent).
public struct KeyValue: Sendable, Hashable {
  /// Relative as the adapter's paths are; nil: the committing file.
  public var file: RelativePath?
  public var key: String
  public var value: [UInt8]?

  public init(file: RelativePath? = nil, key: String, value: [UInt8]?) {
    self.file = file
    self.key = key
    self.value = value
  }
}

/// What an adapter answers to ``ClientAdapter/followUp(to:accounts:in:proved:)``.
public struct FollowUpPlan: Sendable {
  public enum State: Sendable, Hashable {
    /// ``files`` do it.
    case due
    /// It must wait; why, and what the user can do.
    case notYet(String)
    /// Nothing on disk proves that it is due; a server that says yes to this does. `otherwise` is
    /// told where nobody asks, `advice` after what a server says that is no yes.
    case ask(MailboxQuestion, otherwise: String, advice: String)
  }

  /// By account key; one that needs nothing is not in it.
  public var states: [String: State]
  /// In write order, the committing file last. Empty when nothing is due.
  public var files: [PlannedFile]

  public init(states: [String: State] = [:], files: [PlannedFile] = []) {
    self.states = states
    self.files = files
  }
}

/// How a client shows that it runs.
public enum ClientLock: Sendable, Hashable {
  /// The client holds a POSIX record lock on this file of the profile while it runs.
  case recordLock(file: RelativePath)
  /// The client has no lock: it runs where its user has such a process.
  case processes(ClientProcesses)
  /// Nobody holds such a profile open: it is read anew whenever it is needed, and written only by
  /// hand.
  case none
}

/// The programs of a client that has no lock.
public struct ClientProcesses: Sendable, Hashable {
  /// File names of programs that keep a profile's settings while they run, and do not see a change.
  public var programs: Set<String>
  /// File names of programs that see a change by themselves, but may write what they knew before
  /// over it until they have.
  public var watchers: Set<String>
  /// Seconds after a change until every watcher has seen it.
  public var settling: Double
  /// A command that asks ``programs`` to end, to be run as the user; its first word is a path.
  public var stop: [String]

  public init(programs: Set<String>, watchers: Set<String>, settling: Double, stop: [String]) {
    self.programs = programs
    self.watchers = watchers
    self.settling = settling
    self.stop = stop
  }
}

/// A profile the adapter found below a home.
public struct ProfileListing: Sendable, Hashable {
  /// The profile's directory below the home; nil where it lies outside.
  public var path: RelativePath?
  /// How the client itself names the place, for showing.
  public var shownPath: String
  /// Why it cannot be used, where it cannot.
  public var problem: Refusal?
  /// Whether the directory that was looked through is a home. Not so where the user named the
  /// client's own directory of profiles (~/.thunderbird).
  public var isBelowHome: Bool

  public init(
    path: RelativePath?, shownPath: String, problem: Refusal? = nil, isBelowHome: Bool = true
  ) {
    self.path = path
    self.shownPath = shownPath
    self.problem = problem
    self.isBelowHome = isBelowHome
  }
}

/// A directory that can be read but not left. Paths are relative to it; links are not followed.
public protocol DirectoryView: Sendable {
  /// The directory's absolute path, for showing and for values that clients store absolutely.
  var absolutePath: [UInt8] { get }

  /// A regular file's bytes, or nil where there is nothing by that name.
  /// - Throws: ``Refusal`` where there is something that cannot be read: a file without
  ///   permission (`io`), a link (`symlink`), a FIFO (`not-regular`), too much (`too-large`).
  func read(_ path: RelativePath) throws(Refusal) -> [UInt8]?

  /// What stands under a name, links not followed.
  func kind(_ path: RelativePath) throws(Refusal) -> EntryKind?

  /// A directory's entry names in bytewise order; nil where there is no directory. nil path: this
  /// directory itself.
  func list(_ path: RelativePath?) throws(Refusal) -> [[UInt8]]?

  /// A file's size in bytes, or nil where there is none.
  func size(_ path: RelativePath) throws(Refusal) -> Int?

  /// The rows that a query gives on an SQLite database, or nil where there is no such file. For what
  /// is asked only while the client is closed.
  /// - Throws: ``Refusal`` where it cannot be read with certainty.
  func rows(_ query: String, of database: RelativePath) throws(Refusal) -> [[DatabaseCell]]?
}

public enum EntryKind: Sendable, Hashable {
  case file
  case directory
  case link
  case other
}

/// One profile as an adapter may see it: its own directory, and the client's installation.
public struct ProfileContext: Sendable {
  /// The profile's directory; of a client with several trees the home, limited to the trees.
  public var directory: any DirectoryView
  /// The profile's own directory below the home; nil where it was named by itself.
  public var profile: RelativePath?
  /// Rooted at "/", limited to ``ClientAdapter/installationPaths``.
  public var installation: any DirectoryView
  /// What was found out of the installation in this run.
  public var installationFacts: InstallationFacts
  /// What was parsed of its files before.
  public var parsed: ParsedFiles

  public init(
    directory: any DirectoryView, profile: RelativePath? = nil, installation: any DirectoryView,
    installationFacts: InstallationFacts = InstallationFacts(), parsed: ParsedFiles = ParsedFiles()
  ) {
    self.parsed = parsed
    self.installationFacts = installationFacts
    self.directory = directory
    self.profile = profile
    self.installation = installation
  }
}

/// What a plan needs beyond the files: times, and identifiers that must be the same when a saved
/// plan is computed again. A fresh plan fills the identifiers; a saved one replays them.
public struct PlanChoices: Sendable, Codable, Hashable {
  /// Milliseconds since 1970.
  public var nowMilliseconds: Int
  /// Days by the user's calendar at the time of the switch.
  public var today: CalendarDay
  private var identifiers: [String]
  private var next = 0

  public init(nowMilliseconds: Int, today: CalendarDay, identifiers: [String] = []) {
    self.nowMilliseconds = nowMilliseconds
    self.today = today
    self.identifiers = identifiers
  }

  /// Identifiers handed out so far.
  public var chosen: [String] { Array(identifiers.prefix(next)) }

  /// A random identifier of version 4 (RFC 9562) in lower case, without braces.
  public mutating func newGUID() -> String {
    defer { next += 1 }
    if next < identifiers.count { return identifiers[next] }
    var generator = SystemRandomNumberGenerator()
    var bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
    bytes[6] = bytes[6] & 0x0f | 0x40
    bytes[8] = bytes[8] & 0x3f | 0x80
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    let guid = String(decoding: text, as: UTF8.self)
    identifiers.append(guid)
    return guid
  }

  /// The same identifiers again from the start, at a new time.
  public func replayed(nowMilliseconds: Int, today: CalendarDay) -> PlanChoices {
    PlanChoices(nowMilliseconds: nowMilliseconds, today: today, identifiers: chosen)
  }
}

public struct CalendarDay: Sendable, Codable, Hashable {
  public var year: Int
  public var month: Int
  public var day: Int

  public init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }
}

/// What an adapter answers to ``ClientAdapter/plan(_:in:options:choices:)``.
public struct ProfilePlan: Sendable {
  public struct Outcome: Sendable, Hashable {
    public var account: String
    public var refusal: Refusal?
    public var warnings: [Warning]
    /// What the adapter wants to know again when it is asked for a follow-up.
    public var note: String?
    /// nil where the profile is of no client that keeps mail.
    public var mail: MailSettings?
    /// All is as asked for already.
    public var isDone: Bool

    public init(
      account: String, refusal: Refusal? = nil, warnings: [Warning] = [], note: String? = nil,
      mail: MailSettings? = nil, isDone: Bool = false
    ) {
      self.note = note
      self.mail = mail
      self.isDone = isDone
      self.account = account
      self.refusal = refusal
      self.warnings = warnings
    }
  }

  /// One per asked switch, in the order asked.
  public var outcomes: [Outcome]
  /// In write order, paths relative to the profile; the committing file is last. Empty when every
  /// account is refused.
  public var files: [PlannedFile]

  public init(outcomes: [Outcome], files: [PlannedFile]) {
    self.outcomes = outcomes
    self.files = files
  }
}

public struct PlannedFile: Sendable {
  public enum Work: Sendable {
    /// Edits of a file that exists; `source` is what they were computed from.
    case edit(source: SourceText, edits: [PlannedEdit], branches: [CreatedBranch])
    /// A new file with these bytes, owner and mode like `like` (a file or directory that exists).
    case create(content: [UInt8], like: RelativePath?)
    /// A new directory with the owner of the one it lies in, and that one's mode where none is
    /// given.
    case mkdir(mode: UInt32? = nil)
    /// A file that is left alone, and that undo makes again where it is gone.
    case keep(content: [UInt8])
  }

  public var path: RelativePath
  public var work: Work
  public var commits: Bool
  public var sensitive: Bool
  public var users: [String]

  public init(
    path: RelativePath, work: Work, commits: Bool = false, sensitive: Bool = false, users: [String]
  ) {
    self.path = path
    self.work = work
    self.commits = commits
    self.sensitive = sensitive
    self.users = users
  }
}

/// One key's edit as planned: ``KeyedEdit`` before the engine has cut the old bytes out.
public struct PlannedEdit: Sendable {
  public var key: String
  public var before: [UInt8]?
  public var after: [UInt8]?
  public var secret: Bool
  public var recipe: String?
  public var edits: [SourceEdit]
  public var rule: UndoRule
  public var deciding: Bool
  public var clientRewrites: ClientRewrite?
  public var users: [String]

  public init(
    key: String, before: [UInt8]?, after: [UInt8]?, secret: Bool = false, recipe: String? = nil,
    edits: [SourceEdit], rule: UndoRule = .value, deciding: Bool = false,
    clientRewrites: ClientRewrite? = nil, users: [String]
  ) {
    self.key = key
    self.before = before
    self.after = after
    self.secret = secret
    self.recipe = recipe
    self.edits = edits
    self.rule = rule
    self.deciding = deciding
    self.clientRewrites = clientRewrites
    self.users = users
  }
}
