internal import CNetwork
import ProfileRewriter

/// One TCP connection. Nothing waits past a deadline.
final class SocketStream {
  private let descriptor: Int32
  /// The server's address, as a number.
  let address: String

  init(
    to endpoint: Endpoint, _ limits: ConnectionLimits, by deadline: Deadline,
    _ watch: StageWatch? = nil
  ) throws(ConnectionFailure) {
    watch?.begin(.name)
    let naming = min(deadline, .after(limits.connecting))
    let addresses = try Self.addresses(of: endpoint, by: naming)
    watch?.begin(.connection)
    (descriptor, address) = try Self.connect(
      addresses, by: min(deadline, .after(limits.connecting)))
  }

  /// A connection that is there already, and ends with this.
  init(over descriptor: Int32, address: String) {
    self.descriptor = descriptor
    self.address = address
  }

  deinit { cnetwork_close(descriptor) }

  func discardWhenClosed(_ isOn: Bool) {
    cnetwork_discard_when_closed(descriptor, isOn ? 1 : 0)
  }

  private static func addresses(of endpoint: Endpoint, by deadline: Deadline)
    throws(ConnectionFailure) -> [cnetwork_address]
  {
    let host = endpoint.detour?.host ?? endpoint.hostName
    guard let port = UInt16(exactly: endpoint.detour?.port ?? endpoint.port), port > 0,
      !host.isEmpty, !host.utf8.contains(0)
    else { throw .unknownHost }
    var found = [cnetwork_address](repeating: cnetwork_address(), count: 16)
    var answer: Int32 = 0
    let count = cnetwork_resolve(
      host, port, deadline.milliseconds, &found, Int32(found.count), &answer)
    if count == -Errno.timedOut.rawValue { throw .timedOut(.name) }
    guard count >= 0 else { throw .io(Errno(rawValue: -count)) }
    guard count > 0 else {
      throw answer == Int32(CNETWORK_NO_HOST) ? .unknownHost : .resolverFailed
    }
    return Array(found.prefix(Int(count)))
  }

  /// Each address has its share of the time that is left; the first failure is the one that is told.
  private static func connect(_ addresses: [cnetwork_address], by deadline: Deadline)
    throws(ConnectionFailure) -> (Int32, String)
  {
    var first: ConnectionFailure?
    for (index, address) in addresses.enumerated() {
      let share = deadline.secondsLeft / Double(addresses.count - index)
      var target = address
      let result = cnetwork_connect(&target, Deadline.after(share).milliseconds)
      if result >= 0 { return (result, text(of: target)) }
      first = first ?? failure(Errno(rawValue: -result))
    }
    throw first ?? .unknownHost
  }

  private static func text(of address: cnetwork_address) -> String {
    var target = address
    var room = [CChar](repeating: 0, count: 64)
    cnetwork_address_text(&target, &room, room.count)
    return String(decoding: room.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func failure(_ errno: Errno) -> ConnectionFailure {
    switch errno {
    case .connectionRefused: .refused
    case .timedOut: .timedOut(.connection)
    default: .unreachable(errno)
    }
  }

  /// What has come, at most the buffer's size; 0 where the other end has closed.
  func receive(
    into buffer: UnsafeMutableRawBufferPointer, _ stage: ConnectionFailure.Stage,
    by deadline: Deadline
  )
    throws(ConnectionFailure) -> Int
  {
    let count = cnetwork_receive(
      descriptor, buffer.baseAddress, buffer.count, deadline.milliseconds)
    guard count >= 0 else { throw Self.broken(Errno(rawValue: Int32(-count)), stage) }
    return Int(count)
  }

  func send(
    _ bytes: UnsafeRawBufferPointer, _ stage: ConnectionFailure.Stage, by deadline: Deadline
  )
    throws(ConnectionFailure)
  {
    let result = cnetwork_send(descriptor, bytes.baseAddress, bytes.count, deadline.milliseconds)
    guard result == 0 else { throw Self.broken(Errno(rawValue: -result), stage) }
  }

  private static func broken(_ errno: Errno, _ stage: ConnectionFailure.Stage) -> ConnectionFailure
  {
    switch errno {
    case .timedOut: .timedOut(stage)
    case .brokenPipe, .connectionReset: .closed(stage)
    default: .io(errno)
    }
  }
}

extension Errno {
  fileprivate static let connectionRefused = Errno(rawValue: 111)
  fileprivate static let timedOut = Errno(rawValue: 110)
  fileprivate static let brokenPipe = Errno(rawValue: 32)
  fileprivate static let connectionReset = Errno(rawValue: 104)
}
