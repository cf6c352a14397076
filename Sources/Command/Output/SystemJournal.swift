import ConfigFormats
import Glibc
import ProfileRewriter

/// systemd's journal, where it is what standard error goes to: what is done to each account is an entry with fields of
/// its own there, to be asked for by `journalctl PROFILE_REWRITER_STATUS=failed`.
///
/// Source: systemd.exec(5), `JOURNAL_STREAM`; https://systemd.io/JOURNAL_NATIVE_PROTOCOL.
final class SystemJournal: Sendable {
  /// nil where standard error goes elsewhere.
  static let connected: SystemJournal? = {
    guard let stream = getenv("JOURNAL_STREAM").map({ String(cString: $0) }),
      leads(STDERR_FILENO, to: stream)
    else { return nil }
    return SystemJournal(isOutputToo: leads(STDOUT_FILENO, to: stream))
  }()

  /// syslog's levels.
  enum Priority: Int {
    case error = 3
    case warning = 4
    case notice = 5
    case info = 6
  }

  /// Whether standard output goes there too: a table for people would say everything again.
  let isOutputToo: Bool
  private let socket: Int32
  private static let path = "/run/systemd/journal/socket"

  private init?(isOutputToo: Bool) {
    self.isOutputToo = isOutputToo
    socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { return nil }
  }

  deinit { close(socket) }

  /// - Parameter fields: without the prefix that all of ours have; those without a value are left out.
  /// - Returns: whether the journal took it.
  func send(_ message: String, _ priority: Priority, _ fields: [(name: String, value: String?)])
    -> Bool
  {
    var entry: [UInt8] = []
    Self.append("MESSAGE", message, to: &entry)
    Self.append("PRIORITY", String(priority.rawValue), to: &entry)
    Self.append("SYSLOG_IDENTIFIER", "profile-rewriter", to: &entry)
    for case (let name, let value?) in fields {
      Self.append("PROFILE_REWRITER_" + name, value, to: &entry)
    }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Self.path.utf8) }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        entry.withUnsafeBytes {
          sendto(
            socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL), pointer,
            socklen_t(MemoryLayout<sockaddr_un>.size)) == $0.count
        }
      }
    }
  }

  /// A value that a line could not hold is given with its length: names are other people's, and one with a line end
  /// would make fields of its own.
  private static func append(_ name: String, _ value: String, to entry: inout [UInt8]) {
    let bytes = Array(value.utf8)
    entry += Array(name.utf8)
    if bytes.contains(UInt8(ascii: "\n")) {
      entry.append(UInt8(ascii: "\n"))
      withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { entry += Array($0) }
    } else {
      entry.append(UInt8(ascii: "="))
    }
    entry += bytes
    entry.append(UInt8(ascii: "\n"))
  }

  /// - Parameter stream: device and inode, as systemd names the stream that it gave the program.
  private static func leads(_ descriptor: Int32, to stream: String) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && stream == "\(status.st_dev):\(status.st_ino)"
  }
}
