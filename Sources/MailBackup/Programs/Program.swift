import Glibc
import ProfileRewriter

/// A program that reads what it is given and prints what becomes of it.
struct Program: Sendable {
  var name: String
  var arguments: [String]

  /// What writes a backup's files, in order.
  static func writing(_ storage: BackupStorage) -> [Program] {
    var programs: [Program] = []
    switch storage.compression {
    case .zstd: programs.append(Program(name: "zstd", arguments: ["-q", "-c"]))
    case .xz: programs.append(Program(name: "xz", arguments: ["-q", "-c"]))
    case nil: break
    }
    guard !storage.recipients.isEmpty else { return programs }
    if storage.usesAge {
      programs.append(
        Program(name: "age", arguments: storage.recipients.flatMap { ["-r", $0] }))
    } else {
      programs.append(
        Program(
          name: "gpg",
          // A recipient is who has that key here: gpg would ask the network for an address that it has none
          // of, and believe the answer.
          arguments: [
            "--batch", "--no-tty", "--quiet", "--no-auto-key-locate", "--trust-model", "always",
          ]
            + storage.recipients.flatMap { ["--recipient", $0] }
            + ["--compress-algo", "none", "--output", "-", "--encrypt"]))
    }
    return programs
  }

  /// What reads them, in order.
  /// - Parameter identity: age's file with the key; GnuPG has its own.
  static func reading(_ storage: BackupStorage, identity: String?) -> [Program] {
    var programs: [Program] = []
    if !storage.recipients.isEmpty {
      programs.append(
        storage.usesAge
          ? Program(
            name: "age", arguments: ["-d"] + (identity.map { ["-i", $0] } ?? []))
          : Program(name: "gpg", arguments: ["--batch", "--quiet", "--output", "-", "--decrypt"]))
    }
    switch storage.compression {
    case .zstd: programs.append(Program(name: "zstd", arguments: ["-q", "-d", "-c"]))
    case .xz: programs.append(Program(name: "xz", arguments: ["-q", "-d", "-c"]))
    case nil: break
    }
    return programs
  }
}

/// Programs one after the other, joined by pipes, running.
final class Pipeline {
  private var children: [(name: String, process: pid_t)] = []
  /// What is left to this process: the end it writes to, or reads from; -1: closed.
  private(set) var end: Int32 = -1

  /// What is written to ``end`` comes out in `file`.
  static func writing(
    _ programs: [Program], to file: Int32
  ) throws(Refusal) -> Pipeline {
    let pipeline = Pipeline()
    var output = file
    for program in programs.reversed() {
      let (reads, writes) = try makePipe()
      do throws(Refusal) { try pipeline.start(program, reads, output) } catch {
        close(reads)
        close(writes)
        throw error
      }
      close(reads)
      if output != file { close(output) }
      output = writes
    }
    pipeline.end = output
    return pipeline
  }

  /// What becomes of `file` is read from ``end``.
  static func reading(
    _ programs: [Program], from file: Int32
  ) throws(Refusal) -> Pipeline {
    let pipeline = Pipeline()
    var input = file
    for program in programs {
      let (reads, writes) = try makePipe()
      do throws(Refusal) { try pipeline.start(program, input, writes) } catch {
        close(reads)
        close(writes)
        throw error
      }
      close(writes)
      if input != file { close(input) }
      input = reads
    }
    pipeline.end = input
    return pipeline
  }

  deinit {
    closeEnd()
    for child in children {
      kill(child.process, SIGTERM)
      _ = Self.wait(for: child.process)
    }
  }

  func closeEnd() {
    if end >= 0 { close(end) }
    end = -1
  }

  /// Waits for all of them.
  /// - Throws: `program` where one failed.
  func finish() throws(Refusal) {
    closeEnd()
    let ended = children
    children = []
    var failed: String?
    for child in ended where Self.wait(for: child.process) != 0 { failed = failed ?? child.name }
    if let failed { throw Refusal(.program, "\(failed) failed; what it said stands above") }
  }

  private static func wait(for process: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 { if errno != EINTR { return -1 } }
    return status
  }

  private static func makePipe() throws(Refusal) -> (Int32, Int32) {
    do {
      let pipe = try ProgramPipe()
      return (pipe.reads, pipe.writes)
    } catch {
      throw Refusal(.io, "no pipe can be made: \(error.text)")
    }
  }

  private func start(_ program: Program, _ input: Int32, _ output: Int32) throws(Refusal) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // This program blocks or ignores some signals; these are not to. An interruption is for this
    // program alone: what is in hand is finished.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigaddset(&signals, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
    let arguments: [UnsafeMutablePointer<CChar>?] =
      ([program.name] + program.arguments).map { text in strdup(text) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var process: pid_t = 0
    let result = posix_spawnp(&process, program.name, &actions, &attributes, arguments, environ)
    guard result == 0 else {
      throw Refusal(
        .program, "\(program.name) cannot be run: \(Errno(rawValue: result).text); install it")
    }
    children.append((program.name, process))
  }
}

/// What programs print, read in order.
final class PipeInput: WindowSource {
  let path: [UInt8]
  var size: Int? { nil }
  private let pipeline: Pipeline

  init(_ programs: [Program], _ file: WatchedFile) throws(Refusal) {
    path = file.path
    pipeline = try .reading(programs, from: file.descriptor)
  }

  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(Refusal) -> Int {
    var filled = 0
    while filled < buffer.count {
      let got = Glibc.read(
        pipeline.end, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else {
        throw Refusal(.io, "\(path.printable) cannot be read: \(Errno(rawValue: errno).text)")
      }
      if got == 0 {
        // Only now is it known whether all came out.
        if !isOver {
          isOver = true
          try pipeline.finish()
        }
        break
      }
      filled += got
    }
    return filled
  }

  private var isOver = false
}
