import ConfigFormats

extension String {
  /// The text, of several lines perhaps, with everything escaped that could steer who shows it.
  public var readable: String {
    guard utf8.contains(UInt8(ascii: "\n")) else { return printable }
    return split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }
      .joined(separator: "\n")
  }
}
