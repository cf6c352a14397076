import Adapters
import Command

@main
enum Main {
  static func main() { CommandMain.run(clients: builtInAdapters) }
}
