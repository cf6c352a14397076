import ConfigFormats

/// Rules about files that lie in one directory.
enum DirectoryChecks {
  /// Adds to each file what only the others tell.
  static func check(_ files: inout [LintedFile]) {
    checkDuplicates(&files, .idDuplicate, \.ids) { "another file has the id \($0)" }
    checkDuplicates(&files, .domainDuplicate, \.domains) { "\($0) stands in two files" }
    for index in files.indices { checkFileName(&files[index]) }
  }

  private static func checkDuplicates(
    _ files: inout [LintedFile], _ rule: LintRule, _ names: KeyPath<LintedFile, [LintedFile.Name]>,
    _ text: (String) -> String
  ) {
    var first: [String: (file: Int, offset: Int)] = [:]
    for index in files.indices where namesProvider(files[index].file) {
      for name in files[index][keyPath: names] where !name.text.isEmpty {
        guard let before = first[name.text] else {
          first[name.text] = (index, name.offset)
          continue
        }
        // One file under the names of all its domains, as the provider database is published.
        guard before.file != index, files[before.file].text.source != files[index].text.source
        else {
          continue
        }
        files[index].report(
          rule, at: name.offset, text(name.text.printable),
          related: files[before.file].place(at: before.offset))
      }
    }
  }

  /// Whether a file lies there under its provider's name, and not as part of a web site.
  private static func namesProvider(_ file: String) -> Bool { baseName(file) != "config-v1.1.xml" }

  private static func baseName(_ file: String) -> Substring {
    file.lastIndex(of: "/").map { file[file.index(after: $0)...] } ?? file[...]
  }

  private static func checkFileName(_ file: inout LintedFile) {
    let name = baseName(file.file).lowercased()
    let domain = name.hasSuffix(".xml") ? String(name.dropLast(4)) : name
    guard file.format == .autoconfig, namesProvider(file.file), domain.contains("."),
      HostNames.isName(domain), !file.domains.isEmpty,
      !file.domains.contains(where: { $0.text == domain || $0.text.contains("%") })
    else { return }
    file.findings.append(
      LintFinding(
        rule: .fileName, file: file.file,
        text: "\(domain) is none of the file's domains", fix: file.domains[0].text + ".xml"))
  }
}
