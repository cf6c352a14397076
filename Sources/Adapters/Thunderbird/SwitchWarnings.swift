import ConfigFormats
import ProfileRewriter

extension SwitchJob {
  /// What the user should know of this account, beyond what its edits have said already.
  func otherWarnings(_ certificates: CertificateExceptions) throws(Refusal) -> [Warning] {
    var warnings = [mailPlaceWarning]
    if target.username != old.username {
      warnings.append(
        Warning(
          .usernameDiffers,
          "the IMAP user name is \(target.username), not \(old.username); Thunderbird asks for the "
            + "password once"))
    }
    let isBehindPassword = target.auth.asksForPassword || target.auth == .oauth2
    if try PrimaryPassword.isSet(profile), isBehindPassword {
      warnings.append(
        Warning(
          .primaryPassword,
          "a primary password is set; Thunderbird asks for it at its start, as before"))
    }
    return warnings + untriedProgram + (try certificateWarning(certificates))
  }

  private var untriedProgram: [Warning] {
    let program = profile.origin.relative
    guard program != .thunderbird else { return [] }
    return [
      Warning(
        .untriedProgram,
        "the profile is one of \(program.title), with which this switch was not tried, only with "
          + "Thunderbird; switch one account, look at it there, and go on")
    ]
  }

  private var mailPlaceWarning: Warning {
    if server.bool("leave_on_server") {
      return Warning(
        .mailShownTwice,
        "mail that was left on the server is shown twice: there, and in the old local folders")
    }
    return Warning(
      .mailOnlyLocal,
      "mail was not left on the server: what was downloaded is only in the old local folders")
  }

  private func certificateWarning(
    _ exceptions: CertificateExceptions
  ) throws(Refusal) -> [Warning] {
    guard try exceptions.cover(host: old.host, port: old.port),
      try !exceptions.cover(host: target.host, port: target.port), target.security != .none
    else { return [] }
    return [
      Warning(
        .certificateException,
        "the certificate of \(old.host):\(old.port) is trusted by an exception, which does not hold "
          + "for \(target.host):\(target.port); if that certificate comes from no trusted "
          + "source either, Thunderbird says so at its start, opens the window \"Add Security "
          + "Exception\", and gets no mail before it is answered")
    ]
  }
}
