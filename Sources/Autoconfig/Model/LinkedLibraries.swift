internal import CIDN2
public import ConfigFormats

extension LinkedLibrary {
  /// What spells domains of other scripts for DNS.
  public static var domainNames: LinkedLibrary {
    LinkedLibrary(
      name: "libidn2", version: idn2_check_version(nil).map { String(cString: $0) } ?? "?")
  }
}
