// See lab/inspection.py for what goes in and what comes out.
const [options] = args;
const result = { version: Services.appinfo.version, accounts: [], identities: [], savedSearches: [], alerts: [] };
const feedback = {
  QueryInterface: ChromeUtils.generateQI(["nsIMsgUserFeedbackListener"]),
  onAlert(message) {
    result.alerts.push(message);
    return true;
  },
  onCertError(info, url) {
    result.alerts.push("certificate " + url?.spec);
  },
};
MailServices.mailSession.addUserFeedbackListener(feedback);

const describeServer = async (account, server) => {
  const origin = server.localStoreType + "://" + hostOf(server);
  const entry = {
    key: account.key, server: server.key, type: server.type, name: server.prettyName, host: hostOf(server), port: server.port,
    user: server.username, socketType: server.socketType, authMethod: server.authMethod, uri: server.serverURI,
    directory: server.localPath?.path, store: server.getStringValue?.("storeContractID") ?? server.getCharValue("storeContractID"),
    loginAtStartUp: server.loginAtStartUp, isDefault: MailServices.accounts.defaultAccount == account,
    identities: account.identities.map(identity => identity.key), rootMsgFolder: server.rootMsgFolder?.URI,
  };
  const logins = await Services.logins.searchLoginsAsync({ origin, httpRealm: origin });
  entry.passwordsStoredFor = logins.map(login => login.username);
  try {
    entry.junkFolder = server.spamSettings.spamFolderURI;
  } catch (e) {}
  if (server.type == "pop3") {
    const pop = server.QueryInterface(Ci.nsIPop3IncomingServer);
    entry.pop = { leaveOnServer: pop.leaveMessagesOnServer, deferredTo: pop.deferredToAccount };
  }
  return entry;
};

// Logs in and selects INBOX. The count is believed once it stood still for a while.
const connectImap = async (server, entry) => {
  const login = urlListener();
  server.verifyLogon(login, null);
  await until(() => login.status !== null, 20000);
  entry.login = hex(login.status);
  server.performExpand(null);
  const inbox = await until(() => server.rootFolder.getFolderWithFlags(F.Inbox));
  if (!inbox) {
    return;
  }
  const get = urlListener();
  server.getNewMessages(inbox, null, get);
  await until(() => get.status !== null, 20000);
  entry.getNewMail = hex(get.status);
  const select = urlListener();
  inbox.QueryInterface(Ci.nsIMsgImapMailFolder).updateFolderWithListener(null, select);
  await until(() => select.status !== null, 20000);
  let last = -1;
  for (let n = 0; n < 40; n++) {
    const total = inbox.getTotalMessages(false);
    if (total === last && n > 3) {
      break;
    }
    last = total;
    await sleep(150);
  }
  entry.inbox = inbox.getTotalMessages(false);
  entry.inboxHeaders = [...inbox.msgDatabase.enumerateMessages()].length;
};

const connectPop = async (server, entry) => {
  const inbox = inboxOf(server);
  const listener = urlListener();
  if (options.fetch) {
    const before = inbox.getTotalMessages(false);
    MailServices.pop3.GetNewMail(null, listener, inbox, server.QueryInterface(Ci.nsIPop3IncomingServer));
    await until(() => listener.status !== null, 30000);
    await sleep(700);
    entry.fetched = inbox.getTotalMessages(false) - before;
  } else {
    server.verifyLogon(listener, null);
    await until(() => listener.status !== null, 20000);
  }
  entry.login = hex(listener.status);
  entry.inbox = inbox?.getTotalMessages(false);
};

// Reads the start of every message, so that an index pointing at the wrong place is found.
const readAll = async (folder, entry) => {
  const listener = urlListener();
  let database = null;
  try {
    database = folder.QueryInterface(Ci.nsIMsgLocalMailFolder).getDatabaseWithReparse(listener, null);
  } catch (e) {
    await until(() => listener.status !== null);
  }
  const headers = [...(database ?? folder.msgDatabase).enumerateMessages()];
  let unreadable = 0;
  for (const header of headers) {
    try {
      const stream = Cc["@mozilla.org/scriptableinputstream;1"].createInstance(Ci.nsIScriptableInputStream);
      stream.init(folder.getMsgInputStream(header, {}));
      if (!/^(From |[A-Za-z-]+:)/.test(stream.read(4096))) {
        unreadable++;
      }
      stream.close();
    } catch (e) {
      unreadable++;
    }
  }
  Object.assign(entry, { headers: headers.length, unreadable, total: folder.getTotalMessages(false) });
  // What a person did to the mail: it must survive the switch as well as the mail itself.
  entry.starred = headers.filter(header => header.isFlagged).length;
  entry.tagged = headers.filter(header => /\$label/.test(header.getStringProperty("keywords"))).length;
};

