internal import CPlatform
import Glibc

/// What a process may do that others may not.
public enum Privileges {
  /// Gives up, for good, every capability that is not used here (capabilities(7)): what stays is to
  /// act as the owners of homes, to see and end what they run, and to reach the administrator's own
  /// files. Above all a user's quota and the blocks reserved for root hold then (CAP_SYS_RESOURCE).
  ///
  /// To be called before the first thread is made: a thread has its own.
  public static func dropUnused() throws(Errno) {
    guard geteuid() == 0 else { return }
    let result = cplatform_drop_capabilities()
    if result < 0 { throw Errno(rawValue: -result) }
  }
}
