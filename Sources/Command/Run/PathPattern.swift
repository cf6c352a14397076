import Glibc

/// A shell pattern over a path as a whole, or over its last name.
struct PathPattern {
  private let pattern: [CChar]
  private let isOfName: Bool

  init(_ pattern: [UInt8]) {
    self.pattern = pattern.map { CChar(bitPattern: $0) } + [0]
    isOfName = !pattern.contains(UInt8(ascii: "/"))
  }

  func matches(_ path: [UInt8]) -> Bool {
    let slash = UInt8(ascii: "/")
    let subject = isOfName ? path.split(separator: slash).last ?? [] : path[...]
    let text = subject.map { CChar(bitPattern: $0) } + [0]
    return fnmatch(pattern, text, 0) == 0
  }
}
