import MailFormats

extension Target {
  /// A file of messages, and the lines that clients write before each.
  static let mbox = Target(name: "mbox") { input in
    var choices = input.choices
    let bytes = input.document
    let cuts = MboxPieces.cuts(of: bytes.count, &choices)
    for dialect in [MboxDialect.thunderbird, .mboxrd] {
      let whole = MboxPieces.separators(of: bytes, dialect, [bytes.count])
      require(
        MboxPieces.separators(of: bytes, dialect, cuts) == whole, "pieces make no difference")
      MboxPieces.checkSeparators(whole, in: bytes)
    }
    MboxPieces.checkQuoting(bytes, cuts)
    MessageHead.check(bytes, &choices)
  }
}

private enum MboxPieces {
  /// Some places, and the end.
  static func cuts(of count: Int, _ choices: inout Choices) -> [Int] {
    guard count > 0 else { return [0] }
    return Set((0..<6).map { _ in choices.below(count) } + [count]).sorted()
  }

  private static let lookahead = 256

  /// Where messages begin, the first left out, as seen through a window that grows to each of `ends`.
  static func separators(of bytes: [UInt8], _ dialect: MboxDialect, _ ends: [Int]) -> [Int] {
    var scanner = MboxScanner(dialect, lookahead: lookahead)
    scanner.beginMessage()
    var found: [Int] = []
    var place = 0
    bytes.withUnsafeBytes { all in
      for end in ends {
        let window = UnsafeRawBufferPointer(rebasing: all[..<end])
        search: while true {
          switch scanner.next(in: window, from: place, isEnd: end == bytes.count) {
          case .separator(let index):
            require(index > (found.last ?? -1), "the scanner goes forward")
            found.append(index)
            scanner.beginMessage()
            place = index
          case .more(let from):
            require(from >= place && from <= max(end, 1), "the scanner goes forward")
            place = from
            break search
          case .end: return
          }
        }
      }
    }
    return found
  }

  static func checkSeparators(_ places: [Int], in bytes: [UInt8]) {
    for place in places {
      require(bytes[place...].starts(with: Array("From ".utf8)), "a separator is a From_ line")
      require(place == 0 || bytes[place - 1] == 0x0A, "a separator begins a line")
    }
  }

  static func checkQuoting(_ bytes: [UInt8], _ cuts: [Int]) {
    let quoted = passed(bytes, .adding, [bytes.count])
    require(passed(bytes, .adding, cuts) == quoted, "quoting: pieces make no difference")
    let back = passed(quoted, .removing, [quoted.count])
    require(back == bytes, "what is quoted is unquoted to itself")
    let split = cuts.map { min($0, quoted.count) } + [quoted.count]
    require(passed(quoted, .removing, split) == bytes, "unquoting: pieces make no difference")
  }

  private static func passed(_ bytes: [UInt8], _ way: FromQuoting.Way, _ ends: [Int]) -> [UInt8] {
    var quoting = FromQuoting(way)
    var result: [UInt8] = []
    var start = 0
    bytes.withUnsafeBytes { all in
      for end in ends where end > start {
        _ = quoting.feed(UnsafeRawBufferPointer(rebasing: all[start..<end])) {
          result += $0
          return true
        }
        start = end
      }
    }
    _ = quoting.finish {
      result += $0
      return true
    }
    return result
  }
}

private enum MessageHead {
  static func check(_ bytes: [UInt8], _ choices: inout Choices) {
    bytes.withUnsafeBytes { head in
      checkFields(HeaderBlock(head), head.count)
      let mozilla = MozillaHeaders(head)
      require(mozilla.length <= head.count, "the client's lines end within the message")
      if let length = BackupHeaders.length(head) {
        require(length <= head.count, "a backup's lines end within the message")
      }
      _ = HeaderBlock(head).messageID
      checkDate(head)
    }
    checkMarks(&choices)
  }

  private static func checkFields(_ block: HeaderBlock, _ count: Int) {
    var end = 0
    block.forEachField { name, body in
      require(name.lowerBound == end && name.upperBound < body.lowerBound, "fields follow on")
      require(!name.isEmpty && body.upperBound <= count, "a field ends within the message")
      end = body.upperBound
      return true
    }
  }

  private static func checkDate(_ line: UnsafeRawBufferPointer) {
    guard let moment = FromLine.date(line), (0...253_402_300_799).contains(moment) else { return }
    let written = FromLine.line(moment, isUTC: false)
    // An hour that the clock shows twice is one of two.
    let again = written.withUnsafeBytes { FromLine.date($0) }
    require(
      again.map { abs($0 - moment) <= 7200 } ?? false, "a date that is written reads the same")
  }

  /// Marks are read as they are written.
  private static func checkMarks(_ choices: inout Choices) {
    let all: [MessageFlags] = [.seen, .answered, .flagged, .deleted, .forwarded]
    var marks = MessageMarks()
    for flag in all where choices.isLikely(50) { marks.flags.insert(flag) }
    for _ in 0..<choices.below(3) {
      let word = choices.someBytes().filter { $0 > 0x20 && $0 < 0x7F }
      if !word.isEmpty, !marks.keywords.contains(word) { marks.keywords.append(word) }
    }
    MozillaHeaders.lines(for: marks).withUnsafeBytes {
      let read = MozillaHeaders($0)
      require(
        read.flags == marks.flags && read.keywords == marks.keywords && read.length == $0.count,
        "marks are read as they are written")
    }
    BackupHeaders.lines(for: marks).withUnsafeBytes {
      require(BackupHeaders.length($0) == $0.count, "a backup's lines are told by themselves")
    }
  }
}
