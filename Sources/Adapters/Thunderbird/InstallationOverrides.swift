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
struct InstallationOverrides {
  /// What takes effect against a value in prefs.js.
  private(set) var overrides: [SettingOverride] = []
  /// Every preference named, in whatever form.
  private var named = Set<[UInt8]>()

  /// Whether anything an administrator wrote names `key`.
  func names(_ key: String) -> Bool { named.contains(Array(key.utf8)) }

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

  init(installation: any DirectoryView, profile: any DirectoryView) throws(Refusal) {
    let systemPolicies = try Self.policies(
      installation, "\(Self.systemDirectory)/policies/policies.json")
    take(systemPolicies)
    let systemScripts = try Self.scripts(installation, "\(Self.systemDirectory)/pref")
    take(systemScripts)
    for directory in Self.applicationDirectories {
      // The one in /etc replaces it; they are not merged.
      if systemPolicies == nil {
        take(try Self.policies(installation, "\(directory)/distribution/policies.json"))
      }
      var defaults = try Self.scripts(installation, "\(directory)/defaults/pref")
      defaults += try Self.scripts(installation, "\(directory)/defaults/preferences")
      take(defaults)
      for script in try Self.autoConfig(
        installation, directory, defaults + systemScripts, profile)
      {
        overrides += script.overrides
        named.formUnion(script.names)
      }
    }
  }

  private mutating func take(_ policies: Policies?) {
    overrides += policies?.overrides ?? []
    named.formUnion(policies?.names ?? [])
  }

  private mutating func take(_ scripts: [Script]) {
    overrides += Self.lockedDefaults(scripts)
    for script in scripts { named.formUnion(script.names) }
  }

  // MARK: policies.json

  private struct Policies {
    var overrides: [SettingOverride] = []
    var names: [[UInt8]] = []
  }

  /// nil where there is no such file.
  private static func policies(
    _ view: any DirectoryView, _ path: String
  ) throws(Refusal) -> Policies? {
    guard let bytes = try read(view, path) else { return nil }
    // What is not JSON the client passes over as a whole.
    guard let document = try? JSONDocument(parsing: bytes),
      let preferences = document.root["policies"]?["Preferences"]
    else { return Policies() }
    var policies = Policies()
    for entry in preferences.children {
      guard let key = entry.name.map({ Array($0.utf8) }) else { continue }
      policies.names.append(key)
      guard takesEffect(entry) else { continue }
      policies.overrides.append(SettingOverride(key: .literal(key), place: path))
    }
    return policies
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
    /// Of an AutoConfig script; what default files lock is found by itself.
    var overrides: [SettingOverride] = []

    var names: [[UInt8]] {
      calls.compactMap { if case .literal(let key) = $0.key { key } else { nil } }
    }
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
  ) throws(Refusal) -> [Script] {
    let calls = scripts.flatMap(\.calls)
    func setting(_ key: String) -> PreferenceCall? {
      calls.last { $0.key == .literal(Array(key.utf8)) }
    }
    guard let name = setting("general.config.filename")?.text,
      let bytes = try read(view, "\(directory)/\(name.shown)")
    else { return [] }
    // Every byte is stored with this added; Thunderbird's default is 0, Firefox's 13.
    let shift = UInt8(truncatingIfNeeded: setting("general.config.obscure_value")?.number ?? 0)
    let text = bytes.map { $0 &- shift }
    var found = [script(text, "\(directory)/\(name.shown)")]
    if ByteText.contains(text, Array("autoadmin.global_config_url".utf8)),
      let cached = try profile.read(RelativePath(known: "failover.jsc"))
    {
      found.append(script(cached, "failover.jsc"))
    }
    return found
  }

  /// The first line is never run.
  private static func script(_ bytes: [UInt8], _ place: String) -> Script {
    let start = bytes.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.endIndex
    let namesAccounts = ["mail.server.", "mail.account", "mail.identity."].contains {
      ByteText.contains(bytes, Array($0.utf8))
    }
    let calls = PreferenceCallReader.calls(in: bytes[start...], hashIsComment: false)
    let overrides = calls.compactMap { call -> SettingOverride? in
      guard ["lockPref", "pref", "clearPref"].contains(call.function) else { return nil }
      if call.key == .computed, !namesAccounts { return nil }
      return SettingOverride(key: call.key, place: place)
    }
    return Script(path: place, calls: calls, overrides: overrides)
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
