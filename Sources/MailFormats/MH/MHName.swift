/// The name of a message's file in an MH folder: its number.
public enum MHName {
  /// - Returns: nil for what is no message to Claws Mail and Sylpheed: they read a number from the name
  ///   and then open the file that the number alone names, so "007" and "0" are none (mh.c).
  public static func number(_ name: [UInt8]) -> UInt32? {
    guard let first = name.first, first != UInt8(ascii: "0"), name.count <= 10,
      name.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = UInt32(String(decoding: name, as: UTF8.self)), number <= UInt32(Int32.max)
    else { return nil }
    return number
  }
}
