/// What the process tells its caller; documented in docs/codes.md and never renumbered.
enum ExitStatus: Int32, Error, CaseIterable {
  /// Done, or nothing to do.
  case done = 0
  /// Something could not be read, written or found.
  case failed = 1
  /// `plan --detailed-exitcode` found changes.
  case changesFound = 2
  /// Some accounts or profiles were refused; the rest is done.
  case refused = 3
  /// Undo met settings that somebody else has changed since.
  case conflict = 4
  /// The saved plan no longer holds.
  case stale = 5
  /// `check` found that IMAP is not offered, or a `test` failed.
  case saidNo = 6
  /// The command line is wrong, or asks for something unsafe as a whole.
  case usage = 64
  /// Stopped by a signal.
  case interrupted = 130

  /// Of several outcomes, the first of these that holds.
  static let precedence: [ExitStatus] = [
    .interrupted, .failed, .conflict, .stale, .refused, .saidNo, .changesFound,
  ]
}
