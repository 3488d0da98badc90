/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of the rules that decide what goes into a container. rules[], at the end, is searched from top to bottom,
 * and the first row that fits decides. A row fits if its function returns true for the entry and one of its places
 * matches; a row may lack either condition. Rows that must always hold, about what is the container's own or secret,
 * come before those that take something. Places are paths, or patterns of fnmatch(3) in which '*' does not match a '/',
 * and each stands for everything below it, too. A place has a reason of its own if the row has none that is true for
 * all of them. */
#include "contents/rules.h"

#include <fnmatch.h>
#include <string.h>

#include "base/path.h"
#include "container/live-places.h"
#include "container/paths.h"

struct place {
	const char *path;
	const char *reason;
};

/* The container has its own. etc-files.c writes these, except for those that systemd makes at the first start. */
static const struct place written_anew[] = {
	{ "/etc/.updated", "the container's own /etc gets one" },
	{ "/etc/fstab", "the host mounts the container's file systems" },
	{ "/etc/group", "the container gets only the groups that it needs" },
	{ "/etc/gshadow", "the container gets none of the host's passwords" },
	{ "/etc/hostname", "the container has its own host name" },
	{ "/etc/hosts", "the container has its own name and addresses" },
	{ "/etc/machine-id", "the container has its own machine id" },
	{ "/etc/mtab", "the container has its own mounts" },
	{ "/etc/passwd", "the container gets only the users that it needs" },
	{ "/etc/resolv.conf", "the container's name servers depend on its network" },
	{ "/etc/shadow", "the container gets none of the host's passwords" },
	{ HOST_UNIT_DIR "/default.target", "a container always boots into multi-user.target" },
	{ "/var/.updated", "the container's own /var gets one" },
	{ "/var/lib/dbus/machine-id", "the container has its own machine id" },
	{ "/var/log/journal", "the container has its own journal" },
	{ 0 },
};

/* They describe this machine, and would be wrong in a container. */
static const struct place host_alone[] = {
	{ "/etc/.pwd.lock", "a lock file for the host's accounts" },
	{ "/etc/adjtime", "describes the host's hardware clock" },
	{ "/etc/apt", "a container installs no packages" },
	{ "/etc/binfmt.d", "a container cannot register formats of programs" },
	{ "/etc/crypttab", "a container does not see the host's disks" },
	{ "/etc/default/hwclock", "describes the host's hardware clock" },
	{ "/etc/group-", "a backup of the host's accounts" },
	{ "/etc/gshadow-", "a backup of the host's accounts" },
	{ "/etc/init.d/hwclock.sh", "sets the host's hardware clock" },
	{ "/etc/kernel", "a container installs no kernel" },
	{ "/etc/machine-info", "describes the host's machine" },
	{ "/etc/modprobe.d", "a container cannot load kernel modules" },
	{ "/etc/modules-load.d", "a container cannot load kernel modules" },
	{ "/etc/passwd-", "a backup of the host's accounts" },
	{ "/etc/rc.d/rc?.d", "which services the host starts" },
	{ "/etc/rc?.d", "which services the host starts" },
	{ "/etc/shadow-", "a backup of the host's accounts" },
	{ "/etc/subgid", "a container cannot hand out the host's ids" },
	{ "/etc/subgid-", "a container cannot hand out the host's ids" },
	{ "/etc/subuid", "a container cannot hand out the host's ids" },
	{ "/etc/subuid-", "a container cannot hand out the host's ids" },
	{ HOST_UNIT_DIR "/systemd-networkd*", "configures the host's network interfaces" },
	{ 0 },
};

static const struct place containers[] = {
	{ CONFIG_DIR, "the records of the host's containers" },
	{ CONTAINERS_DIR, "the directories of the host's containers" },
	{ STATE_DIR, "what the host has reserved for its containers" },
	{ HOST_UNIT_DIR "/*" HOST_UNIT_SUFFIX, "the host's unit for a container" },
	{ 0 },
};

