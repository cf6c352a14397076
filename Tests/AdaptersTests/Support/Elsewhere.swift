import ConfigFormats
import ProfileRewriter

/// A profile as another machine writes it, seen from a file server.
enum Elsewhere {
  static let windowsRoot = #"C:\Users\alice\AppData\Roaming\Thunderbird\Profiles\abcd.default-esr"#
  static let windowsPlace =
    "/srv/profiles/alice.V6/AppData/Roaming/Thunderbird/Profiles/abcd.default-esr"
  static let macRoot = "/Users/alice/Library/Thunderbird/Profiles/abcd.default-esr"
  static let macPlace = "/srv/homes/alice/Library/Thunderbird/Profiles/abcd.default-esr"

  static func windows(_ change: (inout ProfileBuilder) -> Void = { _ in }) -> Lab {
    var lab = lab(windowsPlace, root: windowsRoot, change)
    for name in lab.profile.files.map(\.path.text)
    where name == "prefs.js" || name.hasSuffix(".dat") {
      lab.profile[name] = lab.profile[name]?.split(
        separator: "\n", omittingEmptySubsequences: false
      ).joined(separator: "\r\n")
    }
    return lab
  }

  static func mac(_ change: (inout ProfileBuilder) -> Void = { _ in }) -> Lab {
    lab(macPlace, root: macRoot, change)
  }

  private static func lab(
    _ place: String, root: String, _ change: (inout ProfileBuilder) -> Void
  ) -> Lab {
    var builder = ProfileBuilder()
    builder.addPOP()
    change(&builder)
    builder.prefs = builder.prefs.mapValues { value in
      guard let text = value.text, text.hasPrefix(ProfileBuilder.path) else { return value }
      let rest = String(text.dropFirst(ProfileBuilder.path.count))
      let isWindows = root.contains(#"\"#)
      return .string(
        root + rest.split(separator: "/").map { (isWindows ? #"\"# : "/") + $0 }.joined())
    }
    var view = builder.build()
    view.absolutePath = Array(place.utf8)
    return Lab(view)
  }
}
