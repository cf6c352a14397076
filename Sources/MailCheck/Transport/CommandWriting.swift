import ProfileRewriter

/// What POP3 and SMTP have in common with each other.
extension LineConnection {
  func writeLine(_ command: String) throws(IMAPFailure) {
    do throws(ConnectionFailure) {
      try write(Array((command + "\r\n").utf8))
    } catch {
      throw .connection(error)
    }
  }

  /// As it is: whoever made it has put its line's end to it.
  func writeSecret(_ secret: Secret) throws(IMAPFailure) {
    do throws(ConnectionFailure) {
      try secret.withBytes { bytes throws(ConnectionFailure) in try write(bytes) }
    } catch {
      throw .connection(error)
    }
  }

  func protect() throws(IMAPFailure) {
    do throws(ConnectionFailure) { try startTLS() } catch { throw .connection(error) }
  }

  /// Whether a password may be sent at all, and this one in a line.
  func requireSafety(_ user: String, _ password: Secret, _ allowsCleartext: Bool)
    throws(IMAPFailure)
  {
    guard tls?.isTrusted ?? (allowsCleartext && endpoint.security == .none) else {
      throw .passwordNeedsTLS
    }
    guard !user.isEmpty, Self.fitsLine(user.utf8), !password.isEmpty,
      password.withBytes({ Self.fitsLine($0) })
    else { throw .unusableCredential }
  }

  private static func fitsLine(_ bytes: some Sequence<UInt8>) -> Bool {
    !bytes.contains { $0 == 0 || $0 == 10 || $0 == 13 }
  }
}

/// RFC 4616, in a line of its own.
enum SASLPlain {
  static func line(_ user: String, _ password: Secret, after command: String = "") -> Secret {
    let message = SecretWriter.secret(capacity: user.utf8.count + password.count + 2) { writer in
      writer.append(0)
      writer.append(user.utf8)
      writer.append(0)
      writer.append(password)
    }
    return SecretWriter.secret(capacity: command.utf8.count + message.count * 4 / 3 + 6) { writer in
      writer.append(command.utf8)
      writer.appendBase64(message)
      writer.append("\r\n".utf8)
    }
  }
}
