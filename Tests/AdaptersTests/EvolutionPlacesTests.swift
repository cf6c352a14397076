import Adapters
import ConfigFormats
import ProfileRewriter
import Testing

/// Where Evolution keeps its files below a home.
@Suite struct EvolutionPlacesTests {
  private static let flatpak = ".var/app/org.gnome.Evolution/config/evolution"

  private func listings(_ home: MemoryView) -> [String: ReasonCode?] {
    let listings = EvolutionAdapter().profiles(in: home)
    #expect(Set(listings.map(\.shownPath)).count == listings.count)
    return Dictionary(
      uniqueKeysWithValues: listings.map { ($0.path?.text ?? "", $0.problem?.reason) })
  }

  @Test func whereThereIsNone() {
    #expect(listings(MemoryView(at: "/home/lab")) == [:])
    #expect(listings(MemoryView(at: "/home/lab", [".config/evolution/mail/x": ""])) == [:])
  }

  @Test func bothPlaces() {
    let home = MemoryView(
      at: "/home/lab",
      [".config/evolution/sources/a.source": "", "\(Self.flatpak)/sources/a.source": ""])
    #expect(listings(home) == [".config/evolution": nil, Self.flatpak: nil])
  }

  @Test(arguments: [
    (MemoryView.Entry.link, ".config/evolution/sources", ReasonCode.symlink),
    (.link, ".config/evolution", .symlink), (.link, ".config", .symlink),
    (.file([]), ".config/evolution/sources", .notRegular),
    (.fifo, ".config/evolution/sources", .notRegular),
  ]) func whatIsNoPlace(_ entry: MemoryView.Entry, _ path: String, _ reason: ReasonCode) {
    var home = MemoryView(at: "/home/lab")
    home.put(entry, at: path)
    #expect(listings(home) == [".config/evolution": reason])
  }

  /// Evolution 3.4 and older; what 3.6 took over is left where it was.
  @Test func accountsInGConf() {
    let old = ".gconf/apps/evolution/mail/%gconf.xml"
    #expect(listings(MemoryView(at: "/home/lab", [old: "<gconf/>"])) == [old: .unsupported])
    #expect(
      listings(
        MemoryView(
          at: "/home/lab", [old: "<gconf/>", ".config/evolution/sources/a.source": ""]))
        == [".config/evolution": nil])
  }

  // MARK: Flatpak

  @Test func theFlatpakLayout() throws {
    var lab = EvolutionLab(home: MemoryView(at: "/home/lab"))
    lab.profile = Self.flatpak
    lab.add("a")
    lab.home["\(Self.flatpak)/mail/filters.xml"] =
      "<filteroptions><ruleset><rule/></ruleset></filteroptions>"
    lab.home[".var/app/org.gnome.Evolution/config/glib-2.0/settings/keyfile"] =
      "[org/gnome/evolution/mail]\ntrash-empty-on-exit=true\n"
    let plan = try lab.plan()
    let base = ".var/app/org.gnome.Evolution"
    #expect(
      plan.files.map(\.path.text) == [
        "\(base)/cache", "\(base)/cache/evolution", "\(base)/cache/evolution/mail",
        "\(base)/cache/evolution/mail/a", "\(base)/data/evolution/mail/a/uid-cache",
        "\(Self.flatpak)/sources/i.source", "\(Self.flatpak)/sources/a.source",
      ])
    #expect(
      plan.outcomes.first?.warnings.map(\.code) == [
        .mailShownTwice, .filtersPaused, .serverSideDeletion,
      ])
    #expect(try lab.switched().account().kind == .imap)
  }

  /// The two installations have each its own, beside the user's desktop settings.
  @Test func treesAreOfOneInstallation() throws {
    let adapter = EvolutionAdapter()
    let usual = try #require(RelativePath(".config/evolution").flatMap(adapter.trees))
    let flatpak = try #require(RelativePath(Self.flatpak).flatMap(adapter.trees))
    #expect(usual.allSatisfy { !$0.text.hasPrefix(".var") })
    #expect(
      flatpak.filter { !$0.text.hasPrefix(".var/app/org.gnome.Evolution/") }.map(\.text)
        == [".config/dconf/user"])
  }

  // MARK: A directory named by itself

  @Test(
    arguments: [
      ("/home/lab/.config/evolution", ["sources/a.source"], true),
      ("/home/lab/.config/evolution/sources", ["a.source"], true),
      ("/home/lab/.config/evolution/sources", ["a.source.bak"], false),
      ("/home/lab/.config/evolution/sources", [], false),
      ("/home/lab/.config/evolution", ["mail/filters.xml"], false),
      ("/home/lab/.local/share/evolution", ["mail/local/cur/1"], false),
      ("/home/lab", [".config/evolution/sources/a.source"], false),
      ("/home/lab/.config", ["evolution/sources/a.source"], false),
      ("/home/sources", ["x"], false), ("/home/evolution", [".config/x"], false),
    ] as [(String, [String], Bool)])
  func isProfile(_ path: String, _ files: [String], _ isOne: Bool) {
    let view = MemoryView(at: path, Dictionary(uniqueKeysWithValues: files.map { ($0, "") }))
    #expect(EvolutionAdapter().isProfile(view) == isOne)
  }

  @Test func theProcesses() {
    guard case .processes(let lock) = EvolutionAdapter().lock else {
      Issue.record("Evolution has no lock file")
      return
    }
    #expect(lock.programs.isDisjoint(with: lock.watchers))
    #expect(lock.programs.contains("evolution"))
    // Where only the kernel's name can be read, it has 15 bytes.
    #expect(lock.watchers.isSuperset(of: ["evolution-source-registry", "evolution-sourc"]))
    #expect(lock.settling > 3.5, "the registry looks that long after the last event")
    #expect(lock.stop.first?.hasPrefix("/") == true)
  }
}