const describeFolders = async (parent, list) => {
  for (const folder of parent.subFolders) {
    const entry = {
      uri: folder.URI, name: folder.localizedName ?? folder.prettyName, flags: flagsOf(folder),
      total: folder.getTotalMessages(false), unread: folder.getNumUnread(false),
    };
    list.push(entry);
    if (folder.server.type != "imap" && folder.server.type != "nntp" && !folder.getFlag(F.Virtual)) {
      try {
        await readAll(folder, entry);
      } catch (e) {
        entry.error = String(e);
      }
    }
    await describeFolders(folder, list);
  }
  return list;
};

const describeFilters = server => {
  const filters = server.getFilterList(null);
  return Array.from({ length: filters.filterCount }, (_, n) => filters.getFilterAt(n)).map(filter => ({
    name: filter.filterName, enabled: filter.enabled, unparseable: filter.unparseable,
    actions: Array.from({ length: filter.actionCount }, (_, n) => filter.getActionAt(n)).map(action => {
      const entry = { type: action.type };
      try {
        entry.target = action.targetFolderUri; // throws for actions without one
        entry.resolves = !!MailUtils.getExistingFolder(entry.target);
      } catch (e) {}
      return entry;
    }),
  }));
};

const describeIdentity = identity => {
  const entry = { key: identity.key, email: identity.email, name: identity.fullName, folders: {} };
  // The names changed: fccFolder, draftFolder, stationeryFolder and archiveFolder before version 128.
  const properties = {
    sent: ["fccFolderURI", "fccFolder"], drafts: ["draftsFolderURI", "draftFolder"],
    templates: ["templatesFolderURI", "stationeryFolder"], archives: ["archivesFolderURI", "archiveFolder"],
  };
  for (const [use, names] of Object.entries(properties)) {
    const uri = names.map(name => identity[name]).find(value => value) ?? null;
    const folder = uri ? MailUtils.getExistingFolder(uri) : null;
    entry.folders[use] = { uri, resolves: !!folder, flags: folder ? flagsOf(folder) : [] };
  }
  return entry;
};

const describeSavedSearches = (parent, list) => {
  for (const folder of parent.subFolders) {
    if (folder.getFlag(F.Virtual)) {
      const scope = folder.msgDatabase?.dBFolderInfo.getCharProperty("searchFolderUri") ?? "";
      list.push({
        uri: folder.URI, total: folder.getTotalMessages(false),
        scope: scope.split("|").filter(x => x).map(uri => ({ uri, resolves: !!MailUtils.getExistingFolder(uri) })),
      });
    }
    describeSavedSearches(folder, list);
  }
};

await sleep(500);
const servers = [];
for (const account of MailServices.accounts.accounts) {
  const server = account.incomingServer;
  if (!server) {
    result.accounts.push({ key: account.key, server: null });
    continue;
  }
  const entry = await describeServer(account, server);
  result.accounts.push(entry);
  servers.push([server, entry]);
  if (options.connect && ["imap", "pop3"].includes(server.type)) {
    const before = (dialogs() ?? []).length;
    try {
      await (server.type == "imap" ? connectImap : connectPop)(server, entry);
    } catch (e) {
      entry.connectError = String(e);
    }
    entry.prompted = (dialogs() ?? []).length > before;
  }
}
await sleep(options.wait * 1000);
for (const [server, entry] of servers) {
  entry.folders = await describeFolders(server.rootFolder, []);
  try {
    entry.filters = describeFilters(server);
  } catch (e) {
    entry.filtersError = String(e);
  }
}
result.identities = MailServices.accounts.allIdentities.map(describeIdentity);
for (const server of MailServices.accounts.allServers) {
  describeSavedSearches(server.rootFolder, result.savedSearches);
}
MailServices.mailSession.removeUserFeedbackListener(feedback);
result.dialogs = dialogs();
return result;
