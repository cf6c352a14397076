/// The place of a value in a keyfile: a group's name and a key's, which need not be UTF-8.
///
/// As text it is `Group/Key`: the group's name, a slash, the key with its locale if it has one
/// (`Mail Account/BackendName`, `Data Source/DisplayName[de]`). Group names may hold slashes, too,
/// so in the group a `/` is written `~1` and a `~` is written `~0`, as in a JSON Pointer. What comes
/// after the first slash is the key as it stands, slashes and tildes included. Thus every address
/// has one spelling and every spelling one address.
public struct KeyFileAddress: Sendable, Hashable {
  public var group: [UInt8]
  public var key: [UInt8]

  public init(group: [UInt8], key: [UInt8]) {
    self.group = group
    self.key = key
  }

  public init(group: String, key: String) {
    self.init(group: Array(group.utf8), key: Array(key.utf8))
  }

  /// The address that `text` spells; nil without a slash, with an empty group or key, or with a
  /// tilde in the group that is not `~0` or `~1`.
  public init?(spelling text: String) {
    let bytes = Array(text.utf8)
    guard let slash = bytes.firstIndex(of: Self.slash), slash > 0, slash + 1 < bytes.count else {
      return nil
    }
    var group: [UInt8] = []
    var place = 0
    while place < slash {
      guard bytes[place] == Self.tilde else {
        group.append(bytes[place])
        place += 1
        continue
      }
      switch bytes[place + 1] {
      case UInt8(ascii: "0"): group.append(Self.tilde)
      case UInt8(ascii: "1"): group.append(Self.slash)
      default: return nil
      }
      place += 2
    }
    self.init(group: group, key: Array(bytes[(slash + 1)...]))
  }

  /// The address as text, or nil if one of its names is not UTF-8.
  public var spelling: String? {
    String(validating: Self.head(ofGroup: group) + key, as: UTF8.self)
  }

  /// What the spelling of every address in `group` begins with, the slash included.
  static func head(ofGroup group: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(group.count + 1)
    for byte in group {
      switch byte {
      case tilde: bytes += [tilde, UInt8(ascii: "0")]
      case slash: bytes += [tilde, UInt8(ascii: "1")]
      default: bytes.append(byte)
      }
    }
    bytes.append(slash)
    return bytes
  }

  private static let slash = UInt8(ascii: "/")
  private static let tilde = UInt8(ascii: "~")
}
