import ProfileRewriter

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

  private let headings: [String]
  private var widths: [Int]
  /// Of every row as many as there are headings: there may be a hundred thousand rows.
  private var texts = ByteStrings()
  private var styles: [Terminal.Style] = []

  init(_ headings: [String]) {
    self.headings = headings
    widths = headings.map { Cell(text: $0).width }
  }

  var isEmpty: Bool { texts.isEmpty }

  /// - Parameter cells: those that are missing at the end are empty.
  mutating func add(_ cells: [Cell]) {
    for column in headings.indices {
      let cell = column < cells.count ? cells[column] : Cell(text: "")
      widths[column] = max(widths[column], cell.width)
      texts.append(cell.text.utf8)
      styles.append(cell.style)
    }
  }

  /// Its lines, each with its end, made one by one.
  func rendered(for terminal: Terminal) -> some Sequence<String> {
    stride(from: -headings.count, to: texts.count, by: max(1, headings.count)).lazy.map { start in
      rendered(cells(from: start), for: terminal)
    }
  }

  /// Of a row; the headings lie before the first.
  private func cells(from start: Int) -> [Cell] {
    headings.indices.map { column in
      start < 0
        ? Cell(text: headings[column], style: .strong)
        : Cell(
          text: String(decoding: texts[start + column], as: UTF8.self),
          style: styles[start + column])
    }
  }

  private func rendered(_ line: [Cell], for terminal: Terminal) -> String {
    var result = ""
    for (column, cell) in line.enumerated() {
      result += terminal.styled(cell.text, cell.style)
      let isLast = line[(column + 1)...].allSatisfy(\.text.isEmpty)
      if isLast { break }
      result += String(repeating: " ", count: widths[column] - cell.width + 2)
    }
    return result + "\n"
  }
}
