// Puts a message into the Sent folder of an identity, as sending does. args: identity key, Message-ID.
const [key, messageId] = args;
const identity = MailServices.accounts.getIdentity(key);
const uri = identity.fccFolderURI || identity.fccFolder;
const folder = MailUtils.getExistingFolder(uri);
if (!folder) {
  return { uri, status: "unresolved" };
}
const text = [
  `From: ${identity.email}`, "To: somebody@other.test", "Subject: sent in the laboratory", `Date: ${new Date().toUTCString()}`,
  `Message-ID: ${messageId}`, "MIME-Version: 1.0", "Content-Type: text/plain; charset=UTF-8", "", "Sent text", "",
].join("\r\n");
return { uri, status: await putMessage(folder, text, Ci.nsMsgMessageFlags.Read) };
