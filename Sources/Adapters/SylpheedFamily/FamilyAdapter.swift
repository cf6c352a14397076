import ConfigFormats
import ProfileRewriter

/// What Claws Mail and Sylpheed answer alike. What is read and written, and why, rests on experiments
/// with Claws Mail 4.1.1 and Sylpheed 3.8 (docs/clients/sylpheed-family-findings.md).
protocol FamilyAdapter: ClientAdapter {
  var family: FamilyClient { get }
}

extension FamilyAdapter {
  public var profileFileNames: [String] { [] }

  public var installationPaths: [String] { [] }

  public var homePlaces: [RelativePath]? { family.directories + family.oldDirectories }

  public func profiles(in home: any DirectoryView) -> [ProfileListing] {
    family.directories.compactMap { listing($0, home) }
      + family.oldDirectories.compactMap { listing($0, home) }.map { old in
        var old = old
        // What cannot be looked at is not known to be one.
        if old.problem?.reason == .io { return old }
        old.problem = Refusal(
          .unsupported,
          "this is the profile of an old version; start a current \(family.name) once, which takes "
            + "it over")
        return old
      }
  }

  private func listing(_ path: RelativePath, _ home: any DirectoryView) -> ProfileListing? {
    let file = path.appending(FamilyAccount.path)
    do throws(Refusal) {
      switch try home.kind(file) {
      case .file: return ProfileListing(path: path, shownPath: path.text)
      case .link: throw Refusal(.symlink, "\(file.text) is a symbolic link")
      case .directory, .other: throw Refusal(.notRegular, "\(file.text) is no file")
      case nil: return nil
      }
    } catch {
      return ProfileListing(path: path, shownPath: path.text, problem: error)
    }
  }

  public var profileSigns: [RelativePath]? { [FamilyAccount.path] }

  public func isProfile(_ directory: any DirectoryView) -> Bool {
    let name = ByteText.lastComponent(directory.absolutePath)
    let isNamed = family.directories.contains { $0.name.elementsEqual(name) }
    return isNamed && (try? directory.kind(FamilyAccount.path)) == .file
  }

  public var program: String? { family.name }

  public var finishAsksServer: Bool { true }

  public func accounts(in profile: ProfileContext) throws(Refusal) -> [Account] {
    try FamilyAccounts(profile: FamilyProfile(family, profile)).accounts()
  }

  public func localMail(
    of account: String, in profile: ProfileContext
  ) throws(Refusal) -> [LocalMailPlace] {
    [try LocalMailbox(FamilyProfile(family, profile), profile).place(of: account)]
  }

  public func followUp(
    to change: Change, accounts: [SwitchedAccount], in profile: ProfileContext,
    proved: Set<MailboxQuestion>
  ) throws(Refusal) -> FollowUpPlan {
    try FamilyFollowUp(FamilyProfile(family, profile), change).plan(accounts, proved: proved)
  }

  public func recordedUniqueIDs(
    of account: String, in profile: ProfileContext
  ) throws(Refusal) -> Set<[UInt8]>? {
    let loaded = try FamilyProfile(family, profile)
    guard let source = loaded[account], let path = loaded.fetched(by: source),
      let bytes = try loaded.directory.read(path)
    else { return nil }
    // A UIDL, and when it was fetched.
    return Set(
      ByteText.lines(bytes).map { line in
        Array(line.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") })
      })
  }

  public func plan(
    _ switches: [AccountSwitch], in profile: ProfileContext, options: SwitchOptions,
    choices: inout PlanChoices
  ) throws(Refusal) -> ProfilePlan {
    try FamilyPlanner(profile: FamilyProfile(family, profile), options: options).plan(switches)
  }

  public func document(
    at path: RelativePath, _ source: SourceText
  ) throws(SyntaxError) -> any KeyedDocument {
    if path.text.split(separator: "/").last == Substring(FolderList.path.text) {
      return try XMLDocument(parsing: source.bytes)
    }
    return try KeyFileDocument(parsing: source.bytes)
  }

  public func undoWarnings(accounts: [SwitchedAccount], in profile: ProfileContext) -> [Warning] {
    advice(accounts, profile).compactMap(\.warning)
  }

  public func leaveOnServerValues(
    account: SwitchedAccount, in profile: ProfileContext
  ) -> [KeyValue] {
    advice([account], profile).flatMap(\.leaveOnServerValues)
  }

  private func advice(
    _ accounts: [SwitchedAccount], _ profile: ProfileContext
  ) -> [FamilyUndoAdvice] {
    guard let loaded = try? FamilyProfile(family, profile) else { return [] }
    return accounts.compactMap { loaded[$0.key].map(FamilyUndoAdvice.init) }
  }
}
