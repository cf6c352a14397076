import Foundation
import Testing

@testable import ProfileRewriter

/// What a kill leaves behind holds no secret where it was not, nor for more eyes: a temporary file is a copy of the
/// file it was to replace, and may be read by nobody who could not read that one.
@Suite struct KilledSecretsLaws {
  @Test(arguments: Fixture.all) func noSecretIsOpenedAtAnyInstant(_ fixture: Fixture) throws {
    let sandbox = try Sandbox(fixture)
    var secrets = try ClientHabits.of(fixture.client).secrets(sandbox)
    if fixture.client == "evolution" {
      // It keeps none in its files; a user may.
      secrets = ["planted-secret-7Q"]
      try Self.plant(secrets[0], inSourcesOf: sandbox)
    }
    #expect(try Self.opened(sandbox, secrets, LinuxSystemCalls()) == [])
  }

  /// The law sees what it is there to see: temporary files that anybody may read until they are dressed.
  @Test func aTemporaryFileForAllIsCaught() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    let secrets = try ClientHabits.thunderbird.secrets(sandbox)
    let broken = try Self.opened(sandbox, secrets, GenerousSystemCalls())
    #expect(broken.contains { $0.contains("before changeMode") && $0.contains("644") }, "\(broken)")
  }

  /// Every instant of apply and of rollback at which a file holds a secret that it must not.
  private static func opened(
    _ sandbox: Sandbox, _ secrets: [String], _ calls: any SystemCalls
  ) throws -> Set<String> {
    #expect(!secrets.isEmpty)
    var broken: Set<String> = []
    var looks = 0
    for path in try holders(of: secrets, below: sandbox.home).keys {
      chmod(sandbox.home.appendingPathComponent(path).path, 0o600)
    }
    let before = try holders(of: secrets, below: sandbox.home)
    #expect(
      Set(before.values.flatMap(\.secrets)).count == Set(secrets).count,
      "none is hidden from the look")
    // The sandbox holds its calls: they must not hold it.
    sandbox.calls = WatchedSystemCalls(calls) { [home = sandbox.home, state = sandbox.state] call in
      looks += 1
      for (path, holder) in (try? holders(of: secrets, below: home)) ?? [:] {
        // Whoever may read it could read each of the secrets where it lay.
        for secret in holder.secrets
        where !before.values.contains(where: {
          $0.secrets.contains(secret) && holder.mode & ~$0.mode == 0
        }) {
          broken.insert("before \(call): \(path) with mode \(String(holder.mode, radix: 8))")
        }
      }
      for path in ((try? holders(of: secrets, below: state)) ?? [:]).keys {
        broken.insert("before \(call): \(path) of the state directory")
      }
    }
    try sandbox.apply()
    try sandbox.rollback()
    #expect(looks > 16)
    return broken
  }

  private static func plant(_ secret: String, inSourcesOf sandbox: Sandbox) throws {
    let files = FileManager.default.enumerator(atPath: sandbox.home.path)
    while let path = files?.nextObject() as? String {
      guard path.hasSuffix(".source") else { continue }
      let file = try FileHandle(forWritingTo: sandbox.home.appendingPathComponent(path))
      try file.seekToEnd()
      try file.write(contentsOf: Data("\n[Kept by the user]\nWord=\(secret)\n".utf8))
      try file.close()
    }
  }

  /// The files that hold secrets, with their modes.
  private static func holders(
    of secrets: [String], below root: URL
  ) throws -> [String: (mode: mode_t, secrets: Set<String>)] {
    var holders: [String: (mode: mode_t, secrets: Set<String>)] = [:]
    let files = FileManager.default.enumerator(atPath: root.path)
    let spellings = secrets.map { secret in
      [String.Encoding.utf8, .utf16LittleEndian, .utf16BigEndian].compactMap {
        secret.data(using: $0)
      }
    }
    while let path = files?.nextObject() as? String {
      let place = root.appendingPathComponent(path).path
      var status = stat()
      guard lstat(place, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
        let bytes = FileManager.default.contents(atPath: place)
      else { continue }
      let held = zip(secrets, spellings).filter { _, spelt in
        spelt.contains { bytes.range(of: $0) != nil }
      }
      if !held.isEmpty { holders[path] = (status.st_mode & 0o777, Set(held.map(\.0))) }
    }
    return holders
  }
}

/// Makes temporary files as a text editor would, with the user's umask only.
private final class GenerousSystemCalls: ForwardingSystemCalls, @unchecked Sendable {
  override func open(
    _ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32
  ) throws(Errno) -> Int32 {
    try base.open(directory, path, flags: flags, mode: flags.contains(.create) ? 0o644 : mode)
  }
}