static const struct place secrets[] = {
	{ "/etc/gshadow", "the host's passwords" },
	{ "/etc/gshadow-", "the host's passwords" },
	{ "/etc/krb5.keytab", "the host's Kerberos keys" },
	{ "/etc/security/opasswd", "the host's old passwords" },
	{ "/etc/security/opasswd.old", "the host's old passwords" },
	{ "/etc/shadow", "the host's passwords" },
	{ "/etc/shadow-", "the host's passwords" },
	{ "/var/lib/systemd/credential.secret", "the key to the host's systemd credentials" },
	{ "/var/lib/systemd/random-seed", "a random seed, which two systems must not share" },
	{ "/var/lib/urandom/random-seed", "a random seed, which two systems must not share" },
	{ 0 },
};

/* Data that programs in the shared /usr read, whether or not a package owns it. */
static const struct place host_data[] = {
	{ "/etc/alternatives", "links in /usr point here" },
	{ "/etc/authselect", "links in the PAM and NSS configuration point here" },
	{ "/etc/default/locale", "the host's locale" },
	{ "/etc/environment", "settings for login shells" },
	{ "/etc/gai.conf", "which addresses the resolver prefers" },
	{ "/etc/hosts.allow", "access rules of TCP wrappers" },
	{ "/etc/hosts.deny", "access rules of TCP wrappers" },
	{ "/etc/krb5.conf", "the host's Kerberos settings" },
	{ "/etc/ld.so.cache", "the dynamic linker finds libraries in /usr with it" },
	{ "/etc/locale.alias", "the host's locale" },
	{ "/etc/locale.conf", "the host's locale" },
	{ "/etc/localtime", "the host's time zone" },
	{ "/etc/login.defs", "defaults for new accounts and passwords" },
	{ "/etc/mailname", "the domain name for outgoing mail" },
	{ "/etc/nsswitch.conf", "where users and hosts are looked up" },
	{ "/etc/os-release", "names the distribution in /usr" },
	{ "/etc/pam.d", "the distribution's common PAM rules, which services include" },
	{ "/etc/pki/ca-trust/extracted", "the certificates that the host trusts" },
	{ "/etc/pki/tls/certs", "the certificates that the host trusts" },
	{ "/etc/profile", "settings for login shells" },
	{ "/etc/protocols", "the names of network protocols" },
	{ "/etc/rpc", "the names of RPC programs" },
	{ "/etc/services", "the names of ports" },
	{ "/etc/shells", "the valid login shells" },
	{ "/etc/ssl/certs", "the certificates that the host trusts" },
	{ "/etc/ssl/openssl.cnf", "settings of programs that use OpenSSL" },
	{ "/etc/timezone", "the host's time zone" },
	{ 0 },
};

/* FHS 3.0, chapter 5: programs expect them, though no package may own them. */
static const struct place system_dirs[] = {
	{ .path = "/var/local" }, { .path = "/var/mail" }, { .path = "/var/opt" }, { .path = "/var/spool/mail" }, { 0 },
};

/* crontab(5), anacron(8): each package may have jobs there, and one package runs all of them. */
static const struct place jobs[] = {
	{ .path = "/etc/cron.*" },
	{ 0 },
};

/* Only packages that run such jobs own these. */
static const struct place job_runners[] = {
	{ .path = "/etc/anacrontab" },
	{ .path = "/etc/crontab" },
	{ .path = "/usr/lib/systemd/system-generators/systemd-crontab-generator" },
	{ .path = "/var/spool/cron/crontabs" },
	{ 0 },
};

static const struct place units[] = {
	{ HOST_UNIT_DIR, "the administrator's settings for units in the container" },
	{ 0 },
};

/* Directories that all packages use, according to FHS 3.0 and the distributions' policies. Their reason is that of the
 * row. */
