import ConfigFormats
import ProfileRewriter

/// A profile's files, read once.
struct FamilyProfile: Sendable {
  let client: FamilyClient
  let directory: any DirectoryView
  let document: KeyFileDocument
  /// In the client's order.
  let accounts: [FamilyAccount]

  /// - Throws: `not-found` without `accountrc`, `syntax`, else what reading throws.
  init(_ client: FamilyClient, _ context: ProfileContext) throws(Refusal) {
    self.client = client
    directory = context.directory
    guard let document = try Self.keyFile(FamilyAccount.path, context.directory) else {
      throw Refusal(.notFound, "there is no accountrc")
    }
    self.document = document
    accounts = document.groupNames.compactMap { FamilyAccount(group: $0, in: document) }
  }

  subscript(number: String) -> FamilyAccount? { accounts.first { $0.number == number } }

  /// Whether passwords stand in `accountrc`: Sylpheed's do, and those of Claws Mail before 3.14.
  var holdsPasswords: Bool {
    accounts.contains { account in
      ["password", "smtp_password", "proxy_pass"].contains { account.text($0)?.isEmpty == false }
    }
  }

  /// The settings for all accounts; nil where there are none.
  func common() throws(Refusal) -> KeyFileDocument? { try Self.keyFile(client.common, directory) }

  /// Under which number `protocol` is kept: the account's own version, or the one that the client
  /// started with last (`prefs_migration.c` of Claws Mail; seen with 4.1.1).
  func version(of account: FamilyAccount) throws(Refusal) -> Int {
    if let own = account.version { return own }
    return try versionAtLastStart()
  }

  func versionAtLastStart() throws(Refusal) -> Int {
    let bytes = try common()?.value(forKey: "Common/config_version")
    return bytes.flatMap { String(validating: $0, as: UTF8.self) }.flatMap(Int.init) ?? 0
  }

  /// - Returns: nil where there is no tree of folders.
  func folders() throws(Refusal) -> XMLDocument? {
    guard let bytes = try directory.read(FolderList.path) else { return nil }
    do {
      return try XMLDocument(parsing: bytes)
    } catch {
      throw Refusal(syntax: error, in: FolderList.path, root: directory.absolutePath)
    }
  }

  /// The file of the UIDLs that POP has fetched.
  func fetched(by account: FamilyAccount) -> RelativePath? {
    guard let host = account.text("receive_server"), let user = account.text("user_id") else {
      return nil
    }
    return RelativePath("uidl/\(host)-\(user.replacing("/", with: "_"))")
  }

  /// Of a line that is wrong nothing is shown: it may hold a password.
  private static func keyFile(
    _ path: RelativePath, _ directory: any DirectoryView
  ) throws(Refusal) -> KeyFileDocument? {
    guard let bytes = try directory.read(path) else { return nil }
    do {
      return try KeyFileDocument(parsing: bytes)
    } catch {
      throw Refusal(syntax: error, in: path, root: directory.absolutePath, sensitive: true)
    }
  }
}

/// `folderlist.xml`.
enum FolderList {
  static let path = RelativePath(known: "folderlist.xml")

  /// The folders of an account on a server.
  static func key(of account: String) -> String { "folder[@account_id=\(account)]/." }

  /// UIDVALIDITY of an account's inbox: IMAP folders have it for the time of the last change.
  static func inboxKey(of account: String) -> String {
    "folder[@account_id=\(account)]/folderitem[@path=INBOX]/@mtime"
  }
}
