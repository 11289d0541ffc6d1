//! The commands of the operators' documentation, run with an `aws` that records its calls.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, Output},
};

const OPERATING: &str = include_str!("../../../docs/operating.md");
const PROVISIONING: &str = include_str!("../../../docs/provisioning.md");

/// The output of `aws`. The first time, a table is `CREATING`.
const AWS: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo "$*" >> "$here/calls"
if [ -f "$here/fails" ] && grep -qxF "$*" "$here/fails"; then exit 254; fi
case "$*" in
  *describe-stacks*) cat "$here/status" 2>/dev/null || echo ROLLBACK_COMPLETE ;;
  *describe-stack-resource\ *) echo "$*" | sed 's/.*--logical-resource-id \([A-Za-z]*\).*/stack-\1-X/' ;;
  *list-stack-resources*Table*) printf 'stack-Companies-X\tstack-Accounts-X\n' ;;
  *list-stack-resources*UserPool*) echo eu-west-1_X ;;
  *list-stack-resources*Bucket*) echo stack-bucket ;;
  *create-backup*) echo arn:backup ;;
  *describe-backup*) echo AVAILABLE ;;
  *describe-table*) [ "$(grep -cxF "$*" "$here/calls")" -gt 1 ] && echo ACTIVE || echo CREATING ;;
  *admin-create-user*) echo 8f0c6a52 ;;
esac
"#;

struct Terminal(PathBuf);

impl Terminal {
    /// A folder with the program, and a `sleep` that doesn't wait.
    fn open(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("steps-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        for (program, text) in [("aws", AWS), ("sleep", "#!/bin/sh\n")] {
            let path = folder.join(program);
            fs::write(&path, text).expect("a file");
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a program");
        }
        Self(folder)
    }

    /// Makes one specific call fail.
    fn fails(self, call: &str) -> Self {
        fs::write(self.0.join("fails"), format!("{call}\n")).expect("a file");
        self
    }

    /// Runs the block of the document that contains this text.
    fn run(&self, document: &str, holding: &str) -> Output {
        let mut blocks = document.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
        let block = blocks.find(|block| block.contains(holding)).expect("a block");
        let path = format!("{}:/usr/bin:/bin", self.0.display());
        Command::new("bash").arg("-c").arg(block).env("PATH", path).output().expect("bash")
    }

    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.0.join("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }

    fn count(&self, call: &str) -> usize {
        self.calls().iter().filter(|made| made.contains(call)).count()
    }
}

#[test]
fn an_invitation_is_sent_by_email() {
    let terminal = Terminal::open("invitation");
    let output = terminal.run(PROVISIONING, "admin-create-user");
    assert!(output.status.success() && output.stdout == b"8f0c6a52\n", "{output:?}");
    let [call] = terminal.calls().try_into().expect("one call");
    assert!(call.contains("--desired-delivery-mediums EMAIL "), "{call}");
    assert!(call.contains("Name=email_verified,Value=true"), "{call}");
}

#[test]
fn restoring_waits_for_every_table() {
    let terminal = Terminal::open("restore");
    let output = terminal.run(OPERATING, "restore-table-to-point-in-time");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(terminal.count("restore-table-to-point-in-time"), 7);
    assert_eq!(terminal.count("describe-table --table-name restored-"), 14);
}

#[test]
fn restoring_stops_at_the_first_error() {
    let call = "dynamodb restore-table-to-point-in-time --restore-date-time 2027-01-31T09:30:00Z \
                --source-table-name stack-AccountLookups-X --target-table-name restored-AccountLookups";
    let terminal = Terminal::open("restore-fails").fails(call);
    let output = terminal.run(OPERATING, "restore-table-to-point-in-time");
    assert!(!output.status.success(), "{output:?}");
    assert_eq!(terminal.calls().last().map(String::as_str), Some(call));
}

/// A table that can't be backed up isn't deleted, and neither is any table after it.
#[test]
fn renaming_deletes_nothing_after_an_error() {
    for (name, call, deleted) in [
        (
            "backup",
            "dynamodb create-backup --table-name restored-Accounts --backup-name after-restore \
          --query BackupDetails.BackupArn --output text",
            1,
        ),
        (
            "wait",
            "dynamodb describe-backup --backup-arn arn:backup \
          --query BackupDescription.BackupDetails.BackupStatus --output text",
            0,
        ),
        (
            "restore",
            "dynamodb restore-table-from-backup --target-table-name stack-Companies-X --backup-arn arn:backup",
            1,
        ),
    ] {
        let terminal = Terminal::open(&format!("rename-{name}")).fails(call);
        let output = terminal.run(OPERATING, "restore-table-from-backup");
        assert!(!output.status.success(), "{output:?}");
        assert_eq!(terminal.calls().last().map(String::as_str), Some(call));
        assert_eq!(terminal.count("delete-table"), deleted, "{name}");
    }
}

#[test]
fn renamed_tables_are_protected_again() {
    let terminal = Terminal::open("rename");
    let output = terminal.run(OPERATING, "restore-table-from-backup");
    assert!(output.status.success(), "{output:?}");
    for call in
        ["create-backup", "delete-table", "update-continuous-backups", " --deletion-protection-enabled"]
    {
        assert_eq!(terminal.count(call), 7, "{call}");
    }
}

#[test]
fn only_a_failed_first_deployment_is_cleaned_up() {
    let terminal = Terminal::open("leftovers");
    let output = terminal.run(OPERATING, "ROLLBACK_COMPLETE ]");
    assert!(output.status.success(), "{output:?}");
    for (call, count) in
        [("delete-table", 2), ("delete-user-pool", 1), ("delete-bucket", 1), ("delete-stack", 1)]
    {
        assert_eq!(terminal.count(call), count, "{call}");
    }
    for status in ["UPDATE_ROLLBACK_COMPLETE", "CREATE_COMPLETE", "UPDATE_COMPLETE"] {
        let terminal = Terminal::open("leftovers-of-a-good-stack");
        fs::write(terminal.0.join("status"), status).expect("a file");
        assert!(!terminal.run(OPERATING, "ROLLBACK_COMPLETE ]").status.success());
        assert_eq!(terminal.calls().len(), 1, "{:?}", terminal.calls());
    }
}
