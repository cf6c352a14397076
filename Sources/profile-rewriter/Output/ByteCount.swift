/// Sizes for people, in units of 1000.
enum ByteCount {
  /// "812 bytes", "3.4 MB".
  static func shown(_ bytes: Int) -> String {
    guard bytes >= 1000 else { return Talk.count(bytes, "byte") }
    var value = Double(bytes)
    var unit = ""
    for next in ["kB", "MB", "GB", "TB"] where value >= 999.5 || unit.isEmpty {
      value /= 1000
      unit = next
    }
    let tenths = Int((value * 10).rounded())
    return tenths < 100
      ? "\(tenths / 10).\(tenths % 10) \(unit)" : "\(Int(value.rounded())) \(unit)"
  }
}
