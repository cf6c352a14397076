internal import CNetwork

/// Bytes that are overwritten when nothing holds them any more.
///
/// No guarantee: what the system or the TLS library copied is out of reach. But nothing here leaves
/// a password in memory that has been given back, and none is ever a String.
public final class Secret: @unchecked Sendable, CustomStringConvertible {
  // Written only before anybody else can see it.
  private let room: UnsafeMutableRawBufferPointer
  public let count: Int

  /// - Parameter fill: writes at most `capacity` bytes and says how many.
  public init<Failure: Error>(
    capacity: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
  ) throws(Failure) {
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: max(capacity, 1), alignment: 1)
    do throws(Failure) {
      count = min(try fill(room), capacity)
    } catch {
      Self.erase(room)
      throw error
    }
    self.room = room
  }

  public convenience init(copying bytes: some Collection<UInt8>) {
    self.init(capacity: bytes.count) { room in
      room.copyBytes(from: bytes)
      return bytes.count
    }
  }

  deinit { Self.erase(room) }

  private static func erase(_ room: UnsafeMutableRawBufferPointer) {
    cnetwork_erase(room.baseAddress, room.count)
    room.deallocate()
  }

  public var isEmpty: Bool { count == 0 }

  /// For as long as `body` runs.
  public func withBytes<Value, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try body(UnsafeRawBufferPointer(rebasing: room.prefix(count)))
  }

  /// Never the bytes, wherever somebody prints it.
  public var description: String { "(secret)" }
}
