import ConfigFormats
import ProfileRewriter

extension SwitchJob {
  /// Filters lie in the server's directory and so do not follow it. They are copied behind a guard;
  /// the old file stays, and is what the old-mail server lists, which gets no mail to filter.
  func copyFilters(
    to directory: RelativePath, today: CalendarDay, _ draft: inout SwitchDraft
  ) throws(Refusal) -> [Warning] {
    let path = oldDirectory.path.appending(.filterRules)
    guard let bytes = try profile.directory.read(path) else { return [] }
    let document: FilterRulesDocument
    do {
      document = try FilterRulesDocument(parsing: bytes)
    } catch {
      throw Refusal(.syntax, "\(path.text), \(error)")
    }
    if let fault = document.fault { throw Refusal(.syntax, "\(path.text), \(fault)") }
    let rules = document.rules
    guard !rules.isEmpty else { return [] }
    let content: [UInt8]
    do {
      let edits = try document.edits(insertingFirst: FilterGuard.rule(today))
      content = try document.source.applying(edits)
    } catch {
      throw Refusal(.unsupported, "\(path.text) cannot be copied behind a guard (\(error))")
    }
    draft.filters.append(
      PlannedFile(
        path: directory.appending(.filterRules), work: .create(content: content, like: path),
        users: [user]))
    return folderWarning(rules)
  }

  private func folderWarning(_ rules: [FilterRule]) -> [Warning] {
    let lead = Array("mailbox://".utf8)
    let named = rules.filter { rule in
      rule.isEnabled && rule.actions.contains { $0.value?.starts(with: lead) ?? false }
    }
    guard !named.isEmpty else { return [] }
    let names = named.prefix(5).map { "\"\($0.nameText)\"" }.joined(separator: ", ")
    let more = named.count > 5 ? " and \(named.count - 5) more" : ""
    return [
      Warning(
        .filtersNameFolders,
        "\(named.count == 1 ? "a filter puts" : "\(named.count) filters put") mail into local "
          + "folders and will go on doing so, taking it off the server: \(names)\(more)")
    ]
  }
}
