// Sends a message by an identity's own outgoing server, as the composition window does. args: identity key, subject.
const [key, subject] = args;
const identity = MailServices.accounts.getIdentity(key);
const fields = Cc["@mozilla.org/messengercompose/composefields;1"].createInstance(Ci.nsIMsgCompFields);
fields.from = identity.email;
fields.to = "somebody@other.test";
fields.subject = subject;
const listener = {
  status: null,
  QueryInterface: ChromeUtils.generateQI(["nsIMsgSendListener", "nsIMsgCopyServiceListener"]),
  onStartSending() {},
  onProgress() {},
  onSendProgress() {},
  onStatus() {},
  onStopSending(id, status) {
    listener.status = status;
  },
  onTransportSecurityError() {},
  onSendNotPerformed() {},
  onGetDraftFolderURI() {},
};
const send = Cc["@mozilla.org/messengercompose/send;1"].createInstance(Ci.nsIMsgSend);
// It fails as a promise, too, where there is nobody to tell.
send.createAndSendMessage(
  null, identity, "", fields, false, false, Ci.nsIMsgSend.nsMsgDeliverNow, null, "text/plain", "Sent text\r\n", null, null,
  listener, "", null, Ci.nsIMsgCompType.New
)?.catch?.(() => {});
await until(() => listener.status !== null, 40000);
return hex(listener.status);
