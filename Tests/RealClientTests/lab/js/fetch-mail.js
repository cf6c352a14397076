// Downloads new mail of one POP account. args: server key.
const [key] = args;
const server = MailServices.accounts.getIncomingServer(key);
const inbox = inboxOf(server);
const listener = urlListener();
MailServices.pop3.GetNewMail(null, listener, inbox, server.QueryInterface(Ci.nsIPop3IncomingServer));
await until(() => listener.status !== null, 60000);
await sleep(500);
return { status: hex(listener.status), total: inbox.getTotalMessages(false), uri: inbox.URI };
