internal import CPlatform

/// Programs that are run as a user of this machine, with that user's groups and rights and no others.
public enum UserProgram {
  /// Waits for it to end.
  /// - Parameters:
  ///   - command: the first word is the program's path.
  ///   - environment: all of it, as "NAME=value".
  ///   - output: a descriptor for its standard output; nothing else of ours is handed on.
  ///   - seconds: after which it is killed.
  /// - Returns: its exit status (127: it cannot be run), 128 and the signal that ended it, or a negated
  ///   errno: ETIMEDOUT where it was killed, EPERM where this process may not become that user.
  public static func run(
    _ command: [String], asUser uid: UInt32, environment: [[UInt8]], output: Int32? = nil,
    seconds: Double
  ) -> Int32 {
    let arguments = command.map { Array($0.utf8) + [0] }
    let variables = environment.map { $0 + [0] }
    return withPointers(arguments) { arguments in
      withPointers(variables) { variables in
        cplatform_run_as(uid, arguments, variables, output ?? -1, Int32(seconds * 1000))
      }
    }
  }

  /// A list of strings that ends with NULL, as execve(2) takes it.
  private static func withPointers<Result>(
    _ strings: [[UInt8]], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
  ) -> Result {
    let flat = strings.flatMap { $0 }
    return flat.withUnsafeBytes { bytes in
      var pointers: [UnsafePointer<CChar>?] = []
      var offset = 0
      for string in strings {
        pointers.append(bytes.baseAddress.map { ($0 + offset).assumingMemoryBound(to: CChar.self) })
        offset += string.count
      }
      pointers.append(nil)
      return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
    }
  }
}