static const struct place common_places[] = {
	{ .path = "/etc" },
	{ .path = "/etc/NetworkManager" },
	{ .path = "/etc/NetworkManager/*" },
	{ .path = "/etc/X11" },
	{ .path = "/etc/alternatives" },
	{ .path = "/etc/apparmor.d" },
	{ .path = "/etc/apparmor.d/*" },
	{ .path = "/etc/bash_completion.d" },
	{ .path = "/etc/cron.*" },
	{ .path = "/etc/dbus-1" },
	{ .path = "/etc/dbus-1/*" },
	{ .path = "/etc/default" },
	{ .path = "/etc/dhcp" },
	{ .path = "/etc/dhcp/*" },
	{ .path = "/etc/dpkg" },
	{ .path = "/etc/dpkg/*" },
	{ .path = "/etc/firewalld" },
	{ .path = "/etc/firewalld/*" },
	{ .path = "/etc/grub.d" },
	{ .path = "/etc/init.d" },
	{ .path = "/etc/insserv.conf.d" },
	{ .path = "/etc/ld.so.conf.d" },
	{ .path = "/etc/logrotate.d" },
	{ .path = "/etc/needrestart" },
	{ .path = "/etc/needrestart/*" },
	{ .path = "/etc/network" },
	{ .path = "/etc/network/*" },
	{ .path = "/etc/opt" },
	{ .path = "/etc/pam.d" },
	{ .path = "/etc/pki" },
	{ .path = "/etc/pki/*" },
	{ .path = "/etc/pki/tls/*" },
	{ .path = "/etc/polkit-1" },
	{ .path = "/etc/polkit-1/*" },
	{ .path = "/etc/ppp" },
	{ .path = "/etc/ppp/*" },
	{ .path = "/etc/profile.d" },
	{ .path = "/etc/rc.d" },
	{ .path = "/etc/rc.d/*" },
	{ .path = "/etc/resolvconf" },
	{ .path = "/etc/resolvconf/*" },
	{ .path = "/etc/rpm" },
	{ .path = "/etc/security" },
	{ .path = "/etc/selinux" },
	{ .path = "/etc/selinux/*" },
	{ .path = "/etc/runit" },
	{ .path = "/etc/runit/*" },
	{ .path = "/etc/runit/runsvdir/*" },
	{ .path = "/etc/skel" },
	{ .path = "/etc/ssl" },
	{ .path = "/etc/ssl/certs" },
	{ .path = "/etc/ssl/private" },
	{ .path = "/etc/sudoers.d" },
	{ .path = "/etc/sv" },
	{ .path = "/etc/sysconfig" },
	{ .path = "/etc/sysctl.d" },
	{ .path = "/etc/systemd" },
	{ .path = "/etc/systemd/*" },
	{ .path = "/etc/sysusers.d" },
	{ .path = "/etc/tmpfiles.d" },
	{ .path = "/etc/udev" },
	{ .path = "/etc/udev/*" },
	{ .path = "/etc/ufw" },
	{ .path = "/etc/ufw/*" },
	{ .path = "/etc/update-motd.d" },
	{ .path = "/etc/xdg" },
	{ .path = "/etc/xdg/*" },
	{ .path = "/etc/yum.repos.d" },
	{ .path = "/var" },
	{ .path = "/var/account" },
	{ .path = "/var/backups" },
	{ .path = "/var/cache" },
	{ .path = "/var/cache/private" },
	{ .path = "/var/crash" },
	{ .path = "/var/games" },
	{ .path = "/var/lib" },
	{ .path = "/var/lib/dbus" },
	{ .path = "/var/lib/dpkg" },
	{ .path = "/var/lib/dpkg/*" },
	{ .path = "/var/lib/misc" },
	{ .path = "/var/lib/private" },
	{ .path = "/var/lib/rpm" },
	{ .path = "/var/lib/systemd" },
	{ .path = "/var/lib/systemd/*" },
	{ .path = "/var/local" },
	{ .path = "/var/lock" },
	{ .path = "/var/log" },
	{ .path = "/var/log/private" },
	{ .path = "/var/mail" },
	{ .path = "/var/opt" },
	{ .path = "/var/run" },
	{ .path = "/var/spool" },
	{ .path = "/var/spool/cron" },
	{ .path = "/var/spool/mail" },
	{ .path = "/var/tmp" },
	{ .path = "/var/yp" },
	{ 0 },
};

static bool is_wild(char c)
{
	return c == '*' || c == '?' || c == '[';
}

