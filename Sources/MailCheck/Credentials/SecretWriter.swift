/// Puts a secret together out of pieces, without a copy that is left behind.
struct SecretWriter {
  private let room: UnsafeMutableRawBufferPointer
  private(set) var count = 0

  /// What `write` has put together, at most `capacity` bytes.
  static func secret(capacity: Int, _ write: (inout SecretWriter) -> Void) -> Secret {
    Secret(capacity: capacity) { room in
      var writer = SecretWriter(room: room)
      write(&writer)
      return writer.count
    }
  }

  private init(room: UnsafeMutableRawBufferPointer) { self.room = room }

  mutating func append(_ byte: UInt8) {
    precondition(count < room.count, "a secret is larger than was reckoned")
    room[count] = byte
    count += 1
  }

  mutating func append(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { append(byte) }
  }

  mutating func append(_ secret: Secret) { secret.withBytes { append($0) } }

  /// RFC 4648, with padding.
  mutating func appendBase64(_ secret: Secret) {
    secret.withBytes { bytes in
      for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        let number = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
        for place in 0..<4 {
          append(
            place <= group.count ? Self.digit(number >> (18 - 6 * place) & 63) : UInt8(ascii: "="))
        }
      }
    }
  }

  /// RFC 4648, table 1.
  private static func digit(_ value: Int) -> UInt8 {
    switch value {
    case 0..<26: UInt8(value + 65)
    case 26..<52: UInt8(value + 71)
    case 52..<62: UInt8(value - 4)
    case 62: UInt8(ascii: "+")
    default: UInt8(ascii: "/")
    }
  }
}
