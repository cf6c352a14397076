// Makes one account through the client's own account creation code. args: see lab/recipes.py, class Account, plus the
// CA certificate (base64) and the password.
const [options] = args;
const { AccountConfig } = ChromeUtils.importESModule("resource:///modules/accountcreation/AccountConfig.sys.mjs");
const { CreateInBackend } = ChromeUtils.importESModule("resource:///modules/accountcreation/CreateInBackend.sys.mjs");

const trustAuthority = () => {
  const database = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
  database.addCertFromBase64(options.authority, "C,,");
};

const createMailAccount = async () => {
  const config = new AccountConfig();
  Object.assign(config.incoming, {
    type: options.type, hostname: options.host, port: options.port, socketType: options.socketType, auth: 3,
    username: options.user, password: options.password, loginAtStartup: true, checkInterval: 10,
    leaveMessagesOnServer: options.leaveOnServer, deleteOnServerWhenLocalDelete: options.leaveOnServer,
    daysToLeaveMessagesOnServer: 14, deleteByAgeFromServer: false, downloadOnBiff: true,
  });
  Object.assign(config.outgoing, {
    type: "smtp", hostname: "smtp.lab.test", port: 587, socketType: 2, auth: 3, username: options.user,
    password: options.password, addThisServer: true,
  });
  config.identity.realname = options.realName;
  config.identity.emailAddress = options.address;
  config.rememberPassword = true;
  config.displayName = options.name;
  const account = await CreateInBackend.createAccountInBackend(config);
  account.incomingServer.password = options.password;
  account.incomingServer.prettyName = options.name;
  return account;
};

const createFeeds = () => {
  const { FeedUtils } = ChromeUtils.importESModule("resource:///modules/FeedUtils.sys.mjs");
  return FeedUtils.createRssAccount(options.name);
};

const createNews = () => {
  const server = MailServices.accounts.createIncomingServer(null, options.host, "nntp");
  server.prettyName = options.name;
  server.port = 119;
  const account = MailServices.accounts.createAccount();
  account.incomingServer = server;
  const identity = MailServices.accounts.createIdentity();
  identity.fullName = options.realName;
  identity.email = options.address;
  account.addIdentity(identity);
  return account;
};

trustAuthority();
if (options.maildir) {
  Services.prefs.setCharPref("mail.serverDefaultStoreContractID", "@mozilla.org/msgstore/maildirstore;1");
}
const create = { pop3: createMailAccount, imap: createMailAccount, rss: createFeeds, nntp: createNews }[options.type];
const account = await create();
const server = account.incomingServer;
if (options.deferredTo) {
  const pop = server.QueryInterface(Ci.nsIPop3IncomingServer);
  pop.deferredToAccount = options.deferredTo == "local"
    ? MailServices.accounts.findAccountForServer(MailServices.accounts.localFoldersServer).key
    : options.deferredTo;
  pop.deferGetNewMail = true;
}
MailServices.accounts.saveAccountInfo();
Services.prefs.savePrefFile(null);
return { account: account.key, server: server.key, uri: server.serverURI, identity: account.defaultIdentity?.key ?? null };
