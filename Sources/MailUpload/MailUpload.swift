/// Local mail brought up to an IMAP account.
public enum MailUpload {}
