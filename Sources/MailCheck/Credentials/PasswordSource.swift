import ConfigFormats
import Glibc
import ProfileRewriter

/// Where passwords come from. Never from arguments, an environment variable or a file of ours.
public enum PasswordSource: Sendable, Hashable {
  /// The first line that can be read from an open file. For one account.
  case descriptor(Int32)
  /// The first line that a shell command prints. It learns which account is meant from its
  /// environment: `PROFILE_REWRITER_USER`, `PROFILE_REWRITER_HOST`, `PROFILE_REWRITER_PORT`.
  case command(String)
  /// A person at the terminal of standard input.
  case terminal
}

/// Why there is no password. The text says what to do.
public struct PasswordFailure: Error, Sendable, Hashable {
  public enum Cause: Sendable, Hashable {
    case unusable
    /// The person typed Ctrl-C.
    case interrupted
  }

  public var cause: Cause
  public var text: String

  public init(_ text: String, _ cause: Cause = .unusable) {
    self.cause = cause
    self.text = text
  }
}

extension PasswordSource {
  /// The longest password, in bytes.
  static let longest = 4096

  public func password(for account: ServerSettings) throws(PasswordFailure) -> Secret {
    let secret =
      switch self {
      case .descriptor(let number): try Self.firstLine(of: number)
      case .command(let command): try PasswordCommand(command).run(for: account)
      case .terminal: try TerminalPrompt.ask(for: account)
      }
    guard !secret.isEmpty else { throw PasswordFailure("the password is empty") }
    return secret
  }

  /// Without its end.
  /// - Parameter last: a byte that ends the line, too, and stays in it.
  static func firstLine(of descriptor: Int32, or last: UInt8? = nil) throws(PasswordFailure)
    -> Secret
  {
    try Secret(capacity: longest + 1) { room throws(PasswordFailure) in
      var count = 0
      while count < room.count {
        // One byte at a time: what follows the line belongs to somebody else.
        let got = read(descriptor, room.baseAddress.map { $0 + count }, 1)
        if got < 0, errno == EINTR { continue }
        guard got >= 0 else {
          throw PasswordFailure(
            "no password can be read: \(Errno(rawValue: errno).text) (descriptor \(descriptor))")
        }
        if got == 0 || room[count] == UInt8(ascii: "\n") { break }
        count += 1
        if room[count - 1] == last { break }
      }
      guard count <= longest else {
        throw PasswordFailure("the password has more than \(longest) bytes")
      }
      return count > 0 && room[count - 1] == UInt8(ascii: "\r") ? count - 1 : count
    }
  }
}
