internal import CPlatform
import Glibc

/// A pipe to or from a program of ours.
///
/// Both ends are closed in every program that is started, from the first instant: a program that
/// another thread starts meanwhile must neither read what is not meant for it nor keep an end open.
/// What is to have one gets a duplicate.
public struct ProgramPipe: Sendable {
  public let reads: Int32
  public let writes: Int32

  /// - Throws: the errno where none can be made.
  public init() throws(Errno) {
    var ends: [Int32] = [-1, -1]
    let status = cplatform_pipe(&ends)
    guard status == 0 else { throw Errno(rawValue: -status) }
    (reads, writes) = (ends[0], ends[1])
  }
}
