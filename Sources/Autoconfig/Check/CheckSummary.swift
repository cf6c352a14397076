import ProfileRewriter

/// How many subjects got which answer.
public struct CheckSummary: Sendable, Equatable {
  public private(set) var counts: [Verdict: Int] = [:]
  /// POP accounts whose provider's IMAP servers are known.
  public private(set) var compared = 0
  /// Those of them that a text replacement of the host name would have taken to a wrong one.
  public private(set) var replacementWrong = 0
  /// Profiles that could not be read.
  public var refused = 0

  public init() {}

  public var subjects: Int { counts.values.reduce(0, +) }

  public subscript(verdict: Verdict) -> Int { counts[verdict, default: 0] }

  public mutating func add(_ answer: CheckAnswer, for subject: CheckSubject) {
    counts[answer.verdict, default: 0] += 1
    guard case .account(let account) = subject, account.kind == .pop3, !answer.hosts.isEmpty else {
      return
    }
    compared += 1
    if TextReplacement.isWrong(popHost: account.settings.host, imap: answer.hosts) {
      replacementWrong += 1
    }
  }
}
