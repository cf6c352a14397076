internal import CCrypto

/// SHA-256 of what comes in pieces.
public final class SHA256Stream {
  private let context: OpaquePointer?

  public init() {
    context = EVP_MD_CTX_new()
    restart()
  }

  deinit { EVP_MD_CTX_free(context) }

  public func update(_ bytes: UnsafeRawBufferPointer) {
    guard !bytes.isEmpty else { return }
    precondition(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "SHA-256 failed")
  }

  /// The digest of all since the last one; another begins.
  public func finish() -> [UInt8] {
    let digest = [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { buffer, count in
      precondition(
        EVP_DigestFinal_ex(context, buffer.baseAddress, nil) == 1, "SHA-256 failed")
      count = SHA256.byteCount
    }
    restart()
    return digest
  }

  private func restart() {
    precondition(EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1, "SHA-256 failed")
  }
}
