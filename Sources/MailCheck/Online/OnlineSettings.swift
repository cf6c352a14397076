/// How `check --online` asks.
public struct OnlineSettings: Sendable, Hashable {
  public var route: NetworkRoute
  /// The URL of a provider database, asked with the domain at its end, or in place of `{{domain}}`
  /// (as Thunderbird's mailnews.auto_config_url); nil asks none.
  public var database: String?
  /// Seconds for one subject.
  public var patience: Double
  /// Subjects that are asked about at the same time.
  public var parallel: Int
  /// Connections to one host at the same time.
  public var connectionsPerHost: Int

  public init(
    route: NetworkRoute = NetworkRoute(), database: String? = nil, patience: Double = 30,
    parallel: Int = 8, connectionsPerHost: Int = 2
  ) {
    self.route = route
    self.database = database
    self.patience = patience
    self.parallel = parallel
    self.connectionsPerHost = connectionsPerHost
  }

  func databaseURL(for domain: String) -> String? {
    guard let database else { return nil }
    guard !database.contains("{{domain}}") else {
      return database.replacing("{{domain}}", with: domain)
    }
    return database + (database.hasSuffix("/") ? "" : "/") + domain
  }
}