/* This is called most often of all, and most paths differ in their first characters. */
static bool is_place(const char *path, const char *place, bool alone)
{
	size_t same = 0;

	while (place[same] == path[same] && place[same] && !is_wild(place[same]))
		same++;
	if (place[same] == '\0')
		return path[same] == '\0' || (path[same] == '/' && !alone);
	return is_wild(place[same]) &&
	       fnmatch(place, path, FNM_PATHNAME | FNM_PERIOD | (alone ? 0 : FNM_LEADING_DIR)) == 0;
}

/* The place that matches the path, or NULL. */
static const struct place *find_place(const struct place *places, const char *path, bool alone)
{
	for (; places->path; places++)
		if (is_place(path, places->path, alone))
			return places;
	return NULL;
}

static bool in_var(const struct entry *e)
{
	return skip_prefix(e->path, "/var/");
}

/* Whether the entry belongs to the service, because only then --copy takes it. A path in /etc that a unit or a script
 * merely mentions may belong to anybody. */
static bool is_own(const struct entry *e)
{
	return e->claims & (CLAIM_ROOT | CLAIM_UNIT_DIR | CLAIM_UNIT_USER |
			    (in_var(e) ? CLAIM_NAMED | CLAIM_SCRIPT | CLAIM_LINK | CLAIM_CONFIG : 0U));
}

static bool is_written(const struct entry *e, const struct rule_context *c)
{
	return strv_find(c->written, e->path);
}

/* In a place that the container shares, it has two kinds of files of its own, if any: the certificate of a key that it
 * makes, and what the service names and only some users of the host, and so no container, can read there. */
static bool is_live(const struct entry *e, const struct rule_context *c)
{
	const struct live_place *place = live_place_of(c->live, e->path);

	if (!place || place->kind != LIVE_MERGED || !entry_is_file(e))
		return place;
	return !e->renewed && ((e->st.st_mode & S_IROTH) || !(e->claims & (CLAIM_ROOT | CLAIM_NAMED)));
}

static bool is_behind_link(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->behind_link;
}

static bool is_absent(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return !e->exists;
}

static bool is_socket_or_device(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return S_ISSOCK(e->st.st_mode) || S_ISBLK(e->st.st_mode) || S_ISCHR(e->st.st_mode);
}

/* /etc/systemd/system holds the administrator's settings for all units of the host: 'UNIT', links to it, and 'UNIT.d/'.
 * The links that enable units ('*.wants') are not copied, but written by etc-files.c. */
static bool is_of_other_unit(const struct entry *e, const struct rule_context *c)
{
	const char *rest = skip_prefix(e->path, HOST_UNIT_DIR "/");
	_cleanup_(freep) char *name = NULL;
	const char *target;

	if (!rest)
		return false;
	name = xstrndup(rest, strcspn(rest, "/"));
	if (has_suffix(name, ".d"))
		name[strlen(name) - 2] = '\0';
	if (strv_find(c->units, name))
		return false;
	if (!e->target || strchr(rest, '/'))
		return true;
	target = strrchr(e->target, '/');
	return !strv_find(c->units, target ? target + 1 : e->target);
}

/* A data directory that scripts of several packages make, and that only other packages record. What these record in it
 * stays theirs. */
static bool is_made_by_many(const struct entry *e)
{
	return e->outsider && in_var(e) && entry_is_directory(e) && e->claims & CLAIM_SCRIPT;
}

static bool is_unread(const struct entry *e, const struct rule_context *c)
{
	(void)e;
	return !c->runs_jobs;
}

static bool is_of_outsider(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->outsider && !e->removed && !is_made_by_many(e);
}

/* What it left in the service's own directories may be in use. */
static bool is_of_removed(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->removed && !e->claims;
}

static bool is_elsewhere(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->other_dir && !is_made_by_many(e) && !find_place(common_places, e->other_dir, true);
}

static bool is_mentioned(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return !e->package && !e->target && e->claims & (CLAIM_NAMED | CLAIM_SCRIPT | CLAIM_LINK | CLAIM_CONFIG);
}

static bool is_secret(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->secret;
}

