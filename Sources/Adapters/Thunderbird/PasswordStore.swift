import ConfigFormats
import ProfileRewriter

/// Which of its stores of saved passwords a profile uses.
enum PasswordStore {
  /// logins.json is the store unless `signon.rustMirror.enabled` is set; logins.db beside it is a
  /// mirror, empty as long as that is false (seen with Thunderbird 153, read in its LoginManager).
  /// - Throws: `password-store` where logins.json is not the whole truth.
  static func check(_ profile: LoadedProfile) throws(Refusal) {
    let key = "signon.rustMirror.enabled"
    if profile.bool(key) {
      throw Refusal(
        .passwordStore,
        "\(key) is true: the passwords are mirrored in logins.db, which this "
          + "program cannot write")
    }
    if try profile.directory.kind(.loginsJSON) != nil { return }
    for name in ["logins.db", "logins.db-wal"] {
      guard let path = RelativePath(name), let bytes = try profile.directory.read(path) else {
        continue
      }
      // Origins stand there in plain text, so a store without any has no login of a mail account.
      for scheme in ["mailbox://", "imap://", "smtp://", "oauth://"]
      where ByteText.contains(bytes, Array(scheme.utf8)) {
        throw Refusal(
          .passwordStore,
          "the passwords are in \(name) and there is no logins.json; start Thunderbird once")
      }
    }
  }
}
