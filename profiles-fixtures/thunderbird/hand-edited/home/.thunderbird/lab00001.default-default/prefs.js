// Edited by hand; see the wiki.
/*
  user_pref("mail.server.server1.type", "imap");  // tried, did not work
*/
user_pref("mail.server.server1.hostname", "pop.before.test"); user_pref("mail.server.server1.port", "110");

user_pref("calendar.timezone.local", "UTC");
user_pref("calendar.timezone.useSystemTimezone", true);
user_pref("extensions.activeThemeID", "default-theme@mozilla.org");
user_pref("mail.account.account1.identities", "id1");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.account.account2.server", "server2");
user_pref("mail.account.lastKey", 2);
user_pref("mail.accountmanager.accounts", "account1,account2");
user_pref("mail.accountmanager.defaultaccount", "account1");
user_pref("mail.accountmanager.localfoldersserver", "server2");
user_pref("mail.compose.attachment_reminder_keywords", "attached,\"angehÃ¤ngt\",C:\\mail\\file,two\nlines");
user_pref("mail.identity.default.compose_html", false);
user_pref("mail.identity.id1.archive_folder", "mailbox://alice%40lab.test@pop.lab.test/Archives");
user_pref("mail.identity.id1.archives_folder_picker_mode", "1");
user_pref("mail.identity.id1.draft_folder", "mailbox://alice%40lab.test@pop.lab.test/Drafts");
user_pref("mail.identity.id1.drafts_folder_picker_mode", "0");
user_pref("mail.identity.id1.fcc_folder", "mailbox://alice%40lab.test@pop.lab.test/Sent");
user_pref("mail.identity.id1.fcc_folder_picker_mode", "0");
user_pref("mail.identity.id1.fullName", "Lab User");
user_pref("mail.identity.id1.reply_on_top", 1);
user_pref("mail.identity.id1.smtpServer", "smtp1");
user_pref("mail.identity.id1.stationery_folder", "mailbox://alice%40lab.test@pop.lab.test/Templates");
user_pref("mail.identity.id1.tmpl_folder_picker_mode", "0");
user_pref("mail.identity.id1.useremail", "alice@lab.test");
user_pref("mail.identity.id1.valid", true);
user_pref("mail.pane_config.dynamic", 1);
user_pref("mail.root.none", "/home/lab/.thunderbird/lab00001.default-default/Mail");
user_pref("mail.root.none-rel", "[ProfD]Mail");
user_pref("mail.root.pop3", "/home/lab/.thunderbird/lab00001.default-default/Mail");
user_pref("mail.root.pop3-rel", "[ProfD]Mail");
user_pref("mail.server.server1.check_new_mail", true);
user_pref("mail.server.server1.clientid", "6f711752-1a96-42a0-9976-7a211e274791");
user_pref("mail.server.server1.delete_mail_left_on_server", true);
user_pref("mail.server.server1.directory", "/home/lab/.thunderbird/lab00001.default-default/Mail/pop.lab.test");
user_pref("mail.server.server1.directory-rel", "[ProfD]Mail/pop.lab.test");
user_pref("mail.server.server1.download_on_biff", true);
user_pref("mail.server.server1.host\x6eame"
  ,
  "pop\x2elab.test"
);
user_pref("mail.server.server1.leave_on_server", true);
user_pref("mail.server.server1.login_at_startup", true);
user_pref("mail.server.server1.moveOnSpam", true);
user_pref("mail.server.server1.name", "It's \"Lab\"; // no comment");
user_pref("mail.server.server1.nextFilterTime", 10);
user_pref("mail.server.server1.num_days_to_leave_on_server", 14);
user_pref("mail.server.server1.port", +25995); // implicit TLS
user_pref("mail.server.server1.socketType",/* TLS */ 3 );
user_pref("mail.server.server1.spamActionTargetAccount", "mailbox://alice%40lab.test@pop.lab.test");
user_pref("mail.server.server1.spamActionTargetFolder", "mailbox://alice%40lab.test@pop.lab.test/Junk");
user_pref("mail.server.server1.storeContractID", "@mozilla.org/msgstore/berkeleystore;1");
user_pref( 'mail.server.server1.type' ,	'p\u006fp3' ) ;
# the "local part" alone does not do
user_pref("mail.server.server1.userName", 'alice\x40lab.test');
user_pref("mail.server.server2.directory", "/home/lab/.thunderbird/lab00001.default-default/Mail/Local Folders");
user_pref("mail.server.server2.directory-rel", "[ProfD]Mail/Local Folders");
user_pref("mail.server.server2.hostname", "Local Folders");
user_pref("mail.server.server2.name", "Local Folders");
user_pref("mail.server.server2.nextFilterTime", 10);
user_pref("mail.server.server2.storeContractID", "@mozilla.org/msgstore/berkeleystore;1");
user_pref("mail.server.server2.type", "none");
user_pref("mail.server.server2.userName", "nobody");
user_pref("mail.smtp.defaultserver", "smtp1");
user_pref("mail.smtpserver.smtp1.authMethod", 3);
user_pref("mail.smtpserver.smtp1.description", "Lab");
user_pref("mail.smtpserver.smtp1.hostname", "smtp.lab.test");
user_pref("mail.smtpserver.smtp1.port", 587);
user_pref("mail.smtpserver.smtp1.try_ssl", 2);
user_pref("mail.smtpserver.smtp1.type", "smtp");
user_pref("mail.smtpserver.smtp1.username", "alice@lab.test");
user_pref("mail.smtpservers", "smtp1");
user_pref("mail.ui-rdf.version", 61);
user_pref("mailnews.default_sort_order", 1);
user_pref("mailnews.message_display.disable_remote_image", false);
user_pref("spellchecker.dictionary", "de-DE,en-GB");
user_pref("mailnews.tags.$label1.color", "#FF0000"); user_pref("mailnews.tags.$label1.tag", "Important"); user_pref("mailnews.tags.$label2.color", "#FF9900"); user_pref("mailnews.tags.$label2.tag", "Work"); user_pref("mailnews.tags.$label3.color", "#009900"); user_pref("mailnews.tags.$label3.tag", "Personal"); user_pref("mailnews.tags.$label4.color", "#3333FF"); user_pref("mailnews.tags.$label4.tag", "To Do"); user_pref("mailnews.tags.$label5.color", "#993399"); user_pref("mailnews.tags.$label5.tag", "Later"); user_pref("mailnews.tags.version", 2);
user_pref("mail.compose.template", "raw
	newline");
user_pref("mail.compose.latin1", "Büro");
user_pref("mail.compose.negative" , - 3);
// no line end here