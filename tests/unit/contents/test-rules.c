/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of rules: what becomes of an entry with certain facts, and by which rule. Every rule decides at least one
 * case. */
#include "lib/tap.h"

#include "contents/rules.h"

#define FILE_ .exists = true, .st.st_mode = S_IFREG | 0644
#define DIRECTORY .exists = true, .st.st_mode = S_IFDIR | 0755
#define LINK(to) .exists = true, .st.st_mode = S_IFLNK | 0777, .target = (char *)(to)
#define UNITS "/etc/systemd/system"

enum copy { NO_COPY, COPY };

static const struct {
	const char *what;
	struct entry entry;
	enum copy copy;
	enum action action;
	const char *rule;
} cases[] = {
	{ "a file of the container's own",
	  { .path = (char *)"/etc/hostname", FILE_ },
	  COPY,
	  ACTION_LEAVE,
	  "written-anew" },
	{ "even if it is secret",
	  { .path = (char *)"/etc/shadow", FILE_, .package = "base" },
	  COPY,
	  ACTION_LEAVE,
	  "written-anew" },
	{ "a directory",
	  { .path = (char *)"/var/log/journal", DIRECTORY, .package = "s" },
	  COPY,
	  ACTION_LEAVE,
	  "written-anew" },
	{ "what is in it",
	  { .path = (char *)"/var/log/journal/a/b", FILE_, .package = "s" },
	  COPY,
	  ACTION_LEAVE,
	  "written-anew" },
	{ "a unit that is brought",
	  { .path = (char *)UNITS "/x.service", LINK("/srv/x.service") },
	  COPY,
	  ACTION_LEAVE,
	  "written-anew" },
	{ "a backup", { .path = (char *)"/etc/shadow-", FILE_ }, COPY, ACTION_LEAVE, "host-alone" },
	{ "networkd",
	  { .path = (char *)UNITS "/systemd-networkd.socket.d/a.conf", FILE_ },
	  COPY,
	  ACTION_LEAVE,
	  "host-alone" },
	{ "another container",
	  { .path = (char *)"/var/lib/libvirt/filesystems/c", DIRECTORY },
	  COPY,
	  ACTION_LEAVE,
	  "containers" },
	{ "its unit", { .path = (char *)UNITS "/c_sandbox.service", FILE_ }, COPY, ACTION_LEAVE, "containers" },
	{ "behind a link",
	  { .path = (char *)"/var/run/x", .behind_link = true, .package = "x" },
	  COPY,
	  ACTION_LEAVE,
	  "behind-link" },
	{ "not on the disk", { .path = (char *)"/etc/x/gone", .package = "x" }, COPY, ACTION_LEAVE, "absent" },
	{ "a socket",
	  { .path = (char *)"/etc/x/s", .exists = true, .st.st_mode = S_IFSOCK },
	  COPY,
	  ACTION_LEAVE,
	  "socket-or-device" },
	{ "a device",
	  { .path = (char *)"/etc/x/d", .exists = true, .st.st_mode = S_IFBLK },
	  COPY,
	  ACTION_LEAVE,
	  "socket-or-device" },

	{ "others' drop-in", { .path = (char *)UNITS "/y.service.d/a.conf", FILE_ }, COPY, ACTION_LEAVE, "other-unit" },
	{ "what enables others",
	  { .path = (char *)UNITS "/a.target.wants/y.service", LINK("/usr/lib/systemd/system/y.service") },
	  COPY,
	  ACTION_LEAVE,
	  "other-unit" },
	{ "others' alias",
	  { .path = (char *)UNITS "/z.service", LINK("/usr/lib/systemd/system/y.service") },
	  COPY,
	  ACTION_LEAVE,
	  "other-unit" },
	{ "others' file",
	  { .path = (char *)"/etc/x/y", FILE_, .outsider = (char *)"y", .claims = CLAIM_ROOT },
	  COPY,
	  ACTION_LEAVE,
	  "other-package" },
	{ "others' directory",
	  { .path = (char *)"/etc/y/made", FILE_, .other_dir = (char *)"/etc/y", .claims = CLAIM_SCRIPT },
	  COPY,
	  ACTION_LEAVE,
	  "other-directory" },
	{ "no one's directory",
	  { .path = (char *)"/etc/default/made", FILE_, .other_dir = (char *)"/etc/default", .claims = CLAIM_SCRIPT },
	  COPY,
	  ACTION_TAKE,
	  "script-names-it" },
	{ "a unit names all of /var/log",
	  { .path = (char *)"/var/log", DIRECTORY, .claims = CLAIM_NAMED },
	  COPY,
	  ACTION_LEAVE,
	  "common-place" },

	{ "old passwords",
	  { .path = (char *)"/etc/security/opasswd", FILE_, .package = "pam" },
	  COPY,
	  ACTION_LEAVE,
	  "secret" },
	{ "by another name",
	  { .path = (char *)"/etc/x/innocent", FILE_, .secret = true, .claims = CLAIM_ROOT },
	  COPY,
	  ACTION_LEAVE,
	  "secret" },
	{ "a host's key",
	  { .path = (char *)"/etc/x/k", FILE_, .key = true, .ssh_key = true, .key_type = "rsa", .claims = CLAIM_ROOT },
	  COPY,
	  ACTION_LEAVE,
	  "new-key" },
	{ "its public half",
	  { .path = (char *)"/etc/x/k.pub", FILE_, .ssh_key = true, .claims = CLAIM_ROOT },
	  COPY,
	  ACTION_LEAVE,
	  "host-key" },
	{ "a key that is made anew",
	  { .path = (char *)"/etc/pki/k", FILE_, .key = true, .certificate = (char *)"/etc/pki/c" },
	  COPY,
	  ACTION_LEAVE,
	  "new-key" },
	{ "others' key", { .path = (char *)"/etc/pki/k", FILE_, .key = true }, COPY, ACTION_LEAVE, "private-key" },
	{ "a key in /etc that a unit names",
	  { .path = (char *)"/etc/k", FILE_, .key = true, .claims = CLAIM_NAMED },
	  COPY,
	  ACTION_LEAVE,
	  "private-key" },
	{ "own key",
	  { .path = (char *)"/etc/x/k", FILE_, .key = true, .claims = CLAIM_ROOT },
	  NO_COPY,
	  ACTION_LEAVE,
	  "key-without-copy" },
	{ "own key, -C",
	  { .path = (char *)"/etc/x/k", FILE_, .key = true, .claims = CLAIM_ROOT },
	  COPY,
	  ACTION_TAKE,
	  "service-directory" },
	{ "a dangling link",
	  { .path = (char *)"/etc/x/l", LINK("a"), .dangling = true, .claims = CLAIM_ROOT },
	  COPY,
	  ACTION_LEAVE,
	  "dangling-link" },

	{ "what /usr needs", { .path = (char *)"/etc/ld.so.cache", FILE_ }, NO_COPY, ACTION_TAKE, "host-data" },
	{ "in a directory",
	  { .path = (char *)"/etc/alternatives/awk", LINK("/usr/bin/mawk") },
	  NO_COPY,
	  ACTION_TAKE,
	  "host-data" },
	{ "a directory",
	  { .path = (char *)"/etc/pam.d", DIRECTORY, .package = "pam", .shared = true },
	  NO_COPY,
	  ACTION_TAKE,
	  "host-data" },
	{ "another name", { .path = (char *)"/etc/ld.so.cache2", FILE_ }, NO_COPY, ACTION_LEAVE, "unclaimed" },
	{ "drop-in", { .path = (char *)UNITS "/app.service.d/a.conf", FILE_ }, NO_COPY, ACTION_TAKE, "unit" },
	{ "its directory", { .path = (char *)UNITS "/app.service.d", DIRECTORY }, NO_COPY, ACTION_TAKE, "unit" },
	{ "alias",
	  { .path = (char *)UNITS "/z.service", LINK("/usr/lib/systemd/system/app.service") },
	  NO_COPY,
	  ACTION_TAKE,
	  "unit" },

	{ "data",
	  { .path = (char *)"/var/lib/x/d", FILE_, .claims = CLAIM_ROOT },
	  NO_COPY,
	  ACTION_LEAVE,
	  "state-without-copy" },
	{ "its directory",
	  { .path = (char *)"/var/lib/x", DIRECTORY, .claims = CLAIM_UNIT_DIR },
	  NO_COPY,
	  ACTION_MAKE,
	  "state-without-copy" },
	{ "of the unit",
	  { .path = (char *)"/var/lib/x/d", FILE_, .claims = CLAIM_UNIT_DIR },
	  COPY,
	  ACTION_TAKE,
	  "unit-directory" },
	{ "even if it is common",
	  { .path = (char *)"/var/lib/systemd/x", DIRECTORY, .claims = CLAIM_UNIT_DIR },
	  COPY,
	  ACTION_TAKE,
	  "unit-directory" },
	{ "of its user",
	  { .path = (char *)"/var/lib/x/d", FILE_, .claims = CLAIM_UNIT_USER },
	  COPY,
	  ACTION_TAKE,
	  "unit-user" },
	{ "common to all",
	  { .path = (char *)"/var/lib", DIRECTORY, .package = "x", .claims = CLAIM_ROOT },
	  COPY,
	  ACTION_MAKE,
	  "common-place" },
	{ "by a pattern",
	  { .path = (char *)"/etc/rc3.d", DIRECTORY, .package = "x", .claims = CLAIM_ROOT },
	  COPY,
	  ACTION_MAKE,
	  "common-place" },
	{ "but not a file",
	  { .path = (char *)"/etc/init.d", LINK("rc.d/init.d"), .package = "x" },
	  COPY,
	  ACTION_TAKE,
	  "package-file" },
	{ "nor what is in it",
	  { .path = (char *)"/etc/default/x", DIRECTORY, .package = "x" },
	  COPY,
	  ACTION_TAKE,
	  "package-directory" },
	{ "data of others",
	  { .path = (char *)"/var/lib/y/d", FILE_, .package = "y" },
	  COPY,
	  ACTION_LEAVE,
	  "other-state" },
	{ "their directory",
	  { .path = (char *)"/var/lib/y", DIRECTORY, .package = "y" },
	  COPY,
	  ACTION_MAKE,
	  "other-state" },
	{ "configuration",
	  { .path = (char *)"/etc/x/x.conf", FILE_, .package = "x" },
	  NO_COPY,
	  ACTION_TAKE,
	  "package-file" },
	{ "recorded data",
	  { .path = (char *)"/var/lib/x/d", FILE_, .package = "x", .claims = CLAIM_ROOT },
	  COPY,
	  ACTION_TAKE,
	  "package-file" },
	{ "a fifo",
	  { .path = (char *)"/etc/x/f", .exists = true, .st.st_mode = S_IFIFO, .claims = CLAIM_ROOT },
	  COPY,
	  ACTION_TAKE,
	  "service-directory" },
	{ "a link",
	  { .path = (char *)"/etc/x/l", LINK("a"), .claims = CLAIM_ROOT },
	  COPY,
	  ACTION_TAKE,
	  "service-directory" },
	{ "shared, but the service's",
	  { .path = (char *)"/etc/x", DIRECTORY, .package = "x", .claims = CLAIM_ROOT, .shared = true },
	  COPY,
	  ACTION_TAKE,
	  "service-directory" },
	{ "a unit names it",
	  { .path = (char *)"/etc/x.env", FILE_, .claims = CLAIM_NAMED },
	  NO_COPY,
	  ACTION_TAKE,
	  "unit-names-it" },
	{ "in /var",
	  { .path = (char *)"/var/lib/x.db", FILE_, .claims = CLAIM_NAMED },
	  COPY,
	  ACTION_TAKE,
	  "unit-names-it" },
	{ "shared",
	  { .path = (char *)"/etc/y", DIRECTORY, .package = "y", .shared = true },
	  COPY,
	  ACTION_MAKE,
	  "shared-directory" },
	{ "of packages alone",
	  { .path = (char *)"/etc/y/enabled", LINK("a"), .claims = CLAIM_CLOSURE },
	  COPY,
	  ACTION_TAKE,
	  "package-directory" },
	{ "on the way", { .path = (char *)"/etc/z", DIRECTORY }, COPY, ACTION_MAKE, "parent" },
};

