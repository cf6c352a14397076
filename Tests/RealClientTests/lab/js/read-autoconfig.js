// What Thunderbird reads out of autoconfig files, by the code that its account set-up runs. args: the files' bytes in base64, a
// mail address, a person's name, whether they come from the disk. One object per file: `error` where the whole file is refused.
const [files, email, name, fromDisk] = args;
const { readFromXML } = ChromeUtils.importESModule("resource:///modules/accountcreation/readFromXML.sys.mjs");
const { AccountConfig } = ChromeUtils.importESModule("resource:///modules/accountcreation/AccountConfig.sys.mjs");
const { JXON } = ChromeUtils.importESModule("resource:///modules/JXON.sys.mjs");
const nameIn = table => value => Object.keys(table).find(key => table[key] === value) ?? value;
const socketName = nameIn(Ci.nsMsgSocketType);
const authName = nameIn(Ci.nsMsgAuthMethod);
const shown = server => ({
  type: server.type, hostname: server.hostname, port: server.port, socketType: socketName(server.socketType),
  auth: authName(server.auth), username: server.username,
});
const text = error => String(error?.message || error);
// FetchHTTP takes XMLHttpRequest's responseXML, which heeds the declared encoding; FetchConfig reads a file of the installation's
// isp directory as UTF-8.
const parse = bytes => fromDisk
  ? new DOMParser().parseFromString(new TextDecoder("utf-8", { fatal: true }).decode(bytes), "text/xml")
  : new DOMParser().parseFromBuffer(bytes, "text/xml");
const read = base64 => {
  try {
    const config = readFromXML(JXON.build(parse(Uint8Array.from(atob(base64), c => c.charCodeAt(0)))), fromDisk ? "disk" : "isp");
    const patterns = [config.incoming, ...config.incomingAlternatives].map(server => server.username);
    AccountConfig.replaceVariables(config, name, email);
    const incoming = [config.incoming, ...config.incomingAlternatives].map(shown);
    incoming.forEach((server, index) => { server.usernamePattern = patterns[index]; });
    return {
      id: config.id, displayName: config.displayName, domains: config.domains, incoming,
      outgoing: [config.outgoing, ...config.outgoingAlternatives].map(shown),
    };
  } catch (error) {
    return { error: text(error) };
  }
};
return files.map(read);
