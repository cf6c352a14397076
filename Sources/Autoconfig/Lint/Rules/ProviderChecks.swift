import ConfigFormats

/// Rules about the provider itself: its id, its domains, its names.
enum ProviderChecks: LintCheck {
  static func check(_ providers: [ProviderElement], _ document: inout LintedDocument) {
    if providers.isEmpty {
      document.report(.providerMissing, at: document.tagPlace(0), "no emailProvider")
    }
    for provider in providers.dropFirst() {
      document.report(
        .providerSeveral, at: document.tagPlace(provider.index), "another emailProvider",
        first: document.tagPlace(providers[0].index))
    }
    for provider in providers {
      checkID(provider.index, &document)
      checkDomains(provider.index, &document)
      checkNames(provider.index, &document)
    }
  }

  private static func checkID(_ provider: Int, _ document: inout LintedDocument) {
    guard let id = document.elements[provider].attribute("id") else {
      document.report(.idMissing, at: document.tagPlace(provider), "the provider has no id")
      return
    }
    if !HostNames.isLegal(String(JavaScript.trimmed(id))) {
      document.report(
        .idInvalid, at: document.attributePlace(provider, "id"),
        id.isEmpty ? "the id is empty" : "the id \(id.printable) is no host name")
    }
  }

  private static func checkDomains(_ provider: Int, _ document: inout LintedDocument) {
    var first: [String: Int] = [:]
    var hasUsable = false
    for index in document.children(provider, "domain") {
      let name = document.elements[index].trimmedText.lowercased()
      let place = document.textPlace(index)
      guard isDomain(name), document.children(index).isEmpty else {
        document.report(
          .domainInvalid, at: place,
          name.isEmpty ? "a domain without a name" : "\(name.printable) is no domain's name")
        continue
      }
      hasUsable = true
      if let before = first[name] {
        document.report(
          .domainDuplicate, at: place, "\(name.printable) stands here twice", first: before)
      } else {
        first[name] = place
      }
    }
    if !hasUsable {
      document.report(
        .domainMissing, at: document.tagPlace(provider), "the provider has no usable domain")
    }
  }

  /// A name, or the user's own domain.
  private static func isDomain(_ name: String) -> Bool {
    guard Placeholder.mayStand(in: name) else { return HostNames.isLegal(name) }
    return HostNames.isLegal(name.replacing(Placeholder.domain.lowercased(), with: "example.com"))
  }

  private static func checkNames(_ provider: Int, _ document: inout LintedDocument) {
    for (name, allowed, advised) in [("displayName", 60, 30), ("displayShortName", 20, 12)] {
      for index in document.children(provider, name) {
        let length = document.elements[index].trimmedText.unicodeScalars.count
        guard length > advised else { continue }
        let isTooLong = length > allowed
        document.report(
          isTooLong ? .nameTooLong : .nameLong, at: document.textPlace(index),
          "\(name) has \(length) characters, \(isTooLong ? allowed : advised) are "
            + (isTooLong ? "allowed" : "advised"))
      }
    }
  }
}
