import ArgumentParser
import MailCheck

/// Whether, and how, the network is asked.
struct NetworkOptions: ParsableArguments {
  @Flag(
    help: """
      Ask the network about what is not known: autoconfig files over https, the DNS, and the mail \
      servers themselves. No password is sent.
      """)
  var online = false

  @Option(
    help: ArgumentHelp(
      "Ask this provider database, too, such as https://live.thunderbird.net/autoconfig/v1.1/.",
      valueName: "url"))
  var ispdb: String?

  @Option(
    help: ArgumentHelp("Ask this name server instead of the system's.", valueName: "address:port"))
  var resolver: String?

  @Option(
    help: ArgumentHelp(
      "Trust the authorities in this PEM file, too.", valueName: "file"))
  var caFile: BytePath?

  @Option(
    help: ArgumentHelp("Time for each subject.", valueName: "seconds"))
  var timeout: Double = 30

  @Option(
    help: ArgumentHelp("Subjects asked about at the same time.", valueName: "number"))
  var parallel = 8

  /// "443=8443": connect to the second port where the first is meant. For laboratories.
  @Option(help: .hidden)
  var mapPort: [String] = []

  func validate() throws {
    if !online, ispdb != nil || resolver != nil || caFile != nil || !mapPort.isEmpty {
      throw ValidationError("--ispdb, --resolver and --ca-file go with --online")
    }
    guard timeout > 0, timeout <= 3600 else {
      throw ValidationError("--timeout takes seconds, more than 0 and at most 3600")
    }
    guard (1...64).contains(parallel) else {
      throw ValidationError("--parallel takes a number from 1 to 64")
    }
    if let ispdb, !ispdb.hasPrefix("https://") || ispdb.contains(where: \.isWhitespace) {
      throw ValidationError("--ispdb takes a URL that begins with https://")
    }
    if let resolver, !DNSClient.isServer(resolver) {
      throw ValidationError("--resolver takes an address, or address:port; [address]:port for IPv6")
    }
    _ = try ports()
  }

  /// nil where nobody is to be asked.
  func settings() throws -> OnlineSettings? {
    guard online else { return nil }
    let authorities = try caFile.map {
      String(decoding: try AbsolutePath.from($0.bytes), as: UTF8.self)
    }
    return OnlineSettings(
      route: NetworkRoute(resolver: resolver, authorities: authorities, ports: try ports()),
      database: ispdb, patience: timeout, parallel: parallel)
  }

  private func ports() throws -> [Int: Int] {
    var ports: [Int: Int] = [:]
    for pair in mapPort {
      let numbers = pair.split(separator: "=").compactMap { Int($0) }
      guard numbers.count == 2, numbers.allSatisfy((1...65535).contains) else {
        throw ValidationError("--map-port takes two ports, such as 443=8443")
      }
      ports[numbers[0]] = numbers[1]
    }
    return ports
  }
}
