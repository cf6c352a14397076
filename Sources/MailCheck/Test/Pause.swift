import Foundation

enum Pause {
  static func take(_ seconds: Double) { Thread.sleep(forTimeInterval: seconds) }
}
