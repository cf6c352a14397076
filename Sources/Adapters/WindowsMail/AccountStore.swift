import ConfigFormats
import ProfileRewriter

/// The account files of one store. Each lies in a directory of its own below the store's, those of POP
/// accounts of Windows Mail together in `Local Folders`; one that lies in the store's own directory has
/// been put there for the client to take up at its next start.
struct AccountStore: Sendable {
  let directory: any DirectoryView
  /// By directory and name.
  let files: [AccountFile]
  let unreadable: [(key: String, refusal: Refusal)]

  /// - Throws: what listing the store's directory throws.
  init(_ profile: ProfileContext) throws(Refusal) {
    directory = profile.directory
    var files: [AccountFile] = []
    var unreadable: [(key: String, refusal: Refusal)] = []
    let paths = try Self.paths(in: profile.directory, below: nil)
    try Account.requireFew(paths.count)
    // A file has three kilobytes.
    var budget = ReadBudget(bytes: 8 << 20)
    for path in paths {
      var read = 0
      do throws(Refusal) {
        // Gone since it was listed: the client moves files.
        guard let bytes = try profile.directory.read(path) else { continue }
        read = bytes.count
        files.append(try AccountFile(path, bytes, in: profile))
      } catch {
        unreadable.append((path.text, error))
      }
      try budget.take(read, of: path)
    }
    self.files = files
    self.unreadable = unreadable
  }

  /// The account files of a store that lies at `root`.
  /// - Throws: what listing the store's directory throws.
  static func paths(
    in view: any DirectoryView, below root: RelativePath?
  ) throws(Refusal) -> [RelativePath] {
    var paths: [RelativePath] = []
    for name in try view.list(root) ?? [] {
      guard let leaf = RelativePath(name) else { continue }
      let path = root?.appending(leaf) ?? leaf
      if isAccountFile(name) {
        paths.append(path)
      } else if (try? view.kind(path)) == .directory {
        let inside = (try? view.list(path)) ?? []
        paths += inside.filter(isAccountFile).compactMap { RelativePath($0) }.map(path.appending)
      }
    }
    return paths
  }

  /// Windows does not tell the case of names.
  private static func isAccountFile(_ name: [UInt8]) -> Bool {
    let name = ByteText.lowercased(name)
    return name.starts(with: Array("account".utf8))
      && ByteText.hasSuffix(name, Array(".oeaccount".utf8))
  }

  subscript(key: String) -> AccountFile? { files.first { $0.key == key } }

  /// The IMAP account that has taken a POP account's place: the client leaves the POP account out when it
  /// fetches mail, and this one is of the same address.
  func successor(of account: AccountFile) -> AccountFile? {
    guard account.kind == .pop3, account.isSkipped else { return nil }
    return files.first { $0.kind == .imap && Self.isSamePerson($0, account) }
  }

  private static func isSamePerson(_ left: AccountFile, _ right: AccountFile) -> Bool {
    guard let address = right.address, let other = left.address else {
      return left.settings.username == right.settings.username
    }
    return address.lowercased() == other.lowercased()
  }
}
