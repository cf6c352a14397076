import ConfigFormats
import Testing

@Suite struct XMLWellFormednessTests {
  @Test(arguments: [
    "<a/>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b='1'>ü &amp; <!-- c --></a>\n",
    "\u{feff}<a/>",
  ])
  func takesWhatIsWellFormed(_ text: String) throws {
    try XMLWellFormedness.check(Array(text.utf8))
  }

  @Test(arguments: ["", "<a>", "<a></b>", "<a b=1/>", "<a/><b/>", "<a>&nope;</a>", "text"])
  func refusesWhatIsNot(_ text: String) {
    #expect(throws: SyntaxError.self) { try XMLWellFormedness.check(Array(text.utf8)) }
  }

  @Test func namesThePlace() throws {
    let error = #expect(throws: SyntaxError.self) {
      try XMLWellFormedness.check(Array("<a>\n  <b>\n</a>\n".utf8))
    }
    #expect(error?.position.line == 3)
  }

  @Test func refusesADocumentType() throws {
    let texts = [
      "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
      "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    ]
    for text in texts {
      let error = #expect(throws: SyntaxError.self) {
        try XMLWellFormedness.check(Array(text.utf8))
      }
      #expect(error?.problem == "a document type declaration")
    }
  }
}
