// Gives a POP account what a long-time user has: folders with odd names, mail in Sent, Drafts, Templates and Archives, marks and
// tags, filters, junk settings, a saved search. args: server key.
const [key] = args;
const server = MailServices.accounts.getIncomingServer(key);
const root = server.rootMsgFolder;
const local = MailServices.accounts.localFoldersServer.rootFolder;
const identity = MailServices.accounts.findAccountForServer(server).defaultIdentity;
const inbox = inboxOf(server);

const makeFolder = async (parent, name) => {
  if (!parent.containsChildNamed(name)) {
    parent.createSubfolder(name, null);
    await until(() => parent.containsChildNamed(name));
  }
  return parent.getChildNamed(name);
};
const headers = () => [...inbox.msgDatabase.enumerateMessages()].sort((a, b) => a.messageKey - b.messageKey);
const copy = async (list, target) => {
  const listener = copyListener();
  MailServices.copy.copyMessages(inbox, list, target, false, listener, null, false);
  await until(() => listener.status !== null);
  return hex(listener.status);
};
let putCount = 0;
const put = (folder, subject) => putMessage(folder, [
  `From: ${identity.email}`, "To: somebody@other.test", `Subject: ${subject}`, "Date: Mon, 1 Jan 2024 10:00:00 +0000",
  `Message-ID: <local-${++putCount}-${identity.email}>`, "MIME-Version: 1.0", "Content-Type: text/plain; charset=UTF-8",
  "Content-Transfer-Encoding: 8bit", "", "Local text \u00fc", "From here", "",
].join("\r\n"), Ci.nsMsgMessageFlags.Read);

const all = headers();
const results = [];
const projects = await makeFolder(root, "Projekte \u00dc");
const hashed = await makeFolder(projects, "2024: plan/x"); // a name that the client stores as a hash
await makeFolder(root, "Empty");
const special = {};
for (const [name, flag] of [["Sent", F.SentMail], ["Drafts", F.Drafts], ["Templates", F.Templates], ["Archives", F.Archive], ["Junk", F.Junk]]) {
  special[name] = await makeFolder(root, name);
  special[name].setFlag(flag);
}
const archive2023 = await makeFolder(special.Archives, "2023");
const localStuff = await makeFolder(local, "Local Stuff");
results.push(await copy(all.slice(0, 4), projects), await copy(all.slice(4, 7), hashed), await copy(all.slice(7, 8), archive2023),
  await copy(all.slice(8, 10), localStuff), await put(special.Sent, "sent one"), await put(special.Sent, "sent zwei \u00e4"),
  await put(special.Drafts, "a draft"), await put(special.Templates, "a template"));
if ("archivesFolderURI" in identity) {
  identity.archivesFolderURI = special.Archives.URI;
  identity.archivesFolderPickerMode = "1";
} else {
  identity.archiveFolder = special.Archives.URI;
  identity.archivesFolderPickerMode = "1";
}

inbox.markMessagesRead(all.slice(0, 5), true);
inbox.markMessagesFlagged(all.slice(1, 3), true);
inbox.addKeywordsToMessages([all[3]], "$label1");
inbox.deleteMessages(all.slice(-1), null, false, false, null, false);
await sleep(700);

const filters = server.getFilterList(null);
const Action = Ci.nsMsgFilterAction;
const addFilter = (name, text, actions) => {
  const filter = filters.createFilter(name);
  const term = filter.createTerm();
  term.attrib = Ci.nsMsgSearchAttrib.Subject;
  term.op = Ci.nsMsgSearchOp.Contains;
  const value = term.value;
  value.attrib = term.attrib;
  value.str = text;
  term.value = value;
  filter.appendTerm(term);
  filter.enabled = true;
  filter.filterType = Ci.nsMsgFilterType.InboxRule | Ci.nsMsgFilterType.Manual;
  for (const [type, argument] of actions) {
    const action = filter.createAction();
    action.type = type;
    if (type == Action.MoveToFolder || type == Action.CopyToFolder) {
      action.targetFolderUri = argument;
    } else if (type == Action.AddTag) {
      action.strValue = argument;
    }
    filter.appendAction(action);
  }
  filters.insertFilterAt(filters.filterCount, filter);
};
addFilter("to Projekte", "plain subject", [[Action.AddTag, "$label2"], [Action.MoveToFolder, projects.URI]]);
addFilter("copy to local \u00fc", "emoji", [[Action.CopyToFolder, localStuff.URI]]);
addFilter("to archive", "Re: thread", [[Action.MarkRead, null], [Action.MoveToFolder, archive2023.URI]]);
addFilter("pop only", "broken", [[Action.DeleteFromPop3Server, null]]);
filters.saveToDefaultFile();

const setString = (server.setStringValue ?? server.setCharValue).bind(server);
server.setBoolValue("moveOnSpam", true);
server.setIntValue("moveTargetMode", 0);
setString("spamActionTargetAccount", root.server.serverURI);
setString("spamActionTargetFolder", root.server.serverURI + "/Junk");
server.setIntValue("spamLevel", 100);

const { VirtualFolderHelper } = ChromeUtils.importESModule("resource:///modules/VirtualFolderWrapper.sys.mjs");
const session = Cc["@mozilla.org/messenger/searchSession;1"].createInstance(Ci.nsIMsgSearchSession);
const term = session.createTerm();
term.attrib = Ci.nsMsgSearchAttrib.Subject;
term.op = Ci.nsMsgSearchOp.Contains;
const value = term.value;
value.attrib = term.attrib;
value.str = "subject";
term.value = value;
VirtualFolderHelper.createNewVirtualFolder("Saved \u00fc search", root, [inbox, special.Sent, projects], [term], false);
await sleep(300);
MailServices.accounts.saveVirtualFolders();
MailServices.accounts.saveAccountInfo();
Services.prefs.savePrefFile(null);
return { results };
