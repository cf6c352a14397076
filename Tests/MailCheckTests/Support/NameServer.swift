import Foundation

/// Debian's named on 127.0.0.1, with all of the DNS in one zone: what is not in it does not exist.
final class NameServer {
  let port: Int
  private let scratch: Scratch
  private let process: ServerProcess

  /// - Parameters:
  ///   - records: of the root zone, names absolute
  ///   - broken: zones that cannot be loaded: SERVFAIL is the answer
  init(_ records: String, broken: [String] = []) throws {
    scratch = try Scratch()
    port = try Ports.free()
    let zone = """
      $TTL 60
      . IN SOA ns.invalid. hostmaster.invalid. 1 3600 600 86400 60
      . IN NS ns.invalid.
      ns.invalid. IN A 127.0.0.1
      \(records)

      """
    try zone.write(toFile: scratch.path("zone"), atomically: false, encoding: .utf8)
    let more = broken.map { #"zone "\#($0)" { type primary; file "missing"; };"# }
    let configuration = """
      options {
        directory "\(scratch.root)";
        listen-on port \(port) { 127.0.0.1; };
        listen-on-v6 { none; };
        pid-file none;
        session-keyfile none;
        recursion no;
        allow-query { any; };
        dnssec-validation no;
        check-names primary ignore;
        notify no;
        minimal-responses yes;
      };
      controls { };
      zone "." { type primary; file "zone"; };
      \(more.joined(separator: "\n"))

      """
    let file = scratch.path("named.conf")
    try configuration.write(toFile: file, atomically: false, encoding: .utf8)
    process = try ServerProcess(
      "named", ["-g", "-n", "1", "-c", file], in: [scratch], isUpAt: "127.0.0.1", port)
    try process.wait(for: "zone ./IN: loaded")
  }

  var address: String { "127.0.0.1:\(port)" }
}
