import ProfileRewriter

/// Finds Evolution's profiles below a home.
struct EvolutionLocations {
  let home: any DirectoryView

  /// Accounts of Evolution up to 3.4; 3.6 takes them over once, and leaves the file.
  private static let oldAccounts = RelativePath(known: ".gconf/apps/evolution/mail/%gconf.xml")

  static let homePlaces = EvolutionLayout.all.map(\.sources) + [oldAccounts]

  var listings: [ProfileListing] {
    let found = EvolutionLayout.all.compactMap(listing)
    guard found.isEmpty, let old = try? home.kind(Self.oldAccounts), old == .file else {
      return found
    }
    return [
      ProfileListing(
        path: Self.oldAccounts, shownPath: Self.oldAccounts.text,
        problem: Refusal(
          .unsupported,
          "these accounts are of Evolution 3.4 or older; start a current Evolution once, which "
            + "takes them over, and run again"))
    ]
  }

  private func listing(_ layout: EvolutionLayout) -> ProfileListing? {
    do throws(Refusal) {
      switch try home.kind(layout.sources) {
      case .directory:
        return ProfileListing(path: layout.config, shownPath: layout.config.text)
      case .link:
        throw Refusal(.symlink, "\(layout.sources.text) is a symbolic link")
      case .file, .other:
        throw Refusal(.notRegular, "\(layout.sources.text) is no directory")
      case nil: return nil
      }
    } catch {
      return ProfileListing(path: layout.config, shownPath: layout.config.text, problem: error)
    }
  }
}
