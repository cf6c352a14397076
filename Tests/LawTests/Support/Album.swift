import Foundation

@testable import ProfileRewriter

/// Home and journal as they stood before each call that changed anything, and after the last: what
/// a kill at that instant would have left.
struct Album {
  struct Picture: CustomStringConvertible {
    var number: Int
    var call: String
    var directory: URL

    var description: String { "before call \(number) (\(call))" }

    /// Puts the picture in the place of the sandbox's home and journal. File times do not matter to
    /// anybody, the bytes and modes do.
    func restore(into sandbox: Sandbox) throws {
      try Album.copy(directory.appendingPathComponent("home"), over: sandbox.home)
      try Album.copy(directory.appendingPathComponent("state"), over: sandbox.state)
    }
  }

  var pictures: [Picture]

  static func of(_ sandbox: Sandbox, _ run: () throws -> Void) throws -> Album {
    let shelf = sandbox.directory.appendingPathComponent("album-\(UUID().uuidString.prefix(6))")
    var pictures: [Picture] = []
    func take(_ call: String) {
      let directory = shelf.appendingPathComponent("\(pictures.count)")
      do {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try copy(sandbox.home, over: directory.appendingPathComponent("home"))
        try copy(sandbox.state, over: directory.appendingPathComponent("state"))
        pictures.append(Picture(number: pictures.count, call: call, directory: directory))
      } catch {
        fatalError("no picture could be taken: \(error)")
      }
    }
    sandbox.calls = WatchedSystemCalls { take($0) }
    defer { sandbox.calls = LinuxSystemCalls() }
    try run()
    take("the end")
    return Album(pictures: pictures)
  }

  private static func copy(_ source: URL, over destination: URL) throws {
    if FileManager.default.fileExists(atPath: destination.path) {
      try FileManager.default.removeItem(at: destination)
    }
    guard FileManager.default.fileExists(atPath: source.path) else { return }
    let copy = Process()
    copy.executableURL = URL(fileURLWithPath: "/bin/cp")
    copy.arguments = ["-a", source.path, destination.path]
    try copy.run()
    copy.waitUntilExit()
    guard copy.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
  }
}
