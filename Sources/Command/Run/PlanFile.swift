import ProfileRewriter

/// A plan that `plan --out` saved, read back.
enum PlanFile {
  /// A plan for ten thousand profiles takes about a tenth of this.
  private static let largest = 1 << 30

  static func read(_ path: [UInt8]) throws -> SavedPlan {
    let content = try InputFile.read(path, largest: largest, kind: "a plan")
    do {
      return try SavedPlan(decoding: content)
    } catch {
      throw Fatal(code: error.reason.rawValue, "\(Talk.printable(path)): \(error.text)")
    }
  }
}
