import ProfileRewriter

extension EvolutionJob {
  /// What becomes of the account's mail, as its file and the rules say it. Without the key Evolution
  /// takes mail off the server.
  var mailSettings: MailSettings {
    guard source.flag("Pop Backend/KeepOnServer") ?? false else {
      return MailSettings(onServer: .notKept, rules: rules.risk)
    }
    let days = source.number("Pop Backend/DeleteAfterDays").flatMap { $0 > 0 ? $0 : nil }
    return MailSettings(
      onServer: days == nil ? .kept : .keptForDays, days: days,
      deletesAlong: source.flag("Pop Backend/DeleteExpunged") ?? false, rules: rules.risk)
  }
}

/// `uid-cache` in the account's data directory: a line for each message that the server had when the
/// POP client was there last (seen with 3.46.4: 12 where mail is kept, none where it is not).
struct UIDCache {
  /// nil where there is no such file.
  let uniqueIDs: Set<[UInt8]>?

  init(of account: String, _ loaded: LoadedSources) throws(Refusal) {
    let path = loaded.layout.mail(of: account, in: loaded.layout.data)?.appending(Self.name)
    let bytes: [UInt8]?
    if let path { bytes = try loaded.home.read(path) } else { bytes = nil }
    uniqueIDs = bytes.map { bytes in
      Set(bytes.split(separator: UInt8(ascii: "\n")).map(Array.init))
    }
  }

  private static let name = RelativePath(known: "uid-cache")
}
