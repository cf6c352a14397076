extension SourceText {
  func syntaxError(_ fault: KeyFileReader.Fault) -> SyntaxError {
    syntaxError(at: fault.offset, problem: fault.problem.clause, expected: fault.problem.wanted)
  }
}

extension KeyFileReader.Problem {
  fileprivate var clause: String {
    switch self {
    case .byteOrderMark: "a byte order mark, with which GLib reads nothing of the file"
    case .unknownLine: "a line that is no key, no group and no comment"
    case .keyBeforeGroup: "a key before the first group"
    case .emptyKey: "a value without a key"
    case .badKey: "a key's name that GLib does not take"
    case .badGroup: "a character that no group's name may hold"
    case .emptyGroup: "a group without a name"
    case .textAfterGroup: "text behind a group's name"
    case .foreignEncoding: "an encoding that GLib does not read"
    case .tooLarge: "a file that is too large for settings"
    }
  }

  fileprivate var wanted: String {
    switch self {
    case .byteOrderMark: "a file that begins with its first line"
    case .unknownLine: "key=value, [group] or # comment"
    case .keyBeforeGroup: "[group]"
    case .emptyKey: "a key in front of the equals sign"
    case .badKey: "a name without brackets, at most with [locale] right behind it"
    case .badGroup: "no brackets and no control characters between [ and ]"
    case .emptyGroup: "a name between [ and ]"
    case .textAfterGroup: "the end of the line"
    case .foreignEncoding: "UTF-8"
    case .tooLarge: "at most \(KeyFileReader.sizeLimit) bytes"
    }
  }
}

/// Why a value cannot be had in the type asked for, as `GKeyFileError` puts it.
public enum KeyFileValueError: Error, Equatable, Sendable {
  /// The file has no such group.
  case groupNotFound
  /// The group has no such key.
  case keyNotFound
  /// The value's bytes are not UTF-8.
  case notUTF8
  /// An escape, a boolean or a number that GLib cannot interpret.
  case invalidValue
}
