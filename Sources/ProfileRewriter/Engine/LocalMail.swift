import ConfigFormats

/// The mail of one account, or of several that share their folders, as it lies on this computer. One
/// account may have mail in several places.
public struct LocalMail: Sendable {
  public var name: ProfileName
  /// The account that shows the folders, as its user named it.
  public var title: String
  /// The selected accounts whose mail this is.
  public var accounts: [Account]
  /// Other mail than these accounts' may lie there, too.
  public var isCommon: Bool
  /// Where it lies, below the root that was opened.
  public var place: RelativePath
  public var source: StoredMail
  let target: ProfileTarget

  /// The opened root's absolute path: a home, or the profile itself.
  public var root: [UInt8] { target.rootPath }
  /// The directory with the mail, absolute, for people.
  public var shownPlace: String { target.root.absolute(place).printable }
}

/// Whether an account's mail is safe in a backup, asked by ``Engine/apply(_:_:)``.
public protocol BackupCheck: Sendable {
  /// - Throws: `no-backup` where there is no verified backup of the mail as it is now.
  func requireBackup(of account: Account, _ mail: LocalMail) throws(Refusal)
}

public enum LocalMailRow: Sendable {
  case mail(LocalMail)
  /// The account's mail cannot be read, or, without an account, the profile's accounts.
  case refused(ProfileName, Account?, Refusal)
  /// No profile was found below this path.
  case nothing([UInt8])
}

extension Engine {
  /// Finds the mail of the selected accounts, and opens it for reading. Reads only, and does not ask
  /// whether the client runs: see ``obstacle(toReading:)``.
  ///
  /// Accounts that share their folders are one row: their mail is one tree and cannot be told apart.
  /// - Parameter includingIMAP: mail that accounts left behind which are IMAP by now, too.
  public func localMail(
    _ selection: Selection, includingIMAP: Bool = false, _ emit: (LocalMailRow) -> Void
  ) {
    forEachProfile(in: selection) { found in
      switch found {
      case .nothing(let path): emit(.nothing(path))
      case .problem(let name, let refusal): emit(.refused(name, nil, refusal))
      case .target(let target):
        localMail(of: target, selection, includingIMAP: includingIMAP).forEach(emit)
      }
    }
  }

  /// What speaks against reading mail now, and trusting what was read: the client runs, and may move
  /// a message from a folder that has not been read yet into one that has.
  public func obstacle(toReading mail: LocalMail) -> Refusal? { obstacle(to: mail.target) }

  func requireBackup(
    of account: Account, _ target: ProfileTarget, _ context: ProfileContext
  ) throws(Refusal) {
    guard let check = configuration.backupCheck, account.kind == .pop3 else { return }
    var rows: [LocalMailRow] = []
    do throws(Refusal) {
      add(account, try target.adapter.localMail(of: account.key, in: context), target, to: &rows)
    } catch {
      // A file that many accounts are made from has no mail.
      if error.reason == .unsupported, target.adapter.profileIsFile { return }
      throw Refusal(.noBackup, "\(account.key.printable) cannot be backed up: \(error.text)")
    }
    for case .mail(let mail) in rows {
      try ThreadIdentity.run(as: nil) { () throws(Refusal) in
        try check.requireBackup(of: account, mail)
      }
    }
  }

  /// - Parameter selection: picks accounts; its paths mean nothing here.
  func localMail(
    of target: ProfileTarget, _ selection: Selection, includingIMAP: Bool
  ) -> [LocalMailRow] {
    let accounts: [Account]
    let context: ProfileContext
    do throws(Refusal) {
      accounts = try self.accounts(of: target)
      context = try self.context(of: target)
    } catch {
      return [.refused(target.name, nil, error)]
    }
    var rows: [LocalMailRow] = []
    for account in accounts
    where selection.selects(account)
      && (account.kind == .pop3 || includingIMAP && account.kind == .imap)
    {
      do throws(Refusal) {
        let places = try target.root.asOwner { () throws(Refusal) in
          try target.adapter.localMail(of: account.key, in: context)
        }
        add(account, places, target, to: &rows)
      } catch {
        // An IMAP account that was never POP has no mail here.
        if account.kind == .imap, error.reason == .notFound { continue }
        rows.append(.refused(target.name, account, error))
      }
    }
    return rows
  }

  private func add(
    _ account: Account, _ places: [LocalMailPlace], _ target: ProfileTarget,
    to rows: inout [LocalMailRow]
  ) {
    for place in places { add(account, place, target, to: &rows) }
  }

  private func add(
    _ account: Account, _ place: LocalMailPlace, _ target: ProfileTarget,
    to rows: inout [LocalMailRow]
  ) {
    func inRoot(_ path: RelativePath) -> RelativePath {
      place.isInHome ? path : target.path(path)
    }
    let path = inRoot(place.path)
    for (index, row) in rows.enumerated() {
      guard case .mail(var mail) = row, mail.place == path else { continue }
      mail.accounts.append(account)
      mail.isCommon = mail.isCommon || place.isCommon
      rows[index] = .mail(mail)
      return
    }
    let folders = place.folders.map { folder in
      var folder = folder
      folder.path = inRoot(folder.path)
      return folder
    }
    rows.append(
      .mail(
        LocalMail(
          name: target.name, title: place.title, accounts: [account], isCommon: place.isCommon,
          place: path,
          source: StoredMail(
            folders: folders, root: target.root, shouldStop: configuration.shouldStop),
          target: target)))
  }
}
