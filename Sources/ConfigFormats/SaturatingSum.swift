extension Int {
  /// The sum, or the number nearest to it that there is. Numbers that others wrote (a server, a report, a
  /// manifest, a sparse file's size) may be such that their sum is none, and `+` would end the program.
  package func adding(saturating other: Int) -> Int {
    let (sum, isNone) = addingReportingOverflow(other)
    guard isNone else { return sum }
    return other < 0 ? .min : .max
  }

  /// The same in place.
  package mutating func add(saturating other: Int) { self = adding(saturating: other) }

  /// The difference, or the number nearest to it.
  package func subtracting(saturating other: Int) -> Int {
    let (difference, isNone) = subtractingReportingOverflow(other)
    guard isNone else { return difference }
    return other < 0 ? .max : .min
  }

  /// The product, or the number nearest to it.
  package func multiplied(saturating other: Int) -> Int {
    let (product, isNone) = multipliedReportingOverflow(by: other)
    guard isNone else { return product }
    return (self < 0) == (other < 0) ? .max : .min
  }

  /// The number without its fraction, or the one nearest to it; 0 for what is no number.
  package init(saturating number: Double) {
    if number.isNaN {
      self = 0
    } else if number >= 0x1p63 {
      self = .max
    } else {
      self = number <= -0x1p63 ? .min : Int(number)
    }
  }
}

extension Sequence<Int> {
  /// The sum, or the number nearest to it that there is.
  package var saturatingSum: Int { reduce(0) { $0.adding(saturating: $1) } }
}
