import ConfigFormats
import ProfileRewriter

/// What the client itself would move on the server at the first synchronisation: junk, and return
/// receipts. Each was seen with Thunderbird 153, with and without the remedy
/// (docs/clients/thunderbird-findings-sync.md, section 1).
struct OwnRules {
  /// The classifier is trained and moves what it finds: unread old mail too.
  let movesJunk: Bool
  /// Messages that the server marked as junk are moved by a rule that the client puts before all
  /// others, guard included.
  let trustsServerFilter: Bool
  /// Receipts are moved to Sent, likewise.
  let movesReceipts: Bool

  init(_ job: SwitchJob) throws(Refusal) {
    let server = job.server
    let moves = server.bool("moveOnSpam")
    let level = server.int("spamLevel") ?? 100
    let isTrained = try job.profile.directory.kind(RelativePath(known: "training.dat")) != nil
    movesJunk = moves && level != 0 && isTrained
    // The client's own default of the flags is 1 (its mailnews.js).
    trustsServerFilter =
      moves && server.bool("useServerFilter")
      && (server.int("serverFilterTrustFlags") ?? 1) & 1 != 0
    movesReceipts = Self.movesReceipts(job)
  }

  /// An identity with settings of its own has the server's answer, any other the profile's. Which
  /// identity the client asks is not known, so one that moves receipts is enough.
  private static func movesReceipts(_ job: SwitchJob) -> Bool {
    let own = job.server.int("incorporate_return_receipt") == 1
    let general = job.profile.int("mail.incorporate.return_receipt") == 1
    guard !job.entry.identities.isEmpty else { return own || general }
    return job.entry.identities.contains {
      job.prefs.bool(forKey: "mail.identity.\($0).use_custom_prefs") == true ? own : general
    }
  }

  var warnings: [Warning] {
    var texts: [String] = []
    if movesJunk {
      texts.append("old mail is marked as no junk, so that the junk controls do not move it")
    }
    if trustsServerFilter {
      texts.append(
        "useServerFilter is switched off, because it would move old mail that the server marked as "
          + "junk; switch it on again after the first synchronisation")
    }
    if movesReceipts {
      texts.append(
        "return receipts are no longer filed by the client, or it would move the old ones")
    }
    return texts.isEmpty ? [] : [Warning(.junkControls, texts.joined(separator: "; "))]
  }
}
