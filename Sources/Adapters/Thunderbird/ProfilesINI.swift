/// profiles.ini and installs.ini: where a client keeps its profiles.
struct ProfilesINI {
  struct Section {
    var name: [UInt8]
    var values: [(key: [UInt8], value: [UInt8])] = []

    subscript(key: String) -> [UInt8]? {
      values.last { $0.key.elementsEqual(key.utf8) }?.value
    }
  }

  var sections: [Section] = []

  /// As nsINIParser reads it: names in brackets, `key=value`, `#` and `;` comments; what fits
  /// nowhere is passed over.
  init(parsing bytes: [UInt8]) {
    for line in ByteText.lines(bytes) {
      let line = line.drop { $0 == 0x20 || $0 == 0x09 }
      guard let first = line.first, first != UInt8(ascii: "#"), first != UInt8(ascii: ";") else {
        continue
      }
      if first == UInt8(ascii: "[") {
        guard let end = line.lastIndex(of: UInt8(ascii: "]")) else { continue }
        sections.append(Section(name: Array(line[(line.startIndex + 1)..<end])))
      } else if let equals = line.firstIndex(of: UInt8(ascii: "=")), !sections.isEmpty {
        sections[sections.count - 1].values.append(
          (Array(line[..<equals]), Array(line[(equals + 1)...])))
      }
    }
  }

  /// The places that the file names: of the `[ProfileN]` sections, and behind them the defaults of
  /// the installations.
  var places: [Place] {
    var places: [Place] = []
    for section in sections where section.name.starts(with: "Profile".utf8) {
      guard let path = section["Path"], !path.isEmpty else { continue }
      let isAbsolute = section["IsRelative"].map { $0.elementsEqual("0".utf8) } ?? false
      places.append(Place(path: path, isAbsolute: isAbsolute, isListed: true))
    }
    for section in sections where !section.name.starts(with: "Profile".utf8) {
      guard let path = section["Default"], !path.isEmpty else { continue }
      let isAbsolute = path.first == UInt8(ascii: "/") || ForeignPath.isOfWindows(path)
      places.append(Place(path: path, isAbsolute: isAbsolute, isListed: false))
    }
    return places
  }

  struct Place {
    var path: [UInt8]
    var isAbsolute: Bool
    /// Whether the client itself would say that it is missing.
    var isListed: Bool
  }
}
