import ProfileRewriter

/// A plan that `plan --out` saved, read back: a file of the caller's own, for it says which server is given
/// the passwords.
enum PlanFile {
  static func read(_ path: [UInt8]) throws -> SavedPlan {
    let content = try OwnFile.read(path, kind: "a plan")
    do {
      return try SavedPlan(decoding: content)
    } catch {
      throw Fatal(code: error.reason.rawValue, "\(Talk.printable(path)): \(error.text)")
    }
  }
}
