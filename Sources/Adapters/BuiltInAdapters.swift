import ProfileRewriter

/// Every adapter this build knows, in the order they are asked. A new client is one folder beside
/// this file and one line here.
public let builtInAdapters: [any ClientAdapter] = [
  ThunderbirdAdapter(),
  EvolutionAdapter(),
  GnomeOnlineAccountsAdapter(),
  GearyAdapter(),
  ClawsMailAdapter(),
  SylpheedAdapter(),
  KMailAdapter(),
  BalsaAdapter(),
  WindowsMailAdapter(),
  AutoconfigXMLAdapter(),
]
