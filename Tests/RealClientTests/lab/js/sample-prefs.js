// A few prefs that have nothing to do with accounts, of every type and with every escape the client writes.
Services.prefs.setStringPref("mail.compose.attachment_reminder_keywords", 'attached,"angehängt",C:\\mail\\file,two\nlines');
Services.prefs.setBoolPref("mailnews.message_display.disable_remote_image", false);
Services.prefs.setIntPref("mailnews.default_sort_order", 1);
Services.prefs.setIntPref("mail.pane_config.dynamic", 1);
Services.prefs.setStringPref("spellchecker.dictionary", "de-DE,en-GB");
Services.prefs.setBoolPref("mail.identity.default.compose_html", false);
Services.prefs.savePrefFile(null);
