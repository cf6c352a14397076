import Foundation

/// Runs `body` with a umask of its own, on a thread that shares none with the others: the process has
/// one, and tests that set and restore it side by side leave it wrong for all that follow.
public func withUmask<Value>(
  _ mask: mode_t, _ body: @escaping () throws -> Value
) throws -> Value {
  let work = Work {
    try unshareFileSystemContext()
    umask(mask)
    return try body()
  }
  Thread { work.run() }.start()
  return try work.wait()
}

/// What runs elsewhere while its maker waits.
private final class Work<Value>: @unchecked Sendable {
  private let body: () throws -> Value
  private let done = DispatchSemaphore(value: 0)
  private var result: Result<Value, any Error>?

  init(_ body: @escaping () throws -> Value) { self.body = body }

  func run() {
    result = Result { try body() }
    done.signal()
  }

  func wait() throws -> Value {
    done.wait()
    guard let result else { throw POSIXError(.ECANCELED) }
    return try result.get()
  }
}

/// umask and current directory of the calling thread become its own (unshare(2), CLONE_FS).
private func unshareFileSystemContext() throws {
  typealias Unshare = @convention(c) (Int32) -> Int32
  guard let symbol = dlsym(nil, "unshare") else { throw POSIXError(.ENOSYS) }
  guard unsafeBitCast(symbol, to: Unshare.self)(0x200) == 0 else {
    throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
  }
}
