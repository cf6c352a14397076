// How fast prefs.js is read, beside the least that reading can be: one look at every byte.
import ConfigFormats
import Glibc

guard CommandLine.arguments.count == 2 else {
  print("usage: lexing PREFS.JS")
  exit(64)
}
let bytes = try readFile(CommandLine.arguments[1])
let rounds = max(1, 400_000_000 / max(1, bytes.count))

// Interleaved, so that a slow spell of the machine falls on both.
var lexing: [Double] = []
var floor: [Double] = []
var statements = 0
var lines = 0
for _ in 0..<7 {
  lexing.append(
    try seconds {
      for _ in 0..<rounds / 7 { statements = try PrefsDocument(parsing: bytes).statements.count }
    })
  floor.append(
    seconds {
      for _ in 0..<rounds / 7 { lines = countLines(bytes) }
    })
}
let megabytes = Double(bytes.count * (rounds / 7)) / 1e6
let lexed = median(lexing)
let counted = median(floor)
print("file: \(bytes.count) bytes, \(lines) lines, \(statements) statements")
print("lexing: \(Int(megabytes / lexed)) MB/s")
print("line count by memchr: \(Int(megabytes / counted)) MB/s")
print("ratio to the line count: \((lexed / counted * 100).rounded() / 100)")

func seconds(_ body: () throws -> Void) rethrows -> Double {
  var start = timespec()
  var end = timespec()
  clock_gettime(CLOCK_MONOTONIC, &start)
  try body()
  clock_gettime(CLOCK_MONOTONIC, &end)
  return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) / 1e9
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

func countLines(_ bytes: [UInt8]) -> Int {
  bytes.withUnsafeBufferPointer { buffer in
    guard var place = UnsafeRawPointer(buffer.baseAddress) else { return 0 }
    let end = place + buffer.count
    var count = 0
    while place < end, let found = memchr(place, 10, end - place) {
      count += 1
      place = UnsafeRawPointer(found) + 1
    }
    return count
  }
}

func readFile(_ path: String) throws -> [UInt8] {
  guard let file = fopen(path, "rb") else { throw Missing(path: path) }
  defer { fclose(file) }
  fseek(file, 0, SEEK_END)
  let size = ftell(file)
  rewind(file)
  return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
    count = fread(buffer.baseAddress, 1, size, file)
  }
}

struct Missing: Error { var path: String }
