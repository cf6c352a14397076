@testable import Adapters

extension Target {
  /// profiles.ini and installs.ini, which are read and never written.
  static let profilesINI = Target(name: "profiles-ini") { input in
    let sections = ProfilesINI(parsing: input.document)
    let written = spelled(sections)
    require(
      isSame(ProfilesINI(parsing: written), sections), "what is read, spelled out, reads the same")
    require(
      isSame(ProfilesINI(parsing: crlf(input.document)), sections), "line ends make no difference")
    checkPlaces(sections)
  }

  private static func spelled(_ file: ProfilesINI) -> [UInt8] {
    var bytes: [UInt8] = []
    for section in file.sections {
      bytes += [UInt8(ascii: "[")] + section.name + Array("]\n".utf8)
      for (key, value) in section.values {
        bytes += key + [UInt8(ascii: "=")] + value + [0x0A]
      }
    }
    return bytes
  }

  private static func crlf(_ bytes: [UInt8]) -> [UInt8] {
    bytes.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
  }

  private static func isSame(_ left: ProfilesINI, _ right: ProfilesINI) -> Bool {
    left.sections.count == right.sections.count
      && zip(left.sections, right.sections).allSatisfy { left, right in
        left.name == right.name && left.values.count == right.values.count
          && zip(left.values, right.values).allSatisfy { $0.key == $1.key && $0.value == $1.value }
      }
  }

  /// A place is a value of the file, never empty, and the client's list is in front.
  private static func checkPlaces(_ file: ProfilesINI) {
    let values = Set(file.sections.flatMap { $0.values.map(\.value) })
    let places = file.places
    require(places.count <= file.sections.count, "a section names one place at most")
    for place in places {
      require(!place.path.isEmpty && values.contains(place.path), "a place is a value of the file")
    }
    let firstUnlisted = places.firstIndex { !$0.isListed } ?? places.count
    require(
      places[firstUnlisted...].allSatisfy { !$0.isListed }, "the client's own list is in front")
  }
}
