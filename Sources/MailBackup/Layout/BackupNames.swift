import ProfileRewriter

/// Names of directories and files for folders, whatever their users called them: a name is what the
/// client shows where that can be, and never leads anywhere else.
struct BackupNames {
  /// Taken already, folded: some file systems do not tell "Inbox" from "INBOX".
  private var taken: Set<String> = []
  /// The last number that was put behind a name, folded: thousands of folders may have one name.
  private var numbers: [String: Int] = [:]

  private static let longest = 120

  /// A path below the backup, without ending; its parents are the folder's parents.
  mutating func path(for names: [String]) -> [String] {
    let safe = names.map(Self.safe)
    var path = safe
    let wanted = path.joined(separator: "/").lowercased()
    while !taken.insert(path.joined(separator: "/").lowercased()).inserted {
      let number = numbers[wanted, default: 1] + 1
      numbers[wanted] = number
      path[path.count - 1] = "\(safe.last ?? "folder")~\(number)"
    }
    return path
  }

  /// "%" and two digits for what a file's name cannot or should not have.
  static func safe(_ name: String) -> String {
    var result = ""
    // No more of them can be left.
    for (index, scalar) in name.unicodeScalars.prefix(longest + 1).enumerated() {
      let isOdd =
        scalar.value < 0x20 || scalar.value == 0x7F
        || "/%\\:*?\"<>|".unicodeScalars.contains(scalar)
        || scalar == "." && index == 0
      guard !isOdd, String(scalar).printable == String(scalar) else {
        for byte in String(scalar).utf8 { result += "%" + IndexEntry.hexadecimal(byte) }
        continue
      }
      result.unicodeScalars.append(scalar)
    }
    while result.utf8.count > longest { result.unicodeScalars.removeLast() }
    return result.isEmpty ? "%00" : result
  }
}
