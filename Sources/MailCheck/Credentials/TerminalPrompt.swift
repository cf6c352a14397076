import ConfigFormats
import Glibc
import ProfileRewriter

/// Asks at the terminal of standard input, without echo.
enum TerminalPrompt {
  static func ask(for account: ServerSettings) throws(PasswordFailure) -> Secret {
    guard isatty(STDIN_FILENO) == 1 else {
      throw PasswordFailure("standard input is no terminal to ask for a password at")
    }
    say("Password of \(account.username.printable) at \(account.host.printable): ")
    let before = try silence()
    defer {
      var before = before
      tcsetattr(STDIN_FILENO, TCSANOW, &before)
      say("\n")
    }
    let line = try PasswordSource.firstLine(of: STDIN_FILENO, or: interrupt)
    if line.withBytes({ $0.last == interrupt }) {
      throw PasswordFailure("no password was typed", .interrupted)
    }
    return line
  }

  private static let interrupt: UInt8 = 3

  /// Ctrl-C comes as a character that ends the line: as a signal it would end the program before it
  /// has given the terminal its echo back.
  private static func silence() throws(PasswordFailure) -> termios {
    var state = termios()
    guard tcgetattr(STDIN_FILENO, &state) == 0 else {
      throw PasswordFailure("the terminal does not answer: \(Errno(rawValue: errno).text)")
    }
    let before = state
    state.c_lflag &= ~tcflag_t(ECHO | ISIG)
    withUnsafeMutableBytes(of: &state.c_cc) { $0[Int(VEOL)] = interrupt }
    guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &state) == 0 else {
      throw PasswordFailure("the terminal's echo cannot be switched off")
    }
    return before
  }

  private static func say(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
  }
}
