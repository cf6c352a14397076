// Asks an IMAP server for new mail until INBOX has `wanted` messages or nothing more comes; returns the count.
// args: server key, wanted.
const [key, wanted] = args;
const server = MailServices.accounts.getIncomingServer(key);
const inbox = server.rootFolder.getFolderWithFlags(F.Inbox);
for (let attempt = 0; attempt < 5 && inbox.getTotalMessages(false) < wanted; attempt++) {
  const listener = urlListener();
  server.getNewMessages(inbox, null, listener);
  await until(() => listener.status !== null, 10000);
  await until(() => inbox.getTotalMessages(false) >= wanted, 2000);
}
return inbox.getTotalMessages(false);
