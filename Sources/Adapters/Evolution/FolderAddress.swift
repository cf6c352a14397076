/// Folders as Evolution names them in its settings: `folder://ACCOUNT/PATH`.
enum FolderAddress {
  /// An account's name as it stands there, by `camel_url_encode` with ":;@/" (seen with Camel 3.46.4;
  /// names that came from Evolution 3.4 and older have an "@").
  static func encoded(_ account: String) -> String {
    var bytes: [UInt8] = []
    for byte in account.utf8 {
      if kept.contains(byte) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static let digits = Array("0123456789abcdef".utf8)
  private static let kept = Set(
    "!$&'()*+,-.0123456789=?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~".utf8)
}
