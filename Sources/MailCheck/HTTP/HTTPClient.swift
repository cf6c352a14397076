internal import CNetBridge
import ConfigFormats
import Glibc

/// Gets files over https, and over nothing else: a server's certificate must hold, a redirection
/// may not lead elsewhere than to https, no cookie is kept, nothing is decompressed.
public struct HTTPClient: Sendable {
  public enum Answer: Sendable, Hashable {
    case content(type: String, [UInt8])
    /// The server's answer has no content to offer: 404 and the like.
    case status(Int)
    /// Printable, a sentence without its full stop.
    case failed(String)
  }

  public var route: NetworkRoute

  public init(route: NetworkRoute) { self.route = route }

  /// Redirections that are followed.
  private static let mostRedirections = 3
  /// Bytes; the largest file of a provider database is a tenth of it.
  private static let largestBody = 256 << 10
  /// No request is worth more seconds than this.
  private static let patience = 10.0
  private static let connectPatience = 5.0

  /// - Parameter url: begins with https.
  public func get(_ url: String, by deadline: Deadline) -> Answer {
    var url = url
    for _ in 0...Self.mostRedirections {
      var parts = cnet_url_parts()
      guard cnet_url_split(url, &parts) == 1 else { return .failed("that is no URL to follow") }
      guard Bridge.text(parts.scheme) == "https" else {
        return .failed("redirected to \(url.printable), which is not https")
      }
      switch fetch(url, host: Bridge.text(parts.host), port: Int(parts.port), by: deadline) {
      case .answer(let answer): return answer
      case .redirection(let next): url = next
      }
    }
    return .failed("redirected more than \(Self.mostRedirections) times")
  }

  private enum Step {
    case answer(Answer)
    case redirection(String)
  }

  private func fetch(_ url: String, host: String, port: Int, by deadline: Deadline) -> Step {
    var resolve: String?
    let target = route.port(port)
    if let dns = route.dns {
      do throws(DNSFailure) {
        let addresses = try dns.addresses(of: host, by: deadline)
        resolve = "\(host):\(target):\(addresses.joined(separator: ","))"
      } catch {
        return .answer(.failed(error.text))
      }
    }
    let connectTo = target == port ? nil : "\(host):\(port)::\(target)"
    guard !deadline.hasPassed else { return .answer(.failed("out of time")) }
    return Self.perform(
      url, resolve, connectTo, route.authorities, seconds: min(deadline.secondsLeft, Self.patience))
  }

  private static func perform(
    _ url: String, _ resolve: String?, _ connectTo: String?, _ authorities: String?,
    seconds: Double
  ) -> Step {
    Bridge.start()
    var response = cnet_http_response()
    withOptionalCStrings([url, authorities, "profile-rewriter", resolve, connectTo]) { texts in
      var request = cnet_http_request(
        url: texts[0], ca_file: texts[1], user_agent: texts[2], resolve: texts[3],
        connect_to: texts[4], milliseconds: max(Int(seconds * 1000), 1),
        connect_milliseconds: max(Int(min(seconds, connectPatience) * 1000), 1),
        largest_body: largestBody)
      cnet_http_get(&request, &response)
    }
    defer { cnet_http_free(&response) }
    if response.is_too_large != 0 { return .answer(.failed("more than \(largestBody) bytes")) }
    let problem = Bridge.text(response.problem)
    guard problem.isEmpty else { return .answer(.failed(problem.printable)) }
    if (300..<400).contains(response.status), let redirect = response.redirect {
      return .redirection(String(cString: redirect))
    }
    guard response.status == 200 else { return .answer(.status(response.status)) }
    let body = UnsafeBufferPointer(start: response.body, count: response.body_length)
    return .answer(.content(type: Bridge.text(response.content_type), Array(body)))
  }

  private static func withOptionalCStrings(
    _ texts: [String?], _ body: ([UnsafePointer<CChar>?]) -> Void
  ) {
    let copies = texts.map { $0.map { strdup($0) } }
    defer { for copy in copies { free(copy ?? nil) } }
    body(copies.map { $0.map { UnsafePointer($0) } ?? nil })
  }
}
