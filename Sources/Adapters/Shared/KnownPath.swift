import ProfileRewriter

extension RelativePath {
  /// A path that stands in an adapter's source. One that is no relative path ends the program.
  public init(known text: StaticString) {
    guard let path = RelativePath(text.description) else {
      preconditionFailure("\(text) is not a relative path")
    }
    self = path
  }
}
