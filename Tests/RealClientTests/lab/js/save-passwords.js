// Trusts the laboratory's authority and saves passwords. args: {authority (base64), logins: [[origin, user, password]]}.
const [options] = args;
Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB).addCertFromBase64(options.authority, "C,,");
for (const [origin, user, password] of options.logins) {
  const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
  login.init(origin, null, origin, user, password, "", "");
  await Services.logins.addLoginAsync(login);
}
// The store writes its file a while later.
const file = PathUtils.join(PathUtils.profileDir, "logins.json");
for (let n = 0; n < 100; n++) {
  if (await IOUtils.exists(file) && (await IOUtils.readJSON(file)).logins.length >= options.logins.length) {
    return true;
  }
  await sleep(100);
}
throw new Error("logins.json was not written");
