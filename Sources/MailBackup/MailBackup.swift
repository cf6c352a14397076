/// Copies of local mail in formats that any program reads, with a manifest of what they hold.
public enum MailBackup {}
