import ConfigFormats

/// Mail that was uploaded to the accounts of a change, and comes back by POP after the undo.
struct UploadedBefore {
  private var messages: [(account: SwitchedAccount, count: Int)] = []

  init(_ engine: Engine, _ change: Change, _ accounts: [SwitchedAccount]) throws(Refusal) {
    guard let uploaded = engine.configuration.uploadedMail else { return }
    for account in accounts {
      let count = try uploaded.inboxMessages(of: account.to)
      if count > 0 { messages.append((account, count)) }
    }
  }

  /// There is nothing to say and nothing to consent to.
  var isNothing: Bool { messages.isEmpty }

  /// - Throws: `mail-uploaded` where nobody has said yes. Accounts of one change go back together.
  func requireConsent(_ request: UndoRequest) throws(Refusal) {
    guard !request.acceptsFetchingAgain, !messages.isEmpty else { return }
    let said = messages.map { Self.sentence($0.account, $0.count) }.joined(separator: "; ")
    throw Refusal(.mailUploaded, "\(said); add --yes to undo all the same")
  }

  func warning(on rows: [ResultRow]) -> [ResultRow] {
    rows.map { row in
      guard row.status == .undone,
        let (account, count) = messages.first(where: { $0.account.key == row.account })
      else { return row }
      var row = row
      row.warnings.append(Warning(.mailFetchedAgain, Self.sentence(account, count)))
      return row
    }
  }

  private static func sentence(_ account: SwitchedAccount, _ count: Int) -> String {
    let messages = count == 1 ? "1 message" : "\(count) messages"
    return "\(messages) that were uploaded to the inbox of \(account.to.username.printable) at "
      + "\(account.to.host.printable) would be fetched again by POP"
  }
}
