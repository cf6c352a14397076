internal import CCrypto

/// A UUID made of a name (RFC 9562, version 5): the same name has the same UUID everywhere.
struct NameBasedUUID: Hashable, CustomStringConvertible {
  let bytes: [UInt8]

  /// For domain names (RFC 9562, 6.6).
  static let dns = NameBasedUUID(bytes: [
    0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8,
  ])

  private init(bytes: [UInt8]) { self.bytes = bytes }

  init(namespace: NameBasedUUID, name: String) {
    var bytes = Array(Digest.sha1(namespace.bytes + Array(name.utf8)).prefix(16))
    bytes[6] = bytes[6] & 0x0F | 0x50
    bytes[8] = bytes[8] & 0x3F | 0x80
    self.bytes = bytes
  }

  /// In upper case, as Apple writes it.
  var description: String {
    let digits = Array("0123456789ABCDEF".utf8)
    var text: [UInt8] = []
    for (place, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(place) { text.append(UInt8(ascii: "-")) }
      text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
    return String(decoding: text, as: UTF8.self)
  }
}

/// Short digests and their spelling, by libcrypto.
enum Digest {
  /// Only where a standard asks for it: it protects nothing.
  static func sha1(_ bytes: [UInt8]) -> [UInt8] {
    bytes.withUnsafeBytes { input in
      [UInt8](unsafeUninitializedCapacity: 20) { buffer, count in
        precondition(
          EVP_Digest(input.baseAddress, input.count, buffer.baseAddress, nil, EVP_sha1(), nil) == 1,
          "SHA-1 failed")
        count = 20
      }
    }
  }

  static func base64(_ bytes: [UInt8]) -> String {
    let text = [UInt8](unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4 + 1) {
      buffer, count in
      count = Int(EVP_EncodeBlock(buffer.baseAddress, bytes, Int32(bytes.count)))
    }
    return String(decoding: text, as: UTF8.self)
  }
}
