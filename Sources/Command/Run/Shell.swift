import ConfigFormats
import ProfileRewriter

/// Command lines as a person may paste them.
enum Shell {
  static func quoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "-_./:=@%+,".utf8.contains(byte)
      }
    }
    if plain, !word.isEmpty { return word }
    return "'" + word.printable.replacing("'", with: "'\\''") + "'"
  }

  /// Whether the homes were read from standard input: the same command line would wait for them again.
  static var listCameByStandardInput: Bool {
    let words = CommandLine.arguments
    return words.contains("--homes-from=-")
      || zip(words, words.dropFirst()).contains { $0 == "--homes-from" && $1 == "-" }
  }

  /// This process's command line with `command` in place of the present one, and without the
  /// options that only the present one has.
  static func thisCommandLine(
    as command: String, insteadOf present: String, dropping options: [String: Bool]
  ) -> String {
    var words = Array(CommandLine.arguments.dropFirst())
    if let index = words.firstIndex(of: present) { words[index] = command }
    var kept: [String] = []
    var skip = false
    for word in words {
      if skip {
        skip = false
        continue
      }
      let name = word.split(separator: "=", maxSplits: 1).first.map(String.init) ?? word
      if let takesValue = options[name] {
        skip = takesValue && !word.contains("=")
        continue
      }
      kept.append(word)
    }
    return (["profile-rewriter"] + kept).map(quoted).joined(separator: " ")
  }
}
