import ConfigFormats
import ProfileRewriter

extension SwitchJob {
  /// Filters lie in the server's directory and so do not follow it. They are copied behind a guard;
  /// the old file stays, and is what the old-mail server lists, which gets no mail to filter.
  ///
  /// Without filters a file with the guard alone is made where the client's own rules would move
  /// old mail.
  func copyFilters(
    to directory: RelativePath, choices: PlanChoices, _ draft: inout SwitchDraft
  ) throws(Refusal) -> [Warning] {
    let oldPlace = oldDirectory.pathHere
    let path = oldPlace.appending(.filterRules)
    let present = try profile.filters(path) { () throws(Refusal) in
      try readFilters(path).map(FilterFacts.init)
    }
    // A large one is not held for each account.
    defer { present?.forgetDocument() }
    draft.mail[user] = mailSettings(present?.risk ?? .noRules)
    let own = try OwnRules(self)
    let lastDownload = try profile.lastDownloads(oldPlace) { () throws(Refusal) in
      try PopState(profile.directory, oldPlace).lastDownload
    }
    let firstNew = FirstNewDay(lastDownload: lastDownload, choices)
    let filterGuard = FilterGuard(
      day: firstNew.day, shieldsFromJunk: own.movesJunk,
      coversLaterRuns: present?.coversLaterRuns ?? false,
      replacesReceiptRule: own.movesReceipts)
    if own.trustsServerFilter {
      draft.wishes.set(server.name("useServerFilter"), .bool(false), user: user)
    }
    let hasRules = present?.isEmpty == false
    guard hasRules || own.movesJunk || own.movesReceipts else { return own.warnings }
    draft.filters.append(
      PlannedFile(
        path: directory.appending(.filterRules),
        work: .create(
          content: try content(present, path, filterGuard),
          like: present == nil ? .prefsJS : path),
        users: [user]))
    return own.warnings + (present.map { FilterWarnings($0, firstNew).all } ?? [])
  }

  private func readFilters(_ path: RelativePath) throws(Refusal) -> FilterRulesDocument? {
    guard let bytes = try profile.directory.read(path), !bytes.isEmpty else { return nil }
    let document: FilterRulesDocument
    do {
      document = try FilterRulesDocument(parsing: bytes)
    } catch {
      throw Refusal(syntax: error, in: path, root: profile.directory.absolutePath)
    }
    if let fault = document.fault {
      throw Refusal(syntax: fault, in: path, root: profile.directory.absolutePath)
    }
    return document
  }

  private func content(
    _ present: FilterFacts?, _ path: RelativePath, _ filterGuard: FilterGuard
  ) throws(Refusal) -> [UInt8] {
    if let known = present?.contents[filterGuard] { return known }
    var document = present?.document
    if present != nil, document == nil { document = try readFilters(path) }
    let content = try guarded(document, filterGuard)
    present?.contents[filterGuard] = content
    return content
  }

  private func guarded(
    _ present: FilterRulesDocument?, _ filterGuard: FilterGuard
  ) throws(Refusal) -> [UInt8] {
    do {
      // As the client writes it there (NS_LINEBREAK).
      let end = profile.origin.system == .windows ? "\r\n" : "\n"
      let empty = Array("version=\"9\"\(end)logging=\"no\"\(end)".utf8)
      let document = try present ?? FilterRulesDocument(parsing: empty)
      let edits = try filterGuard.rules.flatMap { try document.edits(insertingFirst: $0) }
      return try document.source.applying(edits)
    } catch {
      throw Refusal(
        .unsupported, "the filters of \(user) cannot be copied behind a guard (\(error))")
    }
  }
}
