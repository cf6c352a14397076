import ConfigFormats
import MailCheck
import ProfileRewriter

/// What a source holds, as the store counts it.
public struct MailTotals: Sendable, Hashable {
  public var messages = 0
  public var bytes = 0
}

extension MailSource {
  /// Messages of a folder and their bytes.
  func totals(of folder: MailFolder, shouldStop: () -> Bool) throws(Refusal) -> MailTotals {
    var totals = MailTotals()
    try forEachMessage(of: folder) { message in
      totals.messages += 1
      totals.bytes.add(saturating: message.size)
      return !shouldStop()
    }
    return totals
  }
}

/// Room that the server's quota leaves.
struct RoomLeft {
  /// nil: not limited.
  var bytes: Int?
  var messages: Int?

  /// nil where the server tells of no limit.
  init?(_ session: UploadSession) throws(Refusal) {
    guard
      let quotas = try session.ask({ client throws(IMAPFailure) -> [IMAPQuota]? in
        do throws(IMAPFailure) {
          return try client.quotas()
        } catch .commandRefused {
          return nil
        }
      })
    else { return nil }
    self.init(quotas)
  }

  /// nil where they limit nothing. A server may say any number.
  init?(_ quotas: [IMAPQuota]) {
    bytes = quotas.compactMap { $0["STORAGE"]?.left }.min().map {
      Int(clamping: $0).multiplied(saturating: 1024)
    }
    messages = quotas.compactMap { $0["MESSAGE"]?.left }.min().map { Int(clamping: $0) }
    if bytes == nil, messages == nil { return nil }
  }

  func holds(_ totals: MailTotals) -> Bool {
    totals.bytes <= bytes ?? .max && totals.messages <= messages ?? .max
  }

  func refusal(for totals: MailTotals) -> Refusal {
    let room =
      [bytes.map { "\($0) bytes" }, messages.map { "\($0) messages" }].compactMap(\.self)
      .joined(separator: " and ")
    return Refusal(
      .overQuota,
      "\(totals.messages) messages of \(totals.bytes) bytes are not on the server, and its quota "
        + "leaves \(room); make room, or upload what fits with --until-full")
  }
}
