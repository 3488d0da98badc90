/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See layout.h. The order of the rows in rules[] is the order in which they are asked; the first that matches
 * decides. */
#include "contents/rules.h"

#include <fnmatch.h>
#include <string.h>

#include "container/paths.h"

#define UNIT_DIR "/etc/systemd/system"

/* fnmatch(3) patterns in which '*' does not cross a '/'. Most are plain paths, and most paths differ early. */
static bool matches_any(const char *path, const char *const *patterns)
{
	for (; *patterns; patterns++) {
		size_t plain = strcspn(*patterns, "*?[");

		if (strncmp(*patterns, path, plain) != 0)
			continue;
		if ((*patterns)[plain] == '\0' ? path[plain] == '\0'
					       : fnmatch(*patterns, path, FNM_PATHNAME | FNM_PERIOD) == 0)
			return true;
	}
	return false;
}

bool layout_common(const char *path)
{
	static const char *const patterns[] = {
		"/etc",
		"/etc/opt",
		"/var",
		"/var/lib",
		"/var/log",
		"/var/cache",
		"/var/spool",
		"/var/tmp",
		"/var/opt",
		"/var/local",
		"/var/mail",
		"/var/spool/mail",
		"/var/spool/cron",
		"/var/backups",
		"/var/lib/misc",
		"/var/crash",
		"/var/games",
		"/var/account",
		"/var/yp",
		"/var/run",
		"/var/lock",
		"/etc/default",
		"/etc/sysconfig",
		"/etc/init.d",
		"/etc/rc.d",
		"/etc/rc.d/*",
		"/etc/rc?.d",
		"/etc/cron.*",
		"/etc/logrotate.d",
		"/etc/pam.d",
		"/etc/profile.d",
		"/etc/skel",
		"/etc/bash_completion.d",
		"/etc/ssl",
		"/etc/ssl/certs",
		"/etc/ssl/private",
		"/etc/pki",
		"/etc/pki/*",
		"/etc/pki/tls/*",
		"/etc/alternatives",
		"/etc/security",
		"/etc/ld.so.conf.d",
		"/etc/modprobe.d",
		"/etc/modules-load.d",
		"/etc/sysctl.d",
		"/etc/tmpfiles.d",
		"/etc/sysusers.d",
		"/etc/udev",
		"/etc/udev/*",
		"/etc/dbus-1",
		"/etc/dbus-1/*",
		"/etc/systemd",
		"/etc/systemd/*",
		"/etc/apt",
		"/etc/apt/*",
		"/etc/yum.repos.d",
		"/etc/dpkg",
		"/etc/dpkg/*",
		"/etc/rpm",
		"/etc/X11",
		"/etc/xdg",
		"/etc/xdg/*",
		"/etc/network",
		"/etc/network/*",
		"/etc/NetworkManager",
		"/etc/NetworkManager/*",
		"/etc/sudoers.d",
		"/etc/polkit-1",
		"/etc/polkit-1/*",
		"/etc/apparmor.d",
		"/etc/apparmor.d/*",
		"/etc/selinux",
		"/etc/selinux/*",
		"/etc/ufw",
		"/etc/ufw/*",
		"/etc/firewalld",
		"/etc/firewalld/*",
		"/etc/kernel",
		"/etc/kernel/*",
		"/etc/grub.d",
		"/etc/update-motd.d",
		"/etc/insserv.conf.d",
		"/etc/ppp",
		"/etc/ppp/*",
		"/etc/dhcp",
		"/etc/dhcp/*",
		"/etc/resolvconf",
		"/etc/resolvconf/*",
		"/etc/needrestart",
		"/etc/needrestart/*",
		"/var/lib/systemd",
		"/var/lib/systemd/*",
		"/var/lib/dpkg",
		"/var/lib/dpkg/*",
		"/var/lib/rpm",
		"/var/lib/dbus",
		NULL,
	};

	return matches_any(path, patterns);
}

