import Foundation

/// nginx on 127.0.0.1, over TLS, with what it serves said by name.
final class WebServer {
  let port: Int
  private let scratch: Scratch
  private let process: ServerProcess

  /// - Parameters:
  ///   - hosts: by name, what stands in nginx's `server` block; `ROOT` is a directory of files
  ///   - files: by name below that directory
  init(_ hosts: [String: String], files: [String: [UInt8]]) throws {
    let scratch = try Scratch()
    let port = try Ports.free()
    self.scratch = scratch
    self.port = port
    for (name, content) in files {
      try Data(content).write(to: URL(fileURLWithPath: scratch.path(name)))
    }
    let certificates = try Certificates(
      in: scratch, names: hosts.keys.sorted().map { "DNS:\($0)" }.joined(separator: ","))
    let blocks = hosts.map { name, body in
      """
      server { listen 127.0.0.1:\(port) ssl; server_name \(name);
      \(body.replacing("ROOT", with: scratch.root)) }
      """
    }
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map { "\($0)_temp_path \(scratch.path("temporary"));" }
    let configuration = """
      load_module /usr/lib/nginx/modules/ngx_http_echo_module.so;
      daemon off;
      worker_processes 1;
      \(geteuid() == 0 ? "user root;" : "")
      pid \(scratch.path("pid"));
      error_log stderr;
      events { worker_connections 200; }
      http {
        \(temporary.joined(separator: "\n"))
        log_format asked '$host $request_uri';
        access_log \(scratch.path("asked")) asked;
        ssl_certificate \(certificates.certificate);
        ssl_certificate_key \(certificates.key);
        types { text/xml xml; text/html html; }
        server { listen 127.0.0.1:\(port) ssl default_server; return 404; }
        \(blocks.joined(separator: "\n"))
      }

      """
    let file = scratch.path("nginx.conf")
    try configuration.write(toFile: file, atomically: false, encoding: .utf8)
    process = try ServerProcess(
      "nginx", ["-p", scratch.root, "-c", file, "-e", "stderr"], in: [scratch],
      isUpAt: "127.0.0.1", port)
  }

  /// What was asked for so far: lines of host, blank, path with query.
  func asked() throws -> [Substring] {
    try String(contentsOfFile: scratch.path("asked"), encoding: .utf8).split(separator: "\n")
  }
}
