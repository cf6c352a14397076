import ConfigFormats
import ProfileRewriter

/// Finds what an administrator sets for all profiles. Each form was tried with Thunderbird 153 in a
/// version that takes effect and one that does not.
enum InstallationOverrides {
  /// Found out once in a run for all profiles that the same programs open.
  static func load(
    _ context: ProfileContext, _ origin: ProfileOrigin
  ) throws(Refusal) -> InstallationSettings {
    let kept = context.installationFacts.kept([[Relative]: InstallationSettings].self) ?? [:]
    let programs = origin.relative.household
    if !origin.isElsewhere, let known = kept[programs] { return known }
    let found = try load(
      installation: context.installation, profile: context.directory, origin)
    if !origin.isElsewhere, !found.areOfOneProfile {
      context.installationFacts.keep(kept.merging([programs: found]) { $1 })
    }
    return found
  }

  /// Which of the programs that share a profile's directory opens it cannot be told, so all that are
  /// there count. Those of another machine cannot be seen.
  static func load(
    installation: any DirectoryView, profile: any DirectoryView, _ origin: ProfileOrigin
  ) throws(Refusal) -> InstallationSettings {
    var found = InstallationSettings()
    guard !origin.isElsewhere else {
      found.unseenSystem = origin.system
      return found
    }
    for program in origin.relative.household {
      try add(program, installation, profile, to: &found)
    }
    return found
  }

  private static func add(
    _ program: Relative, _ installation: any DirectoryView, _ profile: any DirectoryView,
    to found: inout InstallationSettings
  ) throws(Refusal) {
    let system = program.systemDirectory
    let systemPolicies = try policies(installation, "\(system)/policies/policies.json")
    found.settings += systemPolicies ?? []
    let systemScripts = try scripts(installation, "\(system)/pref")
    found.settings += defaults(systemScripts)
    for directory in program.applicationDirectories {
      // The one in /etc replaces it; they are not merged.
      if systemPolicies == nil {
        let place = "\(directory)/distribution/policies.json"
        found.settings += try policies(installation, place) ?? []
      }
      var own = try scripts(installation, "\(directory)/defaults/pref")
      own += try scripts(installation, "\(directory)/defaults/preferences")
      found.settings += defaults(own)
      try addAutoConfig(
        installation, program, directory, own + systemScripts, profile, to: &found)
    }
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
      guard let key = entry.name else { return nil }
      let value = entry.kind == .object ? entry["Value"] : entry
      return SettingOverride(
        key: .literal(Array(key.utf8)), value: value.flatMap(prefValue),
        force: takesEffect(entry) ? .always : .asDefault, place: path)
    }
  }

  /// A plain value locks; of the statuses `locked`, `user` and `clear` do something to a key that
  /// has a user value, `default` and an unknown one do not.
  private static func takesEffect(_ entry: JSONNode) -> Bool {
    guard entry.kind == .object else { return true }
    return ["locked", "user", "clear"].contains(entry["Status"]?.stringValue ?? "")
  }

  private static func prefValue(_ node: JSONNode) -> PrefValue? {
    switch node.kind {
    case .true: .bool(true)
    case .false: .bool(false)
    case .number: node.intValue.flatMap { Int32(exactly: $0) }.map(PrefValue.int)
    case .string: node.stringValue.map { PrefValue.string($0) }
    case .object, .array, .null: nil
    }
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

  private static func defaults(_ scripts: [Script]) -> [SettingOverride] {
    scripts.flatMap { script in
      script.calls.compactMap { call in
        guard ["pref", "sticky_pref"].contains(call.function), call.key != .computed else {
          return nil
        }
        let isLocked = call.isLocked && call.function == "pref"
        return SettingOverride(
          key: call.key, value: call.value, force: isLocked ? .always : .asDefault,
          place: script.path)
      }
    }
  }

  // MARK: AutoConfig

  private static func addAutoConfig(
    _ view: any DirectoryView, _ program: Relative, _ directory: String, _ scripts: [Script],
    _ profile: any DirectoryView, to found: inout InstallationSettings
  ) throws(Refusal) {
    let calls = scripts.flatMap(\.calls)
    func setting(_ key: String) -> PrefValue? {
      calls.last { $0.key == .literal(Array(key.utf8)) }?.value
    }
    guard let name = setting("general.config.filename")?.stringBytes else { return }
    let path = "\(directory)/\(name.shown)"
    guard let bytes = try read(view, path) else { return }
    // Every byte is stored with this added; Thunderbird's default is 0, that of Firefox, which
    // SeaMonkey took over, 13.
    var shift: Int32 = program == .seamonkey ? 13 : 0
    if case .int(let number)? = setting("general.config.obscure_value") { shift = number }
    let script = bytes.map { $0 &- UInt8(truncatingIfNeeded: shift) }
    // The first line is never run.
    let start = script.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? script.endIndex
    add(script[start...], path, to: &found)
    let pointer = "autoadmin.global_config_url"
    guard setting(pointer) != nil || ByteText.contains(script, Array(pointer.utf8)) else { return }
    found.areOfOneProfile = true
    let cached = try profile.read(RelativePath(known: "failover.jsc"))
    add((cached ?? [])[...], "failover.jsc", to: &found)
    found.uncertainties.append(
      "\(path) has a server asked for more settings at every start, which may set those of mail "
        + "accounts")
  }

  private static func add(
    _ script: ArraySlice<UInt8>, _ place: String, to found: inout InstallationSettings
  ) {
    let text = Array(script)
    let namesAccounts = ["mail.server.", "mail.account", "mail.identity."].contains {
      ByteText.contains(text, Array($0.utf8))
    }
    var isUncertain = false
    for call in PreferenceCallReader.calls(in: script, hashIsComment: false) {
      let isForced = ["lockPref", "pref", "clearPref"].contains(call.function)
      guard isForced || call.function == "defaultPref" else { continue }
      if call.key == .computed, !namesAccounts {
        isUncertain = isUncertain || isForced
        continue
      }
      found.settings.append(
        SettingOverride(
          key: call.key, value: call.value, force: isForced ? .always : .asDefault, place: place))
    }
    guard isUncertain else { return }
    found.uncertainties.append(
      "\(place) sets preferences by names that it computes, perhaps those of mail accounts")
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
