import ConfigFormats
import ProfileRewriter

/// Something outside prefs.js that sets a preference at the client's start.
struct SettingOverride: Equatable {
  var key: PreferenceCall.Key
  /// The file, for people.
  var place: String

  func concerns(_ keys: [String]) -> Bool {
    switch key {
    case .literal(let key): keys.contains { key.elementsEqual($0.utf8) }
    case .computed: true
    }
  }

  var refusal: Refusal {
    switch key {
    case .literal(let key):
      Refusal(
        .overriddenByPolicy, "\(place) sets \(key.shown), which the client prefers to prefs.js")
    case .computed:
      Refusal(
        .overriddenByPolicy,
        "\(place) sets preferences of mail accounts by names that it computes, so that what it "
          + "would do to the new ones cannot be told")
    }
  }
}

/// Finds what an administrator sets for all profiles. Each form was tried with Thunderbird 153 in a
/// version that takes effect and one that does not.
enum InstallationOverrides {
  /// Where distributions, Mozilla's archive, Snap and Flatpak put the client. Which of them opens a
  /// profile cannot be told, so all that are there count.
  static let applicationDirectories =
    [
      "/usr/lib/thunderbird", "/usr/lib64/thunderbird", "/opt/thunderbird",
      "/usr/local/lib/thunderbird", "/usr/lib/betterbird", "/opt/betterbird",
      "/snap/thunderbird/current", "/snap/thunderbird/current/usr/lib/thunderbird",
    ]
    + [
      "org.mozilla.Thunderbird", "org.mozilla.thunderbird", "eu.betterbird.Betterbird",
    ].map { "/var/lib/flatpak/app/\($0)/current/active/files/lib/thunderbird" }
  static let systemDirectory = "/etc/thunderbird"

  static func load(
    installation: any DirectoryView, profile: any DirectoryView
  ) throws(Refusal) -> [SettingOverride] {
    var found: [SettingOverride] = []
    let systemPolicies = try policies(installation, "\(systemDirectory)/policies/policies.json")
    found += systemPolicies ?? []
    found += lockedDefaults(try scripts(installation, "\(systemDirectory)/pref"))
    for directory in applicationDirectories {
      // The one in /etc replaces it; they are not merged.
      if systemPolicies == nil {
        found += try policies(installation, "\(directory)/distribution/policies.json") ?? []
      }
      var defaults = try scripts(installation, "\(directory)/defaults/pref")
      defaults += try scripts(installation, "\(directory)/defaults/preferences")
      found += lockedDefaults(defaults)
      let all = try defaults + scripts(installation, "\(systemDirectory)/pref")
      found += try autoConfig(installation, directory, all, profile)
    }
    return found
  }

  // MARK: policies.json

  /// nil where there is no such file.
  private static func policies(
    _ view: any DirectoryView, _ path: String
  ) throws(Refusal) -> [SettingOverride]? {
    guard let bytes = try read(view, path) else { return nil }
    // What is not JSON the client passes over as a whole.
    guard let document = try? JSONDocument(parsing: bytes),
      let preferences = document.root["policies"]?["Preferences"]
    else { return [] }
    return preferences.children.compactMap { entry in
      guard let key = entry.name, takesEffect(entry) else { return nil }
      return SettingOverride(key: .literal(Array(key.utf8)), place: path)
    }
  }

  /// A plain value locks; of the statuses `locked`, `user` and `clear` do something to a key that
  /// has a user value, `default` and an unknown one do not.
  private static func takesEffect(_ entry: JSONNode) -> Bool {
    guard entry.kind == .object else { return true }
    return ["locked", "user", "clear"].contains(entry["Status"]?.stringValue ?? "")
  }

  // MARK: Default preferences

  private struct Script {
    var path: String
    var calls: [PreferenceCall]
  }

  private static func scripts(
    _ view: any DirectoryView, _ directory: String
  ) throws(Refusal) -> [Script] {
    guard let path = relative(directory), let names = try view.list(path) else { return [] }
    var scripts: [Script] = []
    for name in names where ByteText.hasSuffix(name, Array(".js".utf8)) {
      let file = "\(directory)/\(name.shown)"
      guard let bytes = try read(view, file) else { continue }
      scripts.append(
        Script(path: file, calls: PreferenceCallReader.calls(in: bytes[...], hashIsComment: true)))
    }
    return scripts
  }

  private static func lockedDefaults(_ scripts: [Script]) -> [SettingOverride] {
    scripts.flatMap { script in
      script.calls.filter { $0.isLocked && $0.function == "pref" }.compactMap { call in
        call.key == .computed ? nil : SettingOverride(key: call.key, place: script.path)
      }
    }
  }

  // MARK: AutoConfig

  private static func autoConfig(
    _ view: any DirectoryView, _ directory: String, _ scripts: [Script],
    _ profile: any DirectoryView
  ) throws(Refusal) -> [SettingOverride] {
    let calls = scripts.flatMap(\.calls)
    func setting(_ key: String) -> PreferenceCall? {
      calls.last { $0.key == .literal(Array(key.utf8)) }
    }
    guard let name = setting("general.config.filename")?.text,
      let bytes = try read(view, "\(directory)/\(name.shown)")
    else { return [] }
    // Every byte is stored with this added; Thunderbird's default is 0, Firefox's 13.
    let shift = UInt8(truncatingIfNeeded: setting("general.config.obscure_value")?.number ?? 0)
    let script = bytes.map { $0 &- shift }
    var found = overrides(inScript: script, "\(directory)/\(name.shown)")
    if ByteText.contains(script, Array("autoadmin.global_config_url".utf8)) {
      let cached = try profile.read(RelativePath(known: "failover.jsc"))
      found += overrides(inScript: cached ?? [], "failover.jsc")
    }
    return found
  }

  /// The first line is never run.
  private static func overrides(inScript bytes: [UInt8], _ place: String) -> [SettingOverride] {
    let start = bytes.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.endIndex
    let namesAccounts = ["mail.server.", "mail.account", "mail.identity."].contains {
      ByteText.contains(bytes, Array($0.utf8))
    }
    return PreferenceCallReader.calls(in: bytes[start...], hashIsComment: false).compactMap {
      call in
      guard ["lockPref", "pref", "clearPref"].contains(call.function) else { return nil }
      if call.key == .computed, !namesAccounts { return nil }
      return SettingOverride(key: call.key, place: place)
    }
  }

  // MARK: Reading

  private static func relative(_ path: String) -> RelativePath? {
    RelativePath(String(path.drop { $0 == "/" }))
  }

  private static func read(
    _ view: any DirectoryView, _ path: String
  ) throws(Refusal) -> [UInt8]? {
    guard let path = relative(path) else { return nil }
    return try view.read(path)
  }
}
