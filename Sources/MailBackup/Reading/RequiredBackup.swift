import ProfileRewriter

/// Whether mail is in a backup that was verified, and is as it was when that was made: by names, sizes
/// and times of its files.
public struct RequiredBackup: BackupCheck {
  private let path: [UInt8]
  private let backups: [(path: [UInt8], manifest: BackupManifest, isVerified: Bool)]

  /// - Parameter path: the directory that `backup create` was given, absolute.
  public init(in path: [UInt8]) throws(Refusal) {
    self.path = path
    backups = try Backup.all(in: path).compactMap { place, result in
      guard case .success(let backup) = result else { return nil }
      return (place, backup.manifest, VerifiedMark.isOn(backup))
    }
  }

  public func requireBackup(of account: Account, _ mail: LocalMail) throws(Refusal) {
    let own = backups.filter { $0.manifest.holds(account, mail) }
    guard !own.isEmpty else {
      throw Refusal(
        .noBackup,
        "\(path.printable) has no backup of this account's mail; make one with `backup create`")
    }
    var current = own
    current.removeAll()
    for backup in own where try backup.manifest.isCurrent(mail) { current.append(backup) }
    guard let newest = current.last else {
      throw Refusal(
        .noBackup,
        "the mail has changed since \(own.last?.path.printable ?? "") was made; make another backup"
      )
    }
    guard current.contains(where: \.isVerified) else {
      throw Refusal(
        .noBackup, "\(newest.path.printable) was not verified; run `backup verify` on it")
    }
  }
}

extension BackupManifest {
  /// Whether it is a backup of that account's mail.
  fileprivate func holds(_ account: ProfileRewriter.Account, _ mail: LocalMail) -> Bool {
    client == mail.name.client && home == mail.name.home.map { String(decoding: $0, as: UTF8.self) }
      && profile == String(decoding: mail.name.profile, as: UTF8.self)
      && accounts.contains { $0 == BackupManifest.Account(account) }
  }

  fileprivate func isCurrent(_ mail: LocalMail) throws(Refusal) -> Bool {
    let known = Dictionary(folders.map { ($0.names, $0.source) }) { first, _ in first }
    guard known.count == mail.source.folders.count else { return false }
    for folder in mail.source.folders {
      let now = SourceDigest.of(try mail.source.traces(of: folder))
      guard known[folder.names] == now else { return false }
    }
    return true
  }
}
