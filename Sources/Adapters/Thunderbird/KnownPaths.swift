import ProfileRewriter

extension RelativePath {
  /// A path that stands in this source.
  init(known text: StaticString) {
    guard let path = RelativePath(text.description) else {
      preconditionFailure("\(text) is not a relative path")
    }
    self = path
  }

  static let prefsJS = RelativePath(known: "prefs.js")
  static let userJS = RelativePath(known: "user.js")
  static let loginsJSON = RelativePath(known: "logins.json")
  static let virtualFolders = RelativePath(known: "virtualFolders.dat")
  static let imapMail = RelativePath(known: "ImapMail")
  static let filterRules = RelativePath(known: "msgFilterRules.dat")
}
