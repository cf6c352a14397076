import ConfigFormats

/// One thing that was asked, and what came of it; also what was asked in vain.
public struct CheckEvidence: Sendable, Hashable {
  public enum Source: String, Sendable, Hashable, CaseIterable {
    /// A file of the user's choosing.
    case file
    /// The facts that come with this program.
    case facts
    /// An autoconfig file at the domain, or at the domain of its mail exchanger.
    case autoconfig
    /// A provider database, asked by name.
    case ispdb
    case srv
    case mx
    /// A mail server, by connecting to it.
    case server
  }

  public enum Outcome: String, Sendable, Hashable, CaseIterable {
    /// IMAP is there.
    case imap
    /// The source proves that there is none.
    case noIMAP = "no-imap"
    /// Nothing that tells; also POP3 alone.
    case nothing
    /// No answer, or one that cannot be used.
    case failed
  }

  public var source: Source
  /// A domain, host, URL, or "host:port".
  public var asked: String
  public var outcome: Outcome
  /// A sentence without its full stop, printable.
  public var text: String

  public init(_ source: Source, _ asked: String, _ outcome: Outcome, _ text: String) {
    self.source = source
    self.asked = asked
    self.outcome = outcome
    self.text = text
  }

  public init(_ evidence: Evidence) {
    switch evidence.source {
    case .file: source = .file
    case .facts: source = .facts
    }
    switch evidence.match {
    case .domain(let name), .host(let name): asked = name
    }
    if case .lists = evidence.finding { outcome = .imap } else { outcome = .nothing }
    text = evidence.description
  }
}
