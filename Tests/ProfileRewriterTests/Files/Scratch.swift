import Foundation
import Glibc
import Testing

@testable import ProfileRewriter

/// A directory of a test's own, gone with it.
final class Scratch: Sendable {
  let path: String
  var bytes: [UInt8] { Array(path.utf8) }

  init() throws {
    var template = Array("/tmp/profile-rewriter-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String, _ content: String = "", mode: mode_t = 0o600) throws {
    try Data(content.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
    #expect(chmod(path + "/" + name, mode) == 0)
  }

  func directory(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: path + "/" + name, withIntermediateDirectories: true)
  }

  func link(_ name: String, to target: String) { #expect(symlink(target, path + "/" + name) == 0) }

  func content(_ name: String) -> String? {
    FileManager.default.contents(atPath: path + "/" + name).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  func names(_ below: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path + "/" + below).sorted()
  }

  func status(_ name: String) throws -> stat {
    var status = stat()
    guard lstat(path + "/" + name, &status) == 0 else { throw Errno(rawValue: errno) }
    return status
  }

  @discardableResult
  func run(_ program: String, _ arguments: String...) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: path)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(program) \(arguments)")
    return String(decoding: data, as: UTF8.self)
  }
}

extension RelativePath: ExpressibleByStringLiteral {
  public init(stringLiteral text: String) { self = RelativePath(text)! }
}

func sha(_ text: String) -> [UInt8] { SHA256.hash(Array(text.utf8)) }

/// The reason of the refusal a closure throws; nil where it throws none.
func reason(_ body: () throws -> Void) -> ReasonCode? {
  refusal(body)?.reason
}

func refusal(_ body: () throws -> Void) -> Refusal? {
  do {
    try body()
    return nil
  } catch {
    return error as? Refusal
  }
}
