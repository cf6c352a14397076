import Foundation

/// What is fuzzed: a parser, and what must hold for every input.
struct Target: Sendable {
  var name: String
  /// Returns where everything holds, whether or not the input is accepted; else it traps.
  var check: @Sendable (Input) -> Void

  static let all: [Target] = [
    .prefs, .keyfile, .xml, .json, .filters, .virtualFolders, .imap, .patch, .profilesINI, .dconf,
    .replies, .mbox, .maildirName, .clawsRules, .mhMarks,
  ]

  /// The one that the environment's FUZZ_TARGET names.
  static let chosen: Target = {
    let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
    guard let target = all.first(where: { $0.name == name }) else {
      print("FUZZ_TARGET must be one of: " + all.map(\.name).joined(separator: " "))
      exit(64)
    }
    return target
  }()
}

@_cdecl("fuzz_begin")
public func fuzzBegin() { _ = Target.chosen }

@_cdecl("fuzz_one_input")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) {
  Target.chosen.check(Input(Array(UnsafeBufferPointer(start: data, count: size))))
}

/// Ends the process where a law is broken, so that libFuzzer keeps the input.
func require(
  _ holds: @autoclosure () -> Bool, _ law: @autoclosure () -> String,
  file: StaticString = #file, line: UInt = #line
) {
  guard holds() else { broken(law(), file: file, line: line) }
}

func broken(_ law: String, file: StaticString = #file, line: UInt = #line) -> Never {
  FileHandle.standardError.write(Data("BROKEN: \(law)\n".utf8))
  fatalError(law, file: file, line: line)
}

/// Says on stderr what is done, where the environment has FUZZ_TRACE: for looking at one input.
func trace(_ text: @autoclosure () -> String) {
  guard isTracing else { return }
  FileHandle.standardError.write(Data((text() + "\n").utf8))
}

private let isTracing = ProcessInfo.processInfo.environment["FUZZ_TRACE"] != nil
