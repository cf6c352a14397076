import ConfigFormats

/// What is said of a document that is refused must be fit to be shown, and name a place in it.
func checkRefusal(_ error: SyntaxError, of bytes: [UInt8]) {
  let position = error.position
  require((0...bytes.count).contains(position.offset), "a refusal names a place outside")
  require(position.line >= 1 && position.column >= 1, "lines and columns count from 1")
  require(!error.problem.isEmpty && !error.expected.isEmpty, "a refusal says what is wrong")
  let shown = error.excerpt + error.problem + error.expected
  for scalar in shown.unicodeScalars where scalar != "\n" {
    require(
      ![.control, .format, .lineSeparator, .paragraphSeparator, .unassigned]
        .contains(scalar.properties.generalCategory),
      "a refusal shows what acts on a terminal")
  }
}
