/// `hyp3-mirror-operations(7)`: for whoever installs, schedules, watches and moves archives.
enum OperationsPage {
    /// What a section says.
    private enum Part {
        case text(String)
        case lines([String])
        case item(String, String)
    }

    static var page: ManualPage {
        var page = ManualPage("hyp3-mirror-operations", section: 7, summary: "running an archive for years")
        for (title, parts) in Self.sections {
            page.section(title)
            for part in parts {
                switch part {
                case .text(let text): page.paragraphs(text)
                case .lines(let lines): page.display(lines.map { "    \($0)" })
                case .item(let term, let meaning): page.item(term, [meaning])
                }
            }
        }
        page.section("SEE ALSO")
        page.paragraphs("hyp3-mirror(1), hyp3-mirror(5), systemd.exec(5), crontab(5)")
        return page
    }

    private static let sections: [(String, [Part])] = [
        (
            "FIRST",
            [
                .text(
                    "hyp3-mirror doctor tries all that a sync needs, as the user and with the configuration that it is run "
                        + "by, and names the cures. Run it after each change of what is told below."
                ),
                .lines(["sudo -u hyp3-mirror hyp3-mirror doctor /etc/hyp3-mirror/floods.json"]),
            ]
        ),
        (
            "CRON",
            [
                .text(
                    "cron mails what is printed. With --quiet that is only what somebody should act on, and one line an "
                        + "hour while HyP3 is down. --lock-wait lets lines that start together wait for one another; several "
                        + "configurations in one call need none."
                ),
                .lines([
                    "MAILTO=archive@example.org",
                    "17 */6 * * * hyp3-mirror sync --quiet --lock-wait 1h --archive /srv/archive /etc/hyp3-mirror/*.json",
                    "47 2 * * *   hyp3-mirror verify --quiet --sample 1/30 --archive /srv/archive /etc/hyp3-mirror/*.json",
                ]),
                .text(
                    "cron has next to no environment. Keep the login in ~/.netrc of the user (chmod 600), or name a file "
                        + "with EARTHDATA_TOKEN_FILE in the crontab. HyP3 deletes products after 14 days: every six hours leaves "
                        + "room for a weekend and a repair."
                ),
            ]
        ),
        (
            "SYSTEMD",
            [
                .text(
                    "The package brings hyp3-mirror@.service and hyp3-mirror@.timer, which run as the user hyp3-mirror in a "
                        + "sandbox. The token is read from a file of root alone."
                ),
                .lines([
                    "install -m 0600 token /etc/hyp3-mirror/credentials/token",
                    "systemctl enable --now hyp3-mirror@floods.timer",
                    "systemctl edit hyp3-mirror@.service     # for an archive elsewhere: ReadWritePaths=/volume1/archive",
                    "journalctl -u hyp3-mirror@floods -p warning --since -2d",
                ]),
                .text("Programs of hooks run in the same sandbox: what they write must lie below ReadWritePaths, too."),
            ]
        ),
        (
            "SEVERAL PROJECTS",
            [
                .text(
                    "project_name may be a list, a pattern (HKH*), or left out for all jobs of the account. Each name has "
                        + "its own directory, of that name, below the archive (and below transfer_spec.target_prefix), with its "
                        + "own locks and records. A name that cannot be a directory is told, ends with 78, and wants a "
                        + "configuration of its own with a target_prefix; the others go on. sync and plan ask HyP3 which names "
                        + "there are, verify and report look into the archive."
                )
            ]
        ),
        (
            "DISKS AND NAS",
            [
                .text(
                    "Mount it before anything runs, and let a run refuse an archive whose disk is missing: --require-mount "
                        + "(archive.require_mount). A share that is gone makes calls wait; a run in which nothing moves is ended "
                        + "after ten minutes."
                ),
                .item(
                    "NFS",
                    "Mount with hard (the default), and with vers=4 for locks that hold between machines. soft "
                        + "turns an outage into failed writes. Where locks fail, --lock-dir /run/lock keeps them on this "
                        + "machine; then only this machine may write."
                ),
                .item(
                    "SMB",
                    "With nobrl, locks of the share are none: keep them on this machine with --lock-dir. Shares that "
                        + "do not tell case apart are no trouble: no two products differ by case alone."
                ),
                .item(
                    "Local disks",
                    "ext4, XFS, btrfs and ZFS keep through a power cut what was made durable. Without a journal (ext2, FAT, "
                        + "exFAT) the file system itself may take from files that were: run verify after a power cut."
                ),
                .item(
                    "Snapshots and recycle bins",
                    "Those of NetApp, ZFS, Synology and QNAP are passed over; for others "
                        + "see archive.ignore."
                ),
            ]
        ),
        (
            "USERS, GROUPS, UMASK",
            [
                .text(
                    "Files get mode 0666 and directories 0777 as the umask allows. For an archive of one user, umask 077 "
                        + "is fine. For one that a group reads and writes, give the directory to the group, set its bit, and run "
                        + "with umask 002, so that each member's files are the others' to read, verify and go on with:"
                ),
                .lines([
                    "chgrp hydrology /srv/archive && chmod 2775 /srv/archive",
                    "* * * * * umask 002; hyp3-mirror sync ...      (systemd: UMask=0002)",
                ]),
                .text(
                    "Two users may run the same project; one waits, or ends with 75. What one cannot read or write is told "
                        + "with the user, the file and its owner (74), never passed over. Each user has a login of his own; no "
                        + "credential lies in the archive. Paths may hold spaces: each is one word in the configuration, one line "
                        + "in --new-files and one argument for a hook."
                ),
            ]
        ),
        (
            "PROXIES AND CERTIFICATES",
            [
                .text(
                    "https_proxy, no_proxy and ALL_PROXY count, as with curl. A proxy that opens TLS shows certificates of "
                        + "its own: name its authority with --cacert (archive.cacert), or add it to the system's "
                        + "(update-ca-certificates). A proxy's page in place of an answer is never taken for a product, nor "
                        + "for the proof that one is absent."
                )
            ]
        ),
        (
            "BACKFILL",
            [
                .text(
                    "Only what HyP3 still has can be had. Let the plan show it, then fetch it in the hours that are free; "
                        + "what is stopped goes on from where it was."
                ),
                .lines([
                    "hyp3-mirror plan floods.json --summary",
                    "hyp3-mirror sync floods.json --limit-rate '08:00,2M 18:00,off' --max-runtime 10h --min-free 200G",
                ]),
                .text(
                    "Files that were there before hyp3-mirror are taken in by hyp3-mirror verify --adopt, checked and "
                        + "compared with HyP3 while it has them."
                ),
            ]
        ),
        (
            "HOOKS",
            [
                .text(
                    "archive.on_archived hands each product, or each job, to a program, at least once: after a kill or a "
                        + "failure again, so it must bear to be started twice for the same file. How far it has come stands in "
                        + ".hyp3-mirror/delivered.json and owed.jsonl; without them all of the archive is handed over again, as "
                        + "it is when a hook is added to an old archive. A program that fails changes nothing about the exit "
                        + "status, which is about the archive: it is told as a warning, counted in the report (hooks_failed, "
                        + "hooks_waiting) and in the metrics, and tried again by the next run. After 16 failures in a row, and "
                        + "half an hour after the fetching, the rest is left to the next run. hyp3-mirror doctor says whether "
                        + "the program can be started."
                ),
                .text(
                    "archive.on_finish gets the report of each run, but for one that a signal ended. archive.ping_url is "
                        + "told of begin, success (exit status 0) and failure (any other)."
                ),
            ]
        ),
        (
            "MOVING AN ARCHIVE",
            [
                .text(
                    "Stop the timer, copy all of it with the hidden directories, check, and change archive.directory. "
                        + "Records hold no absolute path."
                ),
                .lines([
                    "rsync -aH --info=progress2 /srv/archive/ /volume2/archive/",
                    "cd /volume2/archive/floods && sha256sum --check --quiet SHA256SUMS",
                ]),
                .text(
                    "Products may be sorted into subdirectories at any time; the next run follows them in its records."
                ),
            ]
        ),
        (
            "READING THE REPORT",
            [
                .text(
                    "hyp3-mirror report answers in five lines: complete, and as of when; the last good run; what HyP3 "
                        + "deletes soon and is not archived, and why; what was lost; how long the disk will do, and when files "
                        + "were last verified. What nobody has told is said to be unknown. --json has the lists; lost and failed "
                        + "jobs stand under resubmit, as hyp3_sdk takes them."
                )
            ]
        ),
        (
            "ALERTS",
            [
                .text("What the alerts of config/alerts.yml mean, and what to do."),
                .item(
                    "ArchiveStale",
                    "For two days no run has learned what HyP3 has: the timer is off, the login is refused, "
                        + "or HyP3 cannot be reached. Read the last run's log, run hyp3-mirror doctor."
                ),
                .item(
                    "ArchiveWithoutSuccess",
                    "Runs come to their end, and none with 0. hyp3-mirror report says which "
                        + "products are not had, and why."
                ),
                .item(
                    "ProductAboutToBeLost",
                    "HyP3 deletes products within 72 hours that are not archived. hyp3-mirror "
                        + "report names them and the reason: a full disk, a refusal, a damaged file. Cure it and run sync."
                ),
                .item(
                    "ProductsLost",
                    "HyP3 has deleted products that were not archived. They can be ordered again: "
                        + "hyp3-mirror report --json, resubmit."
                ),
                .item(
                    "DamageFound",
                    "Files are not what was archived. hyp3-mirror verify says which; with --repair they are "
                        + "put aside and fetched again while HyP3 has them, otherwise restore them from a backup. Then look at "
                        + "the disk."
                ),
                .item(
                    "NotVerified",
                    "A file was not read for 90 days. Run hyp3-mirror verify --sample 1/30 each night."
                ),
                .item(
                    "DiskFilling",
                    "At its present growth the disk is full within 14 days. Make room: a full disk keeps "
                        + "what HyP3 deletes first, and loses the rest."
                ),
                .item(
                    "TokenExpiring",
                    "The token that the last run used ends within 7 days, and runs are refused from then on. Make a new one at "
                        + "https://urs.earthdata.nasa.gov (Generate Token) and put it where the old one is."
                ),
                .item(
                    "LoginRefused",
                    "A token lives 60 days: make a new one at https://urs.earthdata.nasa.gov (Generate "
                        + "Token). With a user name and password, log in there once and agree to what it asks."
                ),
            ]
        ),
        (
            "UPGRADE",
            [
                .text(
                    "Install the new package; a run that is under way goes on. Records of an older version are read, and "
                        + "changed configurations are kept. hyp3-mirror --version names the libraries, too: those of the system "
                        + "count, and are upgraded with it."
                )
            ]
        ),
    ]
}
