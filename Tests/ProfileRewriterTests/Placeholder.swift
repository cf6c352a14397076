import Testing

@testable import ProfileRewriter
