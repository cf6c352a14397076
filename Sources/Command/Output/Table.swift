/// Aligned columns, as wide as their content and no wider.
struct Table {
  struct Cell {
    var text: String
    var style: Terminal.Style = .plain

    /// In characters.
    fileprivate var width: Int {
      // Of nearly all text there is the bytes; only a carriage return makes one character of two.
      text.utf8.allSatisfy { $0 < 0x80 && $0 != 0x0D } ? text.utf8.count : text.count
    }
  }

  private var rows: [[Cell]] = []
  private let headings: [String]

  init(_ headings: [String]) { self.headings = headings }

  var isEmpty: Bool { rows.isEmpty }

  mutating func add(_ cells: [Cell]) { rows.append(cells) }

  func rendered(for terminal: Terminal) -> String {
    let lines = [headings.map { Cell(text: $0, style: .strong) }] + rows
    var widths = headings.map { _ in 0 }
    for line in lines {
      for (column, cell) in line.enumerated() {
        widths[column] = max(widths[column], cell.width)
      }
    }
    var result = ""
    let blanks = String(repeating: " ", count: (widths.max() ?? 0) + 2)
    for line in lines {
      for (column, cell) in line.enumerated() {
        result += terminal.styled(cell.text, cell.style)
        let isLast = line[(column + 1)...].allSatisfy(\.text.isEmpty)
        if isLast { break }
        result += blanks.prefix(widths[column] - cell.width + 2)
      }
      result += "\n"
    }
    return result
  }
}
