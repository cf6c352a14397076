import ProfileRewriter

extension RelativePath {
  /// A path that stands in this source.
  init(known text: StaticString) {
    guard let path = RelativePath(text.description) else {
      preconditionFailure("\(text) is not a relative path")
    }
    self = path
  }
}
