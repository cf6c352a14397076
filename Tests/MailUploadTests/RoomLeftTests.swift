import Testing

@testable import MailCheck
@testable import MailUpload

@Suite struct RoomLeftTests {
  private static func quota(_ name: String, _ limit: UInt64) -> IMAPQuota {
    IMAPQuota(root: "", resources: [IMAPQuota.Resource(name: name, used: 0, limit: limit)])
  }

  /// RFC 9208 gives 63 bits to a number of units of 1024 bytes.
  @Test(arguments: [UInt64(Int.max), .max, 1 << 53]) func aLimitWithoutEnd(_ limit: UInt64) {
    for name in ["STORAGE", "MESSAGE"] {
      let room = RoomLeft([Self.quota(name, limit)])
      #expect(room?.holds(MailTotals(messages: 1 << 40, bytes: 1 << 50)) == true)
    }
    #expect(RoomLeft([]) == nil)
    #expect(RoomLeft([Self.quota("STORAGE", 2)])?.bytes == 2048)
  }
}
