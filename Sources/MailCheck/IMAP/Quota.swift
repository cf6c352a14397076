/// How much room there is (QUOTA, RFC 9208, RFC 2087).
public struct IMAPQuota: Sendable, Hashable {
  public struct Resource: Sendable, Hashable {
    /// In upper case. "STORAGE" counts units of 1024 bytes, "MESSAGE" messages.
    public var name: String
    public var used: UInt64
    public var limit: UInt64

    /// Of ``limit``, from 0; above 1 where there is more than is allowed.
    public var share: Double { limit == 0 ? 1 : Double(used) / Double(limit) }
    public var left: UInt64 { limit > used ? limit - used : 0 }
  }

  /// The server's name for what is counted together; often empty.
  public var root: String
  /// Empty where nothing is limited.
  public var resources: [Resource]

  public subscript(_ name: String) -> Resource? { resources.first { $0.name == name } }
}

extension IMAPClient {
  /// What limits a mailbox (GETQUOTAROOT); nil where the server has no such command.
  public func quotas(of mailbox: String = "INBOX") throws(IMAPFailure) -> [IMAPQuota]? {
    guard offers("QUOTA") || capabilities.contains(where: { $0.hasPrefix("QUOTA=") }) else {
      return nil
    }
    let answers = try run(
      [.text("GETQUOTAROOT ")] + IMAPString.pieces(of: Secret(copying: mailbox.utf8)))
    return answers.compactMap { answer in
      guard case .other("QUOTA", let values) = answer, values.count >= 2, let root = values[0].text,
        case .list(let items) = values[1]
      else { return nil }
      return IMAPQuota(root: root, resources: Self.resources(items))
    }
  }

  /// Names and two numbers each, in turn.
  private static func resources(_ items: [IMAPValue]) -> [IMAPQuota.Resource] {
    stride(from: 0, to: items.count - items.count % 3, by: 3).compactMap { start in
      guard let name = items[start].name, let used = items[start + 1].number,
        let limit = items[start + 2].number
      else { return nil }
      return IMAPQuota.Resource(name: name, used: used, limit: limit)
    }
  }
}
