// Turns on the folder pane's Unified Folders view, as its menu does.
const pane = await until(() => {
  const window = Services.wm.getMostRecentWindow("mail:3pane");
  return window?.document.getElementById("tabmail")?.currentAbout3Pane?.folderPane;
});
if (pane) {
  pane.activeModes = ["all", "smart"];
}
await sleep(1000);
MailServices.accounts.saveVirtualFolders();
MailServices.accounts.saveAccountInfo();
Services.prefs.savePrefFile(null);
return { pane: !!pane, server: MailServices.accounts.findServer("nobody", "smart mailboxes", "none")?.key ?? null };
