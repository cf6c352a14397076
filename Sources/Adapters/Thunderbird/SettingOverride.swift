import ConfigFormats
import ProfileRewriter

/// Something outside the profile that sets a preference at the client's start.
struct SettingOverride: Equatable {
  enum Force: Equatable {
    /// It wins over prefs.js.
    case always
    /// It holds where prefs.js says nothing. A user value equal to it is taken out of prefs.js at
    /// the client's exit (seen with Thunderbird 153).
    case asDefault
  }

  var key: PreferenceCall.Key
  /// Where it can be told.
  var value: PrefValue?
  var force: Force
  /// The file, for people.
  var place: String

  func names(_ key: String) -> Bool {
    // Asked of each setting for each key: most differ in length.
    if case .literal(let literal) = self.key {
      literal.count == key.utf8.count && literal.elementsEqual(key.utf8)
    } else {
      false
    }
  }

  /// Whether it may undo what is written under one of `keys`.
  func overrides(_ keys: [String]) -> Bool {
    guard force == .always else { return false }
    return key == .computed || keys.contains(where: names)
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

/// All that an administrator sets for all profiles.
struct InstallationSettings {
  var settings: [SettingOverride] = []
  /// What cannot be told from here, one sentence each.
  var uncertainties: [String] = []
  /// The system of the machine that has the installation, where that is another.
  var unseenSystem: ProfileOrigin.System?
  /// Whether something of them was read in a profile, and may be otherwise in the next.
  var areOfOneProfile = false

  /// The last of the values for `key` of that force.
  func value(of key: String, _ force: SettingOverride.Force) -> PrefValue? {
    settings.last { $0.force == force && $0.names(key) }?.value
  }

  /// Whether anything of it wins over prefs.js.
  var setsAlways: Bool { settings.contains { $0.force == .always } }

  func refusal(for keys: [String]) -> Refusal? {
    settings.first { $0.overrides(keys) }?.refusal
  }

  var warnings: [Warning] {
    uncertainties.map { Warning(.configurationScript, $0) }
      + (unseenSystem.map { [Self.unseen($0)] } ?? [])
  }

  private static func unseen(_ system: ProfileOrigin.System) -> Warning {
    let also = system == .windows ? "group policies" : "managed preferences"
    return Warning(
      .installationNotSeen,
      "the installation on \(system.name) cannot be seen from here: if its policies.json, default "
        + "preferences, AutoConfig script or \(also) set a key of this account, the client takes the old "
        + "value back at its start")
  }
}
