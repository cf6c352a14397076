internal import CPlatform
import Glibc

/// How this process's threads share its memory.
public enum HeapSharing {
  /// Lets no more threads have a heap of their own than there are processors.
  ///
  /// Many threads wait for the disk. glibc gives heaps to up to eight for each processor, and each
  /// keeps what it was once large enough for. To be called before the first thread is made.
  public static func limitHeaps() {
    cplatform_limit_heaps(Int32(clamping: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
  }

  /// Gives what was a large block back to the system with it.
  ///
  /// glibc does so at first and takes each that is given back as a sign to keep the next of its size, up to
  /// 32 MB; then what has grown and moved, as a list of many homes does, leaves holes.
  public static func returnLargeBlocks() { cplatform_return_large_blocks(1 << 18) }
}
