import Testing

@testable import ConfigFormats
