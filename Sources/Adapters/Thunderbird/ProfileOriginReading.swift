import ConfigFormats
import ProfileRewriter

extension ProfileOrigin {
  /// Which of the family opens a profile, and on which system.
  ///
  /// The client writes `compatibility.ini` whenever another program or system than the last opens the
  /// profile (`LastOSABI` is `WINNT_x86_64-msvc`, `Darwin_aarch64-gcc3`, `Linux_x86_64-gcc3`;
  /// nsAppRunner.cpp). That and the place of the profile are taken together: one of another system in
  /// either is one. Only where both are silent the directories count that prefs.js names, for they
  /// outlive a move.
  init(of profile: any DirectoryView) {
    let compatibility = CompatibilityFile(profile)
    let location = KnownLocation.around(profile.absolutePath)
    let systems = [location?.system, compatibility.system].compactMap(\.self)
    let system = systems.first { $0 != .linux } ?? systems.first ?? Self.system(byPrefs: profile)
    var program = compatibility.program ?? location?.program ?? .thunderbird
    // Betterbird's Flatpak need not have its own name inside.
    if location?.program == .betterbird { program = .betterbird }
    self.init(program: program.rawValue, system: system)
  }

  var relative: Relative { Relative(rawValue: program) ?? .thunderbird }

  private static func system(byPrefs profile: any DirectoryView) -> System {
    guard let bytes = (try? profile.read(.prefsJS)) ?? nil else { return .linux }
    let prefs = PrefsDocument.parseRecovering(bytes).document
    for key in prefs.keys(withPrefix: "mail.") {
      guard key.hasSuffix(".directory") || key.hasPrefix("mail.root."),
        !key.hasSuffix("-rel"), let value = prefs[key]?.stringBytes
      else { continue }
      if ForeignPath.isOfWindows(value) { return .windows }
      let users = "/Users/".utf8
      if value.starts(with: users), !profile.absolutePath.starts(with: users) { return .macos }
    }
    return .linux
  }
}

/// What `compatibility.ini` of a profile says of the program that opened it last.
private struct CompatibilityFile {
  var system: ProfileOrigin.System?
  var program: Relative?

  init(_ profile: any DirectoryView) {
    guard
      let bytes = (try? profile.read(RelativePath(known: "compatibility.ini"))) ?? nil,
      let section = ProfilesINI(parsing: bytes).sections.first(where: {
        $0.name.elementsEqual("Compatibility".utf8)
      })
    else { return }
    if let abi = section["LastOSABI"].map(ByteText.lowercased), !abi.isEmpty {
      system =
        abi.starts(with: "winnt".utf8)
        ? .windows : abi.starts(with: "darwin".utf8) ? .macos : .linux
    }
    program = section["LastAppDir"].flatMap(Relative.init(applicationDirectory:))
  }
}
