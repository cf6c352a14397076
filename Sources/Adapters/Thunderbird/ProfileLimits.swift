import ConfigFormats
import ProfileRewriter

/// What a profile may have at most, far more than anybody uses: a user may write any file of their own, and one
/// with more would hold up the run for everybody else.
enum ProfileLimits {
  /// Accounts in the client's list: beside each there may be one that shows its old mail, as a switch leaves it.
  static let mostListed = 2 * Account.mostInProfile + 100
  /// Of all accounts together. An identity that two accounts name counts twice.
  static let mostIdentities = 1_000
  static let mostOutgoingServers = 1_000
  /// That one profiles.ini names.
  static let mostProfiles = 500
  /// Saved passwords that a switch needs under another server's name.
  static let mostLogins = 500
  /// Places in which a profile lay by its own account.
  static let mostRoots = 100
  /// Filters of an account that are called by their names.
  static let mostNamedFilters = 100

  /// - Throws: `too-large`.
  static func check(_ profile: LoadedProfile) throws(Refusal) {
    let accounts = AccountReader.listedAccounts(profile.prefs)
    // Few need no second look, and what is too much of all kinds gets none.
    let needsALook = accounts.count > Account.mostInProfile && accounts.count <= mostListed
    try Account.requireFew(
      needsALook ? accounts.count { !isLocal($0, profile.prefs) } : accounts.count)
    var identities = 0
    for account in accounts {
      identities += AccountReader.identityList(of: account, profile.prefs).count
    }
    try require(identities, "identities", mostIdentities)
    try require(profile.outgoingServers.count, "outgoing servers", mostOutgoingServers)
  }

  /// Whether an account has no server, such as Local Folders.
  private static func isLocal(_ account: String, _ prefs: PrefsDocument) -> Bool {
    prefs.string(forKey: "mail.account.\(account).server").map {
      prefs.string(forKey: "mail.server.\($0).type") == "none"
    } ?? false
  }

  private static func require(_ count: Int, _ what: String, _ most: Int) throws(Refusal) {
    guard count > most else { return }
    throw Refusal(
      .tooLarge,
      "the profile has \(count) \(what); one with more than \(most) is left alone: remove some in the client first"
    )
  }
}
