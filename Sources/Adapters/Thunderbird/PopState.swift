import ProfileRewriter

/// popstate.dat: what the POP client has fetched of what was left on the server.
///
/// Behind the line of the account, `k UIDL seconds` for each message, the time being that of its
/// download, whatever the message's own date (seen with Thunderbird 153).
struct PopState {
  /// Seconds since 1970; nil where nothing is recorded.
  let lastDownload: Int?

  init(_ profile: any DirectoryView, _ directory: RelativePath) throws(Refusal) {
    let bytes = try profile.read(directory.appending(RelativePath(known: "popstate.dat"))) ?? []
    lastDownload = ByteText.lines(bytes).compactMap { line -> Int? in
      let fields = line.split(separator: UInt8(ascii: " "))
      guard fields.count >= 3, fields[0].elementsEqual("k".utf8) else { return nil }
      return Int(fields[2].shown)
    }.max()
  }
}