static bool is_keytab(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->keytab;
}

static bool is_new_key(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->key_command || e->certificate;
}

static bool is_ssh_key(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->ssh_key;
}

static bool is_key_of_others(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->key && !is_own(e);
}

static bool is_key_without_copy(const struct entry *e, const struct rule_context *c)
{
	return e->key && !c->copy_keys;
}

/* Such a file probably holds a secret, and nothing says that this service should have it. */
static bool is_closed_of_others(const struct entry *e, const struct rule_context *c)
{
	static const unsigned int own = CLAIM_ROOT | CLAIM_UNIT_DIR | CLAIM_UNIT_USER | CLAIM_NAMED | CLAIM_SCRIPT;

	(void)c;
	return e->closed && !(e->claims & own);
}

/* A password in what all programs of /usr may read is one of another service, unless the service's own files include
 * it. */
static bool is_password_of_others(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->password && !e->mentioned && !(e->claims & (CLAIM_ROOT | CLAIM_NAMED));
}

/* Editors, package managers and version control leave old versions of files in /etc, some of them with old passwords.
 * Services do not read these, unless something names them. */
static bool is_backup(const struct entry *e, const struct rule_context *c)
{
	static const char *const names[] = {
		"*~",	      "#*#",	     "*.bak",	   "*.old",	 "*.orig",     "*.save",   "*.sw[op]",
		"*.dpkg-bak", "*.dpkg-dist", "*.dpkg-new", "*.dpkg-old", "*.dpkg-tmp", "*.rpmnew", "*.rpmorig",
		"*.rpmsave",  "*.ucf-dist",  "*.ucf-new",  "*.ucf-old",	 ".bzr",       ".git",	   ".hg",
		".jj",	      ".svn",	     "CVS",	   "RCS",	 "_darcs",
	};
	const char *name = strrchr(e->path, '/') + 1;

	(void)c;
	if (!skip_prefix(e->path, "/etc/") || e->package || e->mentioned || e->claims & CLAIM_NAMED)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (fnmatch(names[i], name, 0) == 0)
			return true;
	return false;
}

static bool is_dangling(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->dangling;
}

static bool is_link(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->target;
}

/* If the container does not have the directory, complete.c makes an empty one of the link. */
static bool is_link_to_state(const struct entry *e, const struct rule_context *c)
{
	return e->to_directory && e->target && !c->copy_var;
}

static bool is_state_without_copy(const struct entry *e, const struct rule_context *c)
{
	return in_var(e) && !c->copy_var;
}

static bool is_unit_directory(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->claims & CLAIM_UNIT_DIR;
}

static bool is_user_directory(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->claims & CLAIM_UNIT_USER;
}

/* A unit may declare a common place as its own. */
static bool is_common(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return entry_is_directory(e) && !(e->claims & (CLAIM_UNIT_DIR | CLAIM_UNIT_USER));
}

static bool is_directory(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return entry_is_directory(e);
}

static bool is_state_of_others(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return in_var(e) && !is_own(e);
}

static bool is_recorded_file(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->package && !entry_is_directory(e);
}

static bool is_of_root(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->claims & CLAIM_ROOT;
}

static bool is_named(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->claims & CLAIM_NAMED;
}

static bool is_scripted(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->claims & CLAIM_SCRIPT;
}

/* A file in a data directory that all packages use, such as a log, may be anybody's. */
static bool is_configured(const struct entry *e, const struct rule_context *c)
{
	_cleanup_(freep) char *dir = path_parent(e->path);

	(void)c;
	return e->claims & CLAIM_CONFIG &&
	       (!in_var(e) || entry_is_directory(e) || !find_place(common_places, dir, true));
}

static bool is_linked(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->claims & CLAIM_LINK;
}

static bool is_shared(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->shared && entry_is_directory(e);
}

static bool is_of_closure(const struct entry *e, const struct rule_context *c)
{
	(void)c;
	return e->package || e->claims & CLAIM_CLOSURE;
}

