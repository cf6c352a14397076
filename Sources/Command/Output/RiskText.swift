import ConfigFormats
import ProfileRewriter

/// What a switch means for an account's mail, in one sentence.
enum RiskText {
  /// nil where no mail was read: the warnings say what the settings do.
  static func sentence(_ risk: MailRisk) -> String? {
    switch risk.local {
    case .notRead: nil
    case .unreadable(let refusal): "cannot be counted: \(refusal.shown)"
    case .counted(let counted): here(counted) + room(risk) + unanswered(risk.server)
    }
  }

  private static func here(_ counted: LocalMailCount.Counted) -> String {
    let all = counted.all
    guard all.messages > 0 else { return "none lies here" }
    let place = counted.isShared ? "in folders that accounts share" : "here"
    let lies = "\(amount(all)) \(all.messages == 1 ? "lies" : "lie") \(place), and "
    guard let only = counted.onlyHere.amount else {
      return lies + "whether the server has them, too, is not known (--online asks it)"
    }
    let isOne = all.messages == 1
    switch only.messages {
    case 0: return lies + "the server has \(isOne ? "it, too" : "them all")" + ground(counted)
    case all.messages:
      return lies + (isOne ? "the server does not have it" : "the server has none of them")
        + ground(counted)
    default:
      let verb = only.messages == 1 ? "is" : "are"
      return lies + "\(only.messages) of them (\(Progress.size(only.bytes))) \(verb) only here"
        + ground(counted)
    }
  }

  private static func ground(_ counted: LocalMailCount.Counted) -> String {
    switch counted.onlyHere {
    case .unknown, .exact: ""
    case .estimated(_, .setting): ", as the account is set"
    case .estimated(_, .clientRecord): ", by what the mail client noted when it was there last"
    case .estimated(_, .server): ", as far as servers told"
    }
  }

  private static func room(_ risk: MailRisk) -> String {
    guard let only = risk.local.onlyHere.amount, only.messages > 0,
      case .limited(let limits) = risk.server.room, let fits = risk.server.room.holds(only)
    else { return "" }
    let left = [
      limits.bytes.map { Progress.size($0.left) },
      limits.messages.map { Talk.count($0.left, "message") },
    ].compactMap(\.self).joined(separator: " and ")
    return fits
      ? "; the server has room for these (\(left) left)"
      : "; too much for the server, which has room for \(left)"
  }

  private static func unanswered(_ server: ServerCount) -> String {
    guard case .unanswered(let refusal) = server else { return "" }
    return "; the server was not asked: \(refusal.shown)"
  }

  static func amount(_ amount: MailAmount) -> String {
    "\(Talk.count(amount.messages, "message")) (\(Progress.size(amount.bytes)))"
  }
}

/// The same of all accounts, what several share counted once.
struct RiskTotals {
  private var places: Set<[UInt8]> = []
  private var accounts = 0
  private var onlyHere = MailAmount()
  private var isEstimated = false
  private var untold = 0
  private var tooMuch = 0

  mutating func add(_ account: PlannedAccount) {
    guard let risk = account.risk else { return }
    switch risk.local {
    case .notRead: return
    case .unreadable: untold += 1
    case .counted(let counted):
      guard let amount = counted.onlyHere.amount else {
        untold += 1
        break
      }
      if amount.messages > 0 { accounts += 1 }
      if case .estimated = counted.onlyHere { isEstimated = true }
      if risk.server.room.holds(amount) == false { tooMuch += 1 }
      guard places.insert(counted.path).inserted else { break }
      onlyHere.messages.add(saturating: amount.messages)
      onlyHere.bytes.add(saturating: amount.bytes)
    }
  }

  var sentences: [String] {
    var sentences: [String] = []
    if onlyHere.messages > 0 {
      sentences.append(
        "on this computer only\(isEstimated ? ", as far as is known" : ""): "
          + "\(RiskText.amount(onlyHere)) of \(Talk.count(accounts, "account"))"
          + (tooMuch > 0 ? ", too much for the server's quota of \(tooMuch) of them" : ""))
    }
    if untold > 0 {
      sentences.append(
        "of \(Talk.count(untold, "account")) it is not known what is on this computer only")
    }
    return sentences
  }
}