bool layout_generated(const char *path)
{
	static const char *const patterns[] = {
		"/etc/machine-id",
		"/etc/hostname",
		"/etc/hosts",
		"/etc/resolv.conf",
		"/etc/fstab",
		"/etc/passwd",
		"/etc/group",
		"/etc/shadow",
		"/etc/gshadow",
		"/etc/passwd-",
		"/etc/group-",
		"/etc/shadow-",
		"/etc/gshadow-",
		"/etc/subuid",
		"/etc/subgid",
		"/etc/subuid-",
		"/etc/subgid-",
		"/etc/.pwd.lock",
		"/etc/.updated",
		"/var/.updated",
		"/etc/machine-info",
		"/etc/mtab",
		"/etc/crypttab",
		"/etc/systemd/system/default.target",
		"/var/lib/dbus/machine-id",
		"/var/log/journal",
		CONFIG_DIR,
		CONTAINERS_DIR,
		STATE_DIR,
		/* The container's interfaces are not the host's: whether networkd runs there is its own matter. */
		"/etc/systemd/system/systemd-networkd*",
		"/etc/systemd/system/systemd-networkd*/*",
		NULL,
	};

	return matches_any(path, patterns);
}

/* Data that no package owns and that programs in the shared /usr read. */
static const struct {
	const char *place; /* a file, or a directory taken with all below */
	const char *reason;
} borrowed[] = {
	{ "/etc/alternatives", "links in /usr point here" },
	{ "/etc/authselect", "the PAM and NSS links point here" },
	{ "/etc/gai.conf", "which addresses are preferred" },
	{ "/etc/hosts.allow", "who may reach services that ask" },
	{ "/etc/hosts.deny", "who may reach services that ask" },
	{ "/etc/krb5.conf", "the Kerberos realm" },
	{ "/etc/ld.so.cache", "the dynamic linker finds the libraries of /usr with it" },
	{ "/etc/locale.conf", "the host's language" },
	{ "/etc/default/locale", "the host's language" },
	{ "/etc/locale.alias", "the host's language" },
	{ "/etc/localtime", "the host's time zone" },
	{ "/etc/login.defs", "how accounts and passwords are made" },
	{ "/etc/mailname", "the name that mail is sent with" },
	{ "/etc/timezone", "the host's time zone" },
	{ "/etc/nsswitch.conf", "where names are looked up" },
	{ "/etc/os-release", "what system /usr is" },
	{ "/etc/pam.d", "the distribution's common PAM rules, which services include" },
	{ "/etc/pki/ca-trust/extracted", "the certificates that the host trusts" },
	{ "/etc/profile", "the settings of login shells" },
	{ "/etc/protocols", "names of protocols" },
	{ "/etc/rpc", "names of protocols" },
	{ "/etc/services", "names of ports" },
	{ "/etc/shells", "which shells people may log in with" },
	{ "/etc/ssl/certs", "the certificates that the host trusts" },
	{ "/etc/ssl/openssl.cnf", "what TLS is allowed, for all libraries" },
};

const char *layout_borrowed_place(size_t i)
{
	return i < ARRAY_SIZE(borrowed) ? borrowed[i].place : NULL;
}

const char *layout_borrowed(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(borrowed); i++) {
		const char *rest = skip_prefix(path, borrowed[i].place);

		if (rest && (*rest == '\0' || *rest == '/'))
			return borrowed[i].reason;
	}
	return NULL;
}

static bool below(const char *path, const char *dir)
{
	const char *rest = skip_prefix(path, dir);

	return rest && *rest == '/';
}

static bool in_var(const struct entry *e)
{
	return below(e->path, "/var");
}

static bool rule_generated(const struct entry *e, const struct layout_options *o)
{
	return layout_generated(e->path) || strv_find(o->written, e->path);
}

static bool rule_absent(const struct entry *e, const struct layout_options *o)
{
	(void)o;
	return !e->exists;
}

static bool rule_unusable(const struct entry *e, const struct layout_options *o)
{
	(void)o;
	return S_ISSOCK(e->st.st_mode) || S_ISBLK(e->st.st_mode) || S_ISCHR(e->st.st_mode);
}

/* /etc/systemd/system holds the administrator's choices for all units of the host: 'UNIT', links to it, and 'UNIT.d/'.
 * The links that enable units ('*.wants') are written anew. */