enum {
	LOOK = 1 << PLACE_LOOK,
	DATA = 1 << PLACE_DATA,
	SECRET = 1 << PLACE_SECRET,
	INSIDE = 1 << 8, /* the container has its own file there */
	LIVE = 1 << 9,	 /* the container has the host's file there */
	ALONE = 1 << 10, /* the places match only themselves, not what is below them */
};

static const struct rule {
	const char *name;
	enum action action;
	bool (*fits)(const struct entry *e, const struct rule_context *c);
	const struct place *places;
	unsigned int flags;
	const char *reason;
} rules[] = {
	/* The container has it already, or has its own, or cannot have it. */
	{ "live", ACTION_LEAVE, is_live, NULL, LIVE, "the container sees the host's" },
	{ "written-anew", ACTION_LEAVE, NULL, written_anew, INSIDE, NULL },
	{ "written-anew", ACTION_LEAVE, is_written, NULL, INSIDE, "create writes the service's unit file here" },
	{ "host-alone", ACTION_LEAVE, NULL, host_alone, 0, NULL },
	{ "containers", ACTION_LEAVE, NULL, containers, 0, NULL },
	{ "behind-link", ACTION_LEAVE, is_behind_link, NULL, 0,
	  "a directory above it is a symbolic link, which is not followed" },
	{ "absent", ACTION_LEAVE, is_absent, NULL, 0, "a package owns it, but it does not exist on the host" },
	{ "socket-or-device", ACTION_LEAVE, is_socket_or_device, NULL, 0,
	  "sockets and devices are made by the programs that need them" },

	/* It belongs to something else. */
	{ "other-unit", ACTION_LEAVE, is_of_other_unit, NULL, 0,
	  "belongs to a unit that does not run in the container" },
	{ "other-package", ACTION_LEAVE, is_of_outsider, NULL, 0, "owned by a package that the service does not need" },
	{ "other-package", ACTION_LEAVE, is_of_removed, NULL, 0,
	  "configuration of a package that is not installed any more" },
	{ "other-directory", ACTION_LEAVE, is_elsewhere, NULL, 0,
	  "the service names it, but it is in another package's directory" },
	{ "common-place", ACTION_LEAVE, is_mentioned, common_places, ALONE,
	  "the service names this directory, but it is one that all packages use" },

	{ "unread", ACTION_LEAVE, is_unread, jobs, 0, "nothing in the container runs jobs at times" },

	/* It must not leave the host. */
	{ "secret", ACTION_LEAVE, NULL, secrets, SECRET, NULL },
	{ "secret", ACTION_LEAVE, is_secret, NULL, 0,
	  "a hard link to a file with the host's secrets, or a copy of them" },
	{ "secret", ACTION_LEAVE, is_keytab, NULL, 0, "a Kerberos keytab, which identifies this host" },
	{ "new-key", ACTION_LEAVE, is_new_key, NULL, INSIDE, "the container makes its own key at its first start" },
	{ "host-key", ACTION_LEAVE, is_ssh_key, NULL, 0, "part of an SSH host key, which identifies this host" },
	{ "private-key", ACTION_LEAVE, is_key_of_others, NULL, 0, "a private key that does not belong to the service" },
	{ "key-without-copy", ACTION_LEAVE, is_key_without_copy, NULL, 0,
	  "a private key of the service, which is copied only with --copy" },
	{ "closed", ACTION_LEAVE, is_closed_of_others, NULL, 0,
	  "not all users of the host can read it, and it does not belong to the service" },
	{ "password", ACTION_LEAVE, is_password_of_others, NULL, 0,
	  "has a password in it, and no file of the service includes it" },
	{ "backup", ACTION_LEAVE, is_backup, NULL, 0, "a backup, or a directory of version control" },

	{ "dangling-link", ACTION_LEAVE, is_dangling, NULL, 0,
	  "a symbolic link to something that the container does not have" },

	/* Data of the host that programs in /usr need. */
	{ "host-data", ACTION_TAKE, NULL, host_data, LOOK | DATA, NULL },
	{ "unit", ACTION_TAKE, NULL, units, LOOK, NULL },

	/* What belongs to the service, from the strongest claim to the weakest. In /var this is data. */
	{ "common-place", ACTION_MAKE, is_common, common_places, ALONE,
	  "all packages use this directory, so only what the service needs in it is copied" },
	{ "common-place", ACTION_TAKE, is_link, system_dirs, LOOK | ALONE, "every system has it" },
	{ "state-without-copy", ACTION_TAKE, is_link_to_state, NULL, 0,
	  "a symbolic link to a directory that the container has" },
	{ "state-without-copy", ACTION_MAKE, is_state_without_copy, NULL, 0,
	  "without --copy, directories in /var are created empty" },
	{ "unit-directory", ACTION_TAKE, is_unit_directory, NULL, 0,
	  "the unit claims it with a setting such as StateDirectory=" },
	{ "unit-user", ACTION_TAKE, is_user_directory, NULL, 0,
	  "the user that the unit runs as owns it, or a directory above it, or only users of the service may read it" },
	{ "other-state", ACTION_MAKE, is_state_of_others, NULL, 0, "data of a package that is not the service's own" },
	{ "package-file", ACTION_TAKE, is_recorded_file, NULL, 0, "owned by a package that the service needs" },
	{ "service-directory", ACTION_TAKE, is_of_root, NULL, 0,
	  "the service's own packages own it, or a directory above it" },
	{ "unit-names-it", ACTION_TAKE, is_named, NULL, 0, "the unit names it, or a directory above it" },
	{ "script-names-it", ACTION_TAKE, is_scripted, NULL, 0,
	  "a script of the service's own packages names it, or a directory above it" },
	{ "configuration-names-it", ACTION_TAKE, is_configured, NULL, 0,
	  "configuration of the service names it, or a directory above it" },
	{ "link-leads-to-it", ACTION_TAKE, is_linked, NULL, 0,
	  "a symbolic link of the service leads to it, or to a directory above it" },
	{ "shared-directory", ACTION_MAKE, is_shared, NULL, 0,
	  "shared with packages that the service does not need, so only package files in it are copied" },
	{ "package-directory", ACTION_TAKE, is_of_closure, NULL, 0,
	  "only packages that the service needs own it, or a directory above it" },
	{ "parent", ACTION_MAKE, is_directory, NULL, 0, "something below it is copied" },
	{ "unclaimed", ACTION_LEAVE, NULL, NULL, 0, "nothing says that the service needs it" },
};