TEST(rules)
{
	struct strv units = { 0 }, written = { 0 };

	strv_add(&units, "app.service");
	strv_add(&units, "x.service");
	strv_add(&written, UNITS "/x.service");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct rule_context context = { cases[i].copy, &units, &written };
		struct verdict verdict = rules_decide(&cases[i].entry, &context);

		if (verdict.action != cases[i].action || strcmp(verdict.rule, cases[i].rule) != 0)
			printf("# '%s', %s\n", cases[i].what, cases[i].entry.path);
		CHECK_INT(verdict.action, cases[i].action);
		CHECK_STR(verdict.rule, cases[i].rule);
		CHECK(verdict.reason && *verdict.reason);
	}
	strv_done(&units);
	strv_done(&written);
}

TEST(claims_of_what_is_in_a_directory)
{
	const struct strv none = { 0 };
	const struct rule_context c = { true, &none, &none };

	CHECK_INT(rules_decide(&(struct entry){ .path = (char *)"/etc/x", DIRECTORY, .claims = CLAIM_ROOT }, &c).claims,
		  CLAIM_ROOT);
	CHECK_INT(rules_decide(&(struct entry){ .path = (char *)"/etc/y", DIRECTORY, .package = "y" }, &c).claims,
		  CLAIM_CLOSURE);
	CHECK_INT(rules_decide(&(struct entry){ .path = (char *)"/etc/pam.d", DIRECTORY, .claims = CLAIM_ROOT }, &c)
			  .claims,
		  0);
}

static bool has_place(enum place_use use, const char *path)
{
	for (size_t i = 0; rules_place(use, i); i++)
		if (strcmp(rules_place(use, i), path) == 0)
			return true;
	return false;
}

TEST(places)
{
	CHECK(has_place(PLACE_LOOK, "/etc/alternatives"));
	CHECK(has_place(PLACE_LOOK, UNITS));
	CHECK(!has_place(PLACE_LOOK, "/etc/shadow"));
	CHECK(has_place(PLACE_SECRET, "/etc/shadow"));
	CHECK(rules_is_place(PLACE_DATA, "/etc/ssl/certs/java/cacerts"));
	CHECK(!rules_is_place(PLACE_DATA, UNITS "/x"));
}

TEST_MAIN
