import Glibc
import ProfileRewriter

/// Paths as people give them, made absolute by their letters alone: links stay as they are.
enum AbsolutePath {
  private static let slash = UInt8(ascii: "/")

  /// - Throws: ``Fatal`` when there is no current directory to start from.
  static func from(_ path: [UInt8]) throws(Fatal) -> [UInt8] {
    if path.first == slash { return normalised(path) }
    guard let current = getcwd(nil, 0) else {
      throw Fatal(
        code: "io", "the current directory cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { free(current) }
    return normalised(bytes(current) + [slash] + path)
  }

  /// Without ".", empty components and trailing slashes; ".." takes the component before it away.
  static func normalised(_ path: [UInt8]) -> [UInt8] {
    // Most are so.
    if path.first == slash, RelativePath(path.dropFirst()) != nil { return path }
    var parts: [ArraySlice<UInt8>] = []
    for part in path.split(separator: slash) {
      if part.elementsEqual([0x2e]) { continue }
      if part.elementsEqual([0x2e, 0x2e]) {
        _ = parts.popLast()
      } else {
        parts.append(part)
      }
    }
    return parts.isEmpty ? [slash] : parts.flatMap { [slash] + $0 }
  }

  static func bytes(_ pointer: UnsafePointer<CChar>) -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: pointer, count: strlen(pointer)))
  }
}
