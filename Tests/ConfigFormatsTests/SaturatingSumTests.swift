import ConfigFormats
import Testing

@Suite struct SaturatingSumTests {
  @Test(arguments: [
    (1, 2, 3), (.max, 1, .max), (.max, .max, .max), (.min, -1, .min), (.min, .max, -1), (-5, 2, -3),
  ])
  func sums(_ one: Int, _ other: Int, _ sum: Int) {
    #expect(one.adding(saturating: other) == sum)
    #expect([other, one].saturatingSum == sum)
    var total = one
    total.add(saturating: other)
    #expect(total == sum)
  }

  @Test(arguments: [
    (3, 2, 1), (0, .min, .max), (.min, 1, .min), (.max, -1, .max), (.max, 1, .max - 1),
  ])
  func differences(_ one: Int, _ other: Int, _ difference: Int) {
    #expect(one.subtracting(saturating: other) == difference)
  }

  @Test(arguments: [
    (3, 2, 6), (.max, 1024, .max), (.max, -2, .min), (.min, -1, .max), (.min, 2, .min),
    (0, .max, 0),
  ])
  func products(_ one: Int, _ other: Int, _ product: Int) {
    #expect(one.multiplied(saturating: other) == product)
  }

  @Test(arguments: [
    (1.9, 1), (-1.9, -1), (0x1p63, .max), (1e300, .max), (.infinity, .max), (-0x1p63, .min),
    (-.infinity, .min), (.nan, 0),
  ])
  func fractions(_ number: Double, _ whole: Int) { #expect(Int(saturating: number) == whole) }
}
