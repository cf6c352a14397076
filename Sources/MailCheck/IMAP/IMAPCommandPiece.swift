/// A part of a command, whose last line is ended by whoever sends it.
enum IMAPCommandPiece {
  case text(String)
  case secret(Secret)
  /// Ends the line and waits for "+"; what follows is sent then.
  case awaitContinuation
  /// Does something else while the server waits.
  case pause(() -> Void)
  /// Waits for an answer such as "* 1 EXISTS", by its name (IDLE, RFC 2177), if there is one to be
  /// awaited.
  case awaitNumber(String, if: () -> Bool)
}

/// A string in a command (RFC 9051, section 4.3).
enum IMAPString {
  /// Quoted where that is allowed, else a literal the server must ask for.
  static func pieces(of secret: Secret) -> [IMAPCommandPiece] {
    let isQuotable = secret.withBytes { $0.allSatisfy { (0x20...0x7e).contains($0) } }
    guard isQuotable else {
      return [.text("{\(secret.count)}"), .awaitContinuation, .secret(secret)]
    }
    let quoted = SecretWriter.secret(capacity: secret.count * 2 + 2) { writer in
      writer.append(UInt8(ascii: "\""))
      secret.withBytes { bytes in
        for byte in bytes {
          if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
            writer.append(UInt8(ascii: "\\"))
          }
          writer.append(byte)
        }
      }
      writer.append(UInt8(ascii: "\""))
    }
    return [.secret(quoted)]
  }
}
