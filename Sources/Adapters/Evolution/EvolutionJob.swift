import ConfigFormats
import ProfileRewriter

/// One account on its way from POP to IMAP.
struct EvolutionJob {
  let source: AccountSource
  let old: ServerSettings
  /// The wanted settings, the host in lower case.
  let target: ServerSettings
  let loaded: LoadedSources
  let options: SwitchOptions
  let rules: IncomingRules
  /// Of settings that would empty the server's trash and junk.
  private let isHeldOff: Bool
  private let method: String?
  private let weakness: [Warning]
  /// What the provider says of sending.
  let outgoing: OutgoingServers?

  /// The account's key, by which the patch names those who need an edit.
  var user: String { source.uid }

  init(
    _ wanted: AccountSwitch, loaded: LoadedSources, options: SwitchOptions, rules: IncomingRules,
    settings: EvolutionSettings
  ) throws(Refusal) {
    guard let source = loaded[wanted.account.key] else {
      throw Refusal(.notFound, "the profile has no account \(wanted.account.key.printable)")
    }
    self.source = source
    outgoing = wanted.outgoing
    self.loaded = loaded
    self.options = options
    self.rules = rules
    isHeldOff = settings.mustBeHeldOff
    old = wanted.account.settings
    (target, weakness) = try TargetCheck.accept(wanted, options)
    method = try AuthenticationMethod.change(
      from: source.name("Authentication/Method"), to: target.auth)
  }

  // MARK: Files

  /// Only where POP has state of its own: with an empty directory in place IMAP starts anew, without
  /// one it *moves* POP's directory there, and a rollback fetches every message again (25 became 50,
  /// seen).
  func cacheDirectoryToMake() throws(Refusal) -> RelativePath? {
    guard let cache = loaded.layout.mail(of: user, in: loaded.layout.cache),
      let data = loaded.layout.mail(of: user, in: loaded.layout.data),
      try loaded.home.kind(data) != nil
    else { return nil }
    switch try loaded.home.kind(cache) {
    case nil: return cache
    case .directory: return nil
    case .link: throw Refusal(.symlink, "\(cache.shown) is a symbolic link")
    case .file, .other: throw Refusal(.notRegular, "\(cache.shown) is no directory")
    }
  }

  /// What is not changed and belongs to undo all the same.
  func companions() throws(Refusal) -> [PlannedFile] {
    var files: [PlannedFile] = []
    // Which messages POP has fetched. Somebody may clear the cache before Evolution starts, and then
    // it is moved there, and lost with the cache.
    if let path = loaded.layout.mail(of: user, in: loaded.layout.data)?
      .appending(RelativePath(known: "uid-cache")), let content = try loaded.home.read(path)
    {
      files.append(PlannedFile(path: path, work: .keep(content: content), users: [user]))
    }
    if let identity = loaded.identity(of: source) {
      var wishes = SourceWishes(identity, user: user)
      for key in [
        "Mail Submission/SentFolder", "Mail Composition/DraftsFolder",
        "Mail Composition/TemplatesFolder",
      ] {
        wishes.record(key, ownFolder)
      }
      files.append(try wishes.file())
    }
    return files
  }

  /// With `NeedsInitialSetup` the client asks the server for its folders at the first connection and
  /// puts them in (seen).
  private var ownFolder: ClientRewrite {
    ClientRewrite(
      "Evolution 3.46 puts in the server's folders at its first connection",
      .beginning(Array("folder://\(FolderAddress.encoded(user))/".utf8)))
  }

  func accountFile() throws(Refusal) -> PlannedFile {
    var wishes = SourceWishes(source, user: user)
    wishes.set("Mail Account/BackendName", Array("imapx".utf8), deciding: true)
    wishes.set(
      "Mail Account/NeedsInitialSetup", KeyFileSpelling.value(ofBool: !isHeldOff),
      rewrite: ClientRewrite("Evolution 3.46 sets it back once it has set the account up"))
    wishes.record("Mail Account/ArchiveFolder", ownFolder)
    wishes.set(
      "Authentication/Host", KeyFileSpelling.value(ofString: target.host), deciding: true)
    if let method {
      wishes.set(
        "Authentication/Method", KeyFileSpelling.value(ofString: method), deciding: true)
    }
    wishes.set("Authentication/Port", Array(String(target.port).utf8), deciding: true)
    wishes.set(
      "Authentication/User", KeyFileSpelling.value(ofString: target.username), deciding: true)
    wishes.set(
      "Security/Method", Array(SecurityMethod.method(target.security).utf8), deciding: true)
    setIMAPKeys(&wishes)
    return try wishes.file()
  }

  private func setIMAPKeys(_ wishes: inout SourceWishes) {
    if let offline = options.offlineMail {
      wishes.set("Offline/StaySynchronized", KeyFileSpelling.value(ofBool: offline))
    } else {
      wishes.noteGroup("Offline")
    }
    wishes.noteGroup("Imapx Backend")
    if rules.areInForce {
      wishes.set("Imapx Backend/FilterInbox", KeyFileSpelling.value(ofBool: false))
    }
    if isHeldOff {
      wishes.set("Imapx Backend/UseRealTrashPath", KeyFileSpelling.value(ofBool: false))
      wishes.set("Imapx Backend/UseRealJunkPath", KeyFileSpelling.value(ofBool: false))
    }
    if let prefix = options.pathPrefix {
      wishes.set("Imapx Backend/Namespace", KeyFileSpelling.value(ofString: prefix))
      wishes.set("Imapx Backend/UseNamespace", KeyFileSpelling.value(ofBool: true))
    }
  }

  // MARK: Words

  var warnings: [Warning] {
    var warnings = weakness + [mailPlaceWarning]
    if rules.areInForce {
      warnings.append(
        Warning(
          .filtersPaused,
          "filter rules for incoming mail are off for this account until its first synchronisation "
            + "is done: start Evolution, let it get all mail, close it, then run `finish`"))
    }
    if target.username != old.username {
      warnings.append(
        Warning(
          .usernameDiffers,
          "the IMAP user name is \(target.username.printable), not \(old.username.printable); the "
            + "saved password is used with it"))
    }
    if target.auth == .oauth2 {
      warnings.append(
        Warning(.oauth2, "Evolution may ask for the provider's permission once more"))
    }
    return warnings
  }

  private var mailPlaceWarning: Warning {
    if source.flag("Pop Backend/KeepOnServer") ?? false {
      return Warning(
        .mailShownTwice,
        "mail that was left on the server is shown twice: there, and in On This Computer")
    }
    return Warning(
      .mailOnlyLocal,
      "mail was not left on the server: what was downloaded is only in On This Computer")
  }
}

extension EvolutionJob {
  /// What the cache of an earlier IMAP time says: by itself it proves nothing of the next one.
  var note: String? {
    rules.areInForce ? InboxCache(of: user, loaded).note : nil
  }
}
