import Adapters
import Command
import PigeonAdapter

@main
enum Main {
  static func main() { CommandMain.run(clients: builtInAdapters + [PigeonAdapter()]) }
}
