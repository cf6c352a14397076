import ConfigFormats

extension Target {
  static let virtualFolders = Target(name: "virtual-folders") { VirtualFolderLaws.laws.check($0) }
}

private enum VirtualFolderLaws {
  static var laws: KeyedLaws<VirtualFoldersDocument> {
    KeyedLaws(
      parse: { try VirtualFoldersDocument(parsing: $0) },
      value: { document, _, choices in
        choices.isLikely(60)
          ? choices.someBytes()
          : choices.pick(document.keys(withPrefix: "")).flatMap { document.value(forKey: $0) }
      },
      newKey: { document, choices in
        let folder = choices.pick(document.folderURIs) ?? "mailbox://nobody@example.org/Inbox"
        return choices.isLikely(80) ? folder + "#" + choices.someText() : choices.someText()
      },
      list: { $0.elements(ofListAt: $1) },
      more: { document, _, choices in checkAppending(document, &choices) })
  }

  private static func checkAppending(
    _ document: VirtualFoldersDocument, _ choices: inout Choices
  ) {
    guard let key = choices.pick(document.keys(withPrefix: "")) else { return }
    let present = document.elements(ofListAt: key)
    var new: [[UInt8]] = []
    for _ in 0..<choices.below(4) { new.append(choices.someBytes()) }
    guard let edits = try? document.edits(appending: new, toListAt: key) else { return }
    guard let bytes = try? document.source.applying(edits),
      let after = try? VirtualFoldersDocument(parsing: bytes)
    else { broken("a list with a new element does not parse") }
    var wished = present
    for element in new where !wished.contains(element) { wished.append(element) }
    if !wished.contains([]) {
      require(after.elements(ofListAt: key) == wished, "elements come behind those there are")
    }
  }
}
