/// What a file system can be trusted with.
public enum FileSystemKind {
  /// File systems of this machine alone, by the magic numbers of linux/magic.h and, where that has
  /// none, of the file system's own source.
  ///
  /// The list names what is known to be local instead of what is known to be remote: on a network
  /// (NFS, SMB, AFS, Ceph, 9p, Lustre, GlusterFS…) another host's client may hold a lock that is
  /// not seen here, and behind FUSE (sshfs, rclone, virtiofs) anything may be. What nobody listed
  /// proves nothing.
  private static let local: Set<UInt32> = [
    0xef53,  // ext2, ext3, ext4
    0x5846_5342,  // xfs
    0x9123_683e,  // btrfs
    0xca45_1a4e,  // bcachefs (BCACHEFS_STATFS_MAGIC)
    0x2fc1_2fc1,  // zfs (ZFS_SUPER_MAGIC)
    0xf2f5_2010,  // f2fs
    0x3153_464a,  // jfs (JFS_SUPER_MAGIC)
    0x5265_4973,  // reiserfs
    0x3434,  // nilfs2
    0x0102_1994,  // tmpfs
    0x8584_58f6,  // ramfs
    0x794c_7630,  // overlayfs
    0xf15f,  // ecryptfs
    0x4d44,  // vfat
    0x2011_bab0,  // exfat
    0x7366_746e,  // ntfs3
    0x482b,  // hfsplus
  ]

  /// NFS_SUPER_MAGIC and FUSE_SUPER_MAGIC (linux/magic.h).
  static let nfs: UInt32 = 0x6969
  static let fuse: UInt32 = 0x6573_5546

  /// Whether a lock seen or not seen on it says all there is, and a shared memory map works.
  static func isLocal(magic: UInt32) -> Bool { local.contains(magic) }
}
