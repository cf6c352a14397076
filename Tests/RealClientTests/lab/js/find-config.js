// What the client's own account set-up finds for an address, without guessing. args: [address, authority (base64)].
// Returns {source, displayName, incoming: [...], outgoing: [...], username}, or null when nothing is found.
const [address, authority] = args;
Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB).addCertFromBase64(authority, "C,,");
const load = name => ChromeUtils.importESModule(`resource:///modules/accountcreation/${name}.sys.mjs`);
const { FindConfig } = load("FindConfig");
const { AccountConfig } = load("AccountConfig");
const search = FindConfig.parallelAutoDiscovery(address.split("@")[1], address, new AbortController().signal);
let step = await search.next();
while (!step.done) {
  step = await search.next({ acceptRedirect: false });
}
const config = step.value;
if (!config) {
  return null;
}
AccountConfig.replaceVariables(config, "Real Name", address);
const SOCKET = { 0: "plain", 2: "STARTTLS", 3: "SSL" };
const shown = server => server && [server.type, server.hostname, server.port, SOCKET[server.socketType], server.username];
return {
  source: `${config.source} ${config.subSource}`,
  displayName: config.displayName,
  domains: config.domains,
  incoming: [config.incoming, ...config.incomingAlternatives].map(shown),
  outgoing: [config.outgoing, ...config.outgoingAlternatives].map(shown),
};
