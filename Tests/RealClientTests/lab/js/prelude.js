// In scope of every script that lab/thunderbird.py runs. API names differ between versions: hostname was hostName before 153,
// setStringValue was setUnicharValue.
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const { MailUtils } = ChromeUtils.importESModule("resource:///modules/MailUtils.sys.mjs");
const F = Ci.nsMsgFolderFlags;
const sleep = ms => new Promise(resolve => {
  const timer = Cc["@mozilla.org/timer;1"].createInstance(Ci.nsITimer);
  (globalThis.labTimers ??= []).push(timer); // else it is collected before it fires
  timer.initWithCallback(() => resolve(), ms, 0);
});
const until = async (condition, ms = 15000) => {
  for (const end = Date.now() + ms; ;) {
    let value;
    try {
      value = condition();
    } catch (e) {
      value = false;
    }
    if (value || Date.now() > end) {
      return value || null;
    }
    await sleep(50);
  }
};
const dialogs = () => {
  try {
    return JSON.parse(Services.env.get("LAB_DIALOGS") || "null");
  } catch (e) {
    return null;
  }
};
const hex = status => (status === null ? "timeout" : "0x" + (status >>> 0).toString(16));
const urlListener = () => {
  const listener = {
    status: null,
    QueryInterface: ChromeUtils.generateQI(["nsIUrlListener"]),
    OnStartRunningUrl() {},
    OnStopRunningUrl(url, status) {
      listener.status = status;
    },
  };
  return listener;
};
const copyListener = () => {
  const listener = {
    status: null,
    QueryInterface: ChromeUtils.generateQI(["nsIMsgCopyServiceListener"]),
    onStartCopy() {},
    onProgress() {},
    setMessageKey() {},
    getMessageId() {
      return null;
    },
    onStopCopy(status) {
      listener.status = status;
    },
  };
  return listener;
};
const hostOf = server => server.hostname ?? server.hostName;
const flagNames = {
  Inbox: F.Inbox, Sent: F.SentMail, Drafts: F.Drafts, Templates: F.Templates, Archive: F.Archive, Junk: F.Junk,
  Trash: F.Trash, Queue: F.Queue, Virtual: F.Virtual, NoSelect: F.ImapNoselect,
};
const flagsOf = folder => Object.keys(flagNames).filter(name => folder.getFlag(flagNames[name]));
const inboxOf = server => server.rootMsgFolder.getFolderWithFlags(F.Inbox);
// Writes a message into a folder as "Save to Sent" does; resolves with the hex status.
const putMessage = async (folder, text, messageFlags) => {
  const file = Services.dirsvc.get("TmpD", Ci.nsIFile);
  file.append("lab-message.eml");
  file.createUnique(0, 0o600);
  await IOUtils.writeUTF8(file.path, text);
  const listener = copyListener();
  MailServices.copy.copyFileMessage(file, folder, null, true, messageFlags, "", listener, null);
  await until(() => listener.status !== null, 20000);
  await IOUtils.remove(file.path);
  return hex(listener.status);
};
