extension Array where Element == UInt8 {
  /// `withUnsafeBytes`, keeping the type of what is thrown.
  func withBytes<Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let result = withUnsafeBytes { bytes in
      Result { () throws(Failure) in try body(bytes) }
    }
    try result.get()
  }

  /// `withUnsafeMutableBytes`, keeping the type of what is thrown.
  mutating func withMutableBytes<Failure: Error, Value>(
    _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let result = withUnsafeMutableBytes { bytes in
      Result { () throws(Failure) in try body(bytes) }
    }
    return try result.get()
  }
}
