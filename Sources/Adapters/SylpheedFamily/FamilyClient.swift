import ProfileRewriter

/// What tells one client of the family from another. Claws Mail began as a branch of Sylpheed: both keep
/// accounts in `accountrc`, the tree of folders in `folderlist.xml`, and local mail in MH folders.
struct FamilyClient: Sendable {
  /// For sentences.
  var name: String
  /// Where profiles lie below a home.
  var directories: [RelativePath]
  /// Where versions that are too old kept them.
  var oldDirectories: [RelativePath]
  /// The file with the settings for all accounts.
  var common: RelativePath
  /// The number of IMAP in `protocol`, by the account's own file format version.
  var imapNumber: @Sendable (_ version: Int) -> Int
  /// The key that has rules treat what comes into an IMAP account's inbox, and what it is where it is
  /// absent.
  var filterKey: (name: String, isOnByDefault: Bool)
  var rules: @Sendable (FamilyProfile, _ account: String) throws(Refusal) -> FamilyRules
  /// Whether the client asks about a certificate that it has not seen, although it is valid.
  var asksForCertificate: @Sendable (FamilyAccount) -> Bool
  var authentication: FamilyAuthentication
  /// How messages of a local mailbox, and those cached of a server, lie on disk.
  var mailFormat: MailFolderFormat
  /// The names of the user's tags by their numbers.
  var tagNames: @Sendable (FamilyProfile) throws(Refusal) -> [UInt32: [UInt8]]
}

/// `imap_auth_method` and its like: bits of the C enumerations.
struct FamilyAuthentication: Sendable {
  /// How POP signs in.
  var pop: @Sendable (FamilyAccount) -> AuthMethod
  var imap: [Int: AuthMethod]
  var smtp: [Int: AuthMethod]

  /// Left to the client: the best that the server offers and a password is enough for.
  static let automatic = 0

  /// What `imap_auth_method` is to be; nil leaves it.
  /// - Throws: `unsupported` for what cannot be set up by a number alone.
  func change(from number: Int, to auth: AuthMethod, _ client: String) throws(Refusal) -> Int? {
    if auth == .passwordCleartext {
      return number == Self.automatic || imap[number] == auth ? nil : Self.automatic
    }
    if imap[number] == auth { return nil }
    guard auth != .oauth2, let wanted = imap.filter({ $0.value == auth }).keys.min() else {
      throw Refusal(
        .unsupported,
        "\(auth.rawValue) cannot be set up from outside; choose it in the preferences of "
          + "\(client)'s account")
    }
    return wanted
  }
}

/// The rules for incoming mail that are in force for one account.
struct FamilyRules: Sendable {
  var names: [String] = []
  var moving: [String] = []
  var deleting: [String] = []
  /// Why the account cannot become IMAP: rules for all folders that would move or delete there.
  var obstacle: Refusal?

  mutating func add(_ name: String, moves: Bool, deletes: Bool) {
    names.append(name)
    if moves { moving.append(name) }
    if deletes { deleting.append(name) }
  }

  var risk: RuleRisk {
    RuleRisk(
      incoming: names.count, moving: moving, deleting: deleting,
      cover: names.isEmpty ? .noRules : .paused)
  }
}
