import ConfigFormats

/// What an adapter answers to ``ClientAdapter/localMail(of:in:)``: folders in which an account's mail
/// lies on this computer.
public struct LocalMailPlace: Sendable, Hashable {
  /// The directory that holds them all, relative as the adapter's paths are, or to the home. Accounts
  /// with the same one share their folders.
  public var path: RelativePath
  /// The account that shows these folders, as its user named it.
  public var title: String
  /// Mail that is no account's may lie there, and that of accounts that are not POP.
  public var isCommon: Bool
  /// Paths relative as ``path`` is.
  public var folders: [MailFolder]
  /// Paths are relative to the home, in which the mail lies outside of the profile. Only for a profile
  /// that was found below one.
  public var isInHome: Bool

  public init(
    path: RelativePath, title: String, isCommon: Bool, folders: [MailFolder], isInHome: Bool = false
  ) {
    self.isInHome = isInHome
    self.path = path
    self.title = title
    self.isCommon = isCommon
    self.folders = folders
  }
}
