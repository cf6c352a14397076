import Glibc
import ProfileRewriter

/// A plan that `plan --out` saved, read back.
enum PlanFile {
  /// A plan for ten thousand profiles takes about a tenth of this.
  private static let largest = 1 << 30

  static func read(_ path: [UInt8]) throws -> SavedPlan {
    let descriptor = (path + [0]).withUnsafeBytes { raw in
      raw.withMemoryRebound(to: CChar.self) { text in
        text.baseAddress.map { open($0, O_RDONLY | O_CLOEXEC) } ?? -1
      }
    }
    guard descriptor >= 0 else { throw failed(path) }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failed(path) }
      if count == 0 { break }
      content += buffer[..<count]
      guard content.count <= largest else {
        throw Fatal(code: "too-large", "\(Talk.printable(path)) is too large for a plan")
      }
    }
    do {
      return try SavedPlan(decoding: content)
    } catch {
      throw Fatal(code: error.reason.rawValue, "\(Talk.printable(path)): \(error.text)")
    }
  }

  private static func failed(_ path: [UInt8]) -> Fatal {
    Fatal(code: "io", "cannot read \(Talk.printable(path)): \(String(cString: strerror(errno)))")
  }
}
