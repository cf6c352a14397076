internal import CNetBridge
public import ConfigFormats

extension LinkedLibrary {
  /// What fetches over HTTPS.
  public static var http: LinkedLibrary {
    LinkedLibrary(name: "libcurl", version: String(cString: cnet_http_version()))
  }

  /// What asks DNS.
  public static var dns: LinkedLibrary {
    LinkedLibrary(name: "c-ares", version: String(cString: cnet_dns_version()))
  }
}
