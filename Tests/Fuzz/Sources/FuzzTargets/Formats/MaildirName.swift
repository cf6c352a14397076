import MailFormats

extension Target {
  static let maildirName = Target(name: "maildir-name") { input in
    let name = MaildirName(input.document)
    let written = name.bytes
    require(MaildirName(written) == name, "a name that is written reads the same")
    require(MaildirName(written).bytes == written, "a written name is written so again")
    require(input.document.starts(with: name.unique), "what is unique is kept")
    require(
      written.count <= input.document.count + 3, "a name grows by the mark of its flags alone")
    if let delivered = name.delivered {
      require(delivered >= 0, "nothing was delivered before 1970")
    }
  }
}