struct verdict rules_decide(const struct entry *e, const struct rule_context *context)
{
	const struct rule *rule = rules;
	const struct place *place = NULL;

	for (;; rule++) { /* the last row always fits */
		if (rule->fits && !rule->fits(e, context))
			continue;
		place = rule->places ? find_place(rule->places, e->path, rule->flags & ALONE) : NULL;
		if (place || !rule->places)
			break;
	}
	return (struct verdict){
		.action = rule->action == ACTION_MAKE && !entry_is_directory(e) ? ACTION_LEAVE : rule->action,
		.rule = rule->name,
		.reason = rule->reason ? rule->reason : place->reason,
		.inside = rule->flags & (INSIDE | LIVE),
		.live = rule->flags & LIVE,
		.claims = rule->flags & LOOK ? 0
			  : e->claims	     ? e->claims
					     : CLAIM_CLOSURE,
	};
}

bool rules_is_common(const char *path)
{
	return find_place(common_places, path, true);
}

bool rules_is_job(const char *path)
{
	return find_place(jobs, path, false);
}

bool rules_runs_jobs(const char *path)
{
	return find_place(job_runners, path, false);
}

const char *rules_place(enum place_use use, size_t i)
{
	for (size_t k = 0; k < ARRAY_SIZE(rules); k++)
		if (rules[k].flags & (1U << use))
			for (const struct place *p = rules[k].places; p->path; p++)
				if (i-- == 0)
					return p->path;
	return NULL;
}

bool rules_is_place(enum place_use use, const char *path)
{
	for (size_t k = 0; k < ARRAY_SIZE(rules); k++)
		if (rules[k].flags & (1U << use) && find_place(rules[k].places, path, false))
			return true;
	return false;
}
