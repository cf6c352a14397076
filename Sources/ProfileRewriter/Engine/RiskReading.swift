/// Counts the mail of one profile's accounts, and what of it no server has.
struct RiskReading {
  let engine: Engine
  let target: ProfileTarget
  /// The accounts that would be switched.
  let planned: [PlannedAccount]

  private var pending: [PlannedAccount] { planned.filter { $0.refusal == nil && $0.risk != nil } }

  /// By account key.
  func risks() -> [String: MailRisk] {
    let pending = pending
    guard !pending.isEmpty else { return [:] }
    let answers = ask(pending)
    var risks: [String: MailRisk] = [:]
    for account in pending {
      guard var risk = account.risk else { continue }
      risk.server = Self.count(answers[account.key])
      risk.local = .unreadable(Refusal(.notFound, "there is no mail of this account"))
      risks[account.key] = risk
    }
    var read: Set<String> = []
    // All accounts: what lies in one place is of all that share it.
    for row in engine.localMail(of: target, Selection(paths: []), includingIMAP: false) {
      let (keys, local) = count(row, answers, among: risks)
      for key in keys ?? Array(risks.keys) {
        let before = read.insert(key).inserted ? nil : risks[key]?.local
        risks[key]?.local = before?.adding(local) ?? local
      }
    }
    return risks
  }

  private func ask(_ accounts: [PlannedAccount]) -> [String: ServerMailAnswer] {
    guard let check = engine.configuration.serverMailCheck else { return [:] }
    var answers: [String: ServerMailAnswer] = [:]
    for account in accounts {
      guard let settings = account.to, !engine.configuration.shouldStop() else { continue }
      answers[account.key] = check.answer(
        ServerMailQuestion(target: settings, present: account.from))
    }
    return answers
  }

  private static func count(_ answer: ServerMailAnswer?) -> ServerCount {
    switch answer {
    case nil: .notAsked
    case .mail(let mail): .asked(by: mail.kind, messages: mail.messages, mail.room)
    case .unanswered(let refusal): .unanswered(refusal)
    }
  }

  /// What a row says, and of which accounts; of all where no keys are given.
  private func count(
    _ row: LocalMailRow, _ answers: [String: ServerMailAnswer], among risks: [String: MailRisk]
  ) -> (keys: [String]?, LocalMailCount) {
    switch row {
    case .nothing: return ([], .notRead)
    case .refused(_, let account, let refusal):
      return (account.map { [$0.key] }, .unreadable(refusal))
    case .mail(let mail):
      let keys = mail.accounts.map(\.key)
      guard keys.contains(where: { risks[$0] != nil }) else { return ([], .notRead) }
      do throws(Refusal) {
        let tells = mail.source.folders.contains { $0.format.tellsUniqueIDs }
        let known = try KnownMail(of: keys, answers, risks, tellsUniqueIDs: tells) {
          (key) throws(Refusal) in
          try target.root.asOwner { () throws(Refusal) in
            try target.adapter.recordedUniqueIDs(of: key, in: engine.context(of: target))
          }
        }
        return (keys, .counted(try count(mail, known)))
      } catch {
        return (keys, .unreadable(error))
      }
    }
  }

  private func count(_ mail: LocalMail, _ known: KnownMail) throws(Refusal)
    -> LocalMailCount.Counted
  {
    var all = MailAmount()
    var onlyHere = MailAmount()
    var damaged = 0
    try target.root.asOwner { () throws(Refusal) in
      for folder in mail.source.folders {
        try mail.source.forEachMessage(of: folder) { message in
          guard !message.isGone else { return true }
          let size = message.size
          all.add(size)
          if message.damage != nil { damaged += 1 }
          if !known.isOnServer(message) { onlyHere.add(size) }
          return true
        }
      }
    }
    return LocalMailCount.Counted(
      path: target.root.absolute(mail.place), isShared: mail.isCommon || mail.accounts.count > 1,
      all: all, damaged: damaged, onlyHere: known.finding(onlyHere))
  }
}

/// What is known to be on the servers of the accounts that share one place.
private struct KnownMail {
  private var messageIDs: [Set<[UInt8]>] = []
  /// By account key: several servers may give the same one.
  private var uniqueIDs: [[UInt8]: Set<[UInt8]>] = [:]
  /// nil: all were asked, and told all.
  private var ground: LocalMailCount.Ground?
  private let isShared: Bool
  /// Of some account nothing is known.
  private var isUnknown = false

  private static let mostRecorded = 2_000_000

  /// - Parameters:
  ///   - tellsUniqueIDs: the store says of its messages by which name a server knew them. Where it does
  ///     not, lists of such names prove nothing of any message.
  ///   - record: what the client has noted of an account's server.
  init(
    of keys: [String], _ answers: [String: ServerMailAnswer], _ risks: [String: MailRisk],
    tellsUniqueIDs: Bool, record read: (String) throws(Refusal) -> Set<[UInt8]>?
  ) throws(Refusal) {
    isShared = keys.count > 1
    var recorded = 0
    func record(_ key: String) throws(Refusal) -> Set<[UInt8]>? {
      let names = try read(key)
      recorded += names?.count ?? 0
      // Accounts may share one record, and each would be held.
      guard recorded <= Self.mostRecorded else {
        throw Refusal(
          .tooLarge,
          "more than \(Self.mostRecorded) messages are recorded as fetched by the accounts that share this mail"
        )
      }
      return names
    }
    var grounds: Set<LocalMailCount.Ground> = []
    for key in keys {
      if case .mail(let mail)? = answers[key], tellsUniqueIDs || mail.kind == .imap {
        messageIDs.append(mail.messageIDs)
        uniqueIDs[Array(key.utf8)] = mail.uniqueIDs
        if mail.isComplete { continue }
        grounds.insert(.server)
        if let record = try record(key) {
          uniqueIDs[Array(key.utf8), default: []].formUnion(record)
        }
      } else if tellsUniqueIDs, let record = try record(key) {
        uniqueIDs[Array(key.utf8)] = record
        grounds.insert(.clientRecord)
      } else if risks[key]?.settings.onServer == .notKept {
        grounds.insert(.setting)
      } else {
        isUnknown = true
      }
    }
    guard !grounds.isEmpty else { return }
    ground =
      !messageIDs.isEmpty ? .server : grounds.contains(.clientRecord) ? .clientRecord : .setting
  }

  func isOnServer(_ message: any LocalMessage) -> Bool {
    if let uidl = message.uidl, ids(ofWhoFetched: message)?.contains(uidl) == true { return true }
    guard !messageIDs.isEmpty, let id = message.messageID else { return false }
    return messageIDs.contains { $0.contains(id) }
  }

  /// Where several share a place and the message does not say whose it is, nothing proves that a
  /// server has it. An account that was set up anew over its old mail has another key than that says.
  private func ids(ofWhoFetched message: any LocalMessage) -> Set<[UInt8]>? {
    if let account = message.account, let ids = uniqueIDs[account] { return ids }
    return isShared ? nil : uniqueIDs.first?.value
  }

  func finding(_ amount: MailAmount) -> LocalMailCount.OnlyHere {
    if isUnknown { return .unknown }
    return ground.map { .estimated(amount, $0) } ?? .exact(amount)
  }
}
