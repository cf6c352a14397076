import ProfileRewriter

/// popstate.dat: what the POP client has fetched of what was left on the server.
///
/// Behind the line of the account, `k UIDL seconds` for each message, the time being that of its
/// download, whatever the message's own date (seen with Thunderbird 153).
struct PopState {
  /// Seconds since 1970; nil where nothing is recorded.
  let lastDownload: Int?
  private let bytes: [UInt8]?

  init(_ profile: any DirectoryView, _ directory: RelativePath) throws(Refusal) {
    bytes = try profile.read(directory.appending(RelativePath(known: "popstate.dat")))
    lastDownload = ByteText.lines(bytes ?? []).compactMap { line -> Int? in
      let fields = line.split(separator: UInt8(ascii: " "))
      guard fields.count >= 3, fields[0].elementsEqual("k".utf8) else { return nil }
      return Int(fields[2].shown)
    }.max()
  }

  /// What the server had when the client was there last; nil where it has noted nothing. Besides what
  /// is kept (`k`) there is what is to be deleted (`d`), fetched (`f`) or was too big (`b`) at the next
  /// session: after a switch there is none.
  var uniqueIDs: Set<[UInt8]>? {
    guard let bytes else { return nil }
    var found: Set<[UInt8]> = []
    for line in ByteText.lines(bytes) {
      let fields = line.split(separator: UInt8(ascii: " "))
      guard fields.count >= 2, fields[0].count == 1, let mark = fields[0].first,
        "kdfb".utf8.contains(mark)
      else { continue }
      found.insert(Array(fields[1]))
    }
    return found
  }
}
