internal import CCrypto

/// SHA-256 (FIPS 180-4) by libcrypto, which uses the processor's own instructions for it.
public enum SHA256 {
  public static let byteCount = 32

  /// The digest of `bytes`.
  public static func hash(_ bytes: [UInt8]) -> [UInt8] {
    bytes.withUnsafeBytes { input in
      [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
        precondition(
          EVP_Digest(input.baseAddress, input.count, buffer.baseAddress, nil, algorithm, nil) == 1,
          "SHA-256 failed")
        count = byteCount
      }
    }
  }

  /// Fetched once: `EVP_sha256()` makes OpenSSL 3 look the implementation up at every use. Never
  /// changed after its making, so every thread may read it.
  nonisolated(unsafe) private static let algorithm: OpaquePointer? =
    EVP_MD_fetch(nil, "SHA256", nil) ?? EVP_sha256()
}

extension Sequence<UInt8> {
  /// Two lower-case hexadecimal digits a byte.
  package var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in self {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
