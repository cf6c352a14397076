import ProfileRewriter

extension RelativePath {
  static let prefsJS = RelativePath(known: "prefs.js")
  static let userJS = RelativePath(known: "user.js")
  static let loginsJSON = RelativePath(known: "logins.json")
  static let virtualFolders = RelativePath(known: "virtualFolders.dat")
  static let imapMail = RelativePath(known: "ImapMail")
  static let filterRules = RelativePath(known: "msgFilterRules.dat")
}
