/// A part of a command, whose last line is ended by whoever sends it.
enum IMAPCommandPiece {
  case text(String)
  case secret(Secret)
  /// Ends the line and waits for "+"; what follows is sent then.
  case awaitContinuation
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