static bool rule_other_unit(const struct entry *e, const struct layout_options *o)
{
	const char *rest = below(e->path, UNIT_DIR) ? e->path + strlen(UNIT_DIR "/") : NULL;
	_cleanup_(freep) char *name = NULL;
	const char *target;

	if (!rest)
		return false;
	name = xstrndup(rest, strcspn(rest, "/"));
	if (has_suffix(name, ".d"))
		name[strlen(name) - 2] = '\0';
	if (strv_find(o->units, name))
		return false;
	if (!e->target || strchr(rest, '/'))
		return true;
	target = strrchr(e->target, '/');
	return !strv_find(o->units, target ? target + 1 : e->target);
}

static const char *const secrets[] = {
	"/etc/shadow",
	"/etc/gshadow",
	"/etc/shadow-",
	"/etc/gshadow-",
	"/etc/security/opasswd",
	"/etc/security/opasswd.old",
	"/etc/krb5.keytab",
	"/var/lib/systemd/credential.secret",
	"/var/lib/systemd/random-seed",
	"/var/lib/urandom/random-seed",
	NULL,
};

const char *layout_secret_place(size_t i)
{
	return secrets[i];
}

static bool rule_secret(const struct entry *e, const struct layout_options *o)
{
	(void)o;
	return e->secret || matches_any(e->path, secrets);
}

static bool rule_ssh_key(const struct entry *e, const struct layout_options *o)
{
	(void)o;
	return e->ssh_key;
}

static bool rule_key(const struct entry *e, const struct layout_options *o)
{
	return e->key && !(o->copy_var && (e->of_root || e->unit_own));
}

static bool rule_dangling(const struct entry *e, const struct layout_options *o)
{
	(void)o;
	return S_ISLNK(e->st.st_mode) && !e->package && !e->link_kept;
}

static bool rule_directory(const struct entry *e, const struct layout_options *o)
{
	(void)o;
	return S_ISDIR(e->st.st_mode);
}

static bool rule_var_without_copy(const struct entry *e, const struct layout_options *o)
{
	return in_var(e) && !o->copy_var && !layout_borrowed(e->path);
}

static bool rule_var_of_others(const struct entry *e, const struct layout_options *o)
{
	(void)o;
	return in_var(e) && !e->of_root && !e->unit_own && !layout_borrowed(e->path);
}

static bool rule_link(const struct entry *e, const struct layout_options *o)
{
	(void)o;
	return S_ISLNK(e->st.st_mode);
}

static bool rule_fifo(const struct entry *e, const struct layout_options *o)
{
	(void)o;
	return S_ISFIFO(e->st.st_mode);
}

static bool rule_file(const struct entry *e, const struct layout_options *o)
{
	(void)o;
	return S_ISREG(e->st.st_mode);
}

static const struct {
	bool (*match)(const struct entry *, const struct layout_options *);
	enum action action;
	const char *reason;
} rules[] = {
	{ rule_generated, ACTION_LEAVE, "written anew for the container" },
	{ rule_absent, ACTION_LEAVE, "not on the host" },
	{ rule_unusable, ACTION_LEAVE, "a socket or a device" },
	{ rule_other_unit, ACTION_LEAVE, "of a unit that does not run inside" },
	{ rule_secret, ACTION_LEAVE, "a secret of the host" },
	{ rule_ssh_key, ACTION_LEAVE, "a key that identifies the host" },
	{ rule_key, ACTION_LEAVE, "a private key" },
	{ rule_dangling, ACTION_LEAVE, "a link to something that is left out" },
	{ rule_directory, ACTION_MAKE, "a directory" },
	{ rule_var_without_copy, ACTION_LEAVE, "content of /var, and --copy was not given" },
	{ rule_var_of_others, ACTION_LEAVE, "content of /var of a package that only supports the service" },
	{ rule_link, ACTION_LINK, "a link" },
	{ rule_fifo, ACTION_FIFO, "a fifo" },
	{ rule_file, ACTION_COPY, "a file" },
};

enum action layout_decide(const struct entry *entry, const struct layout_options *options, const char **ret_reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (!rules[i].match(entry, options))
			continue;
		*ret_reason = rules[i].reason;
		return rules[i].action;
	}
	*ret_reason = "of a kind that is not known";
	return ACTION_LEAVE;
}
