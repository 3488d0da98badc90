/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes from one record to another on a scratch root: what they make, what they keep, that a failure leaves
 * everything as it was, and that a change that was cut short is completed by the next. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "container/paths.h"
#include "container/record-file.h"
#include "container/record-text.h"
#include "container/reservation.h"
#include "create/change.h"
#include "create/generated.h"
#include "create/ops.h"
#include "lib/userns.h"

#define TREE "/tree/c"

static const char common[] = "[Container]\nFormat=1\nState=ready\nName=c\nUUID=0a1b2c3d-4e5f-6789-abcd-ef0123456789\n"
			     "Path=" TREE "\nPackageManager=rpm\nUnits=a.service\n";
static const char first_text[] =
	"NameServers=192.0.2.1\n[SELinux]\nLevel=s0:c1,c2\n[Ports]\nPublish=8080:80,proxy\nPublish=53:53,proxy\n"
	"[Network 1]\nNetwork=n\nMAC=52:54:00:12:34:56\nAddress=192.0.2.5/24\n";
static const char second_text[] =
	"Hostname=www.example.org\n[SELinux]\nLevel=s0:c1,c2\n[Ports]\nPublish=53:5353,proxy\nPublish=9090:80,proxy\n"
	"[Network 1]\nNetwork=n\nMAC=52:54:00:12:34:57\nAddress=192.0.2.6/24\n"
	"[Network 2]\nBridge=br0\nMAC=52:54:00:12:34:58\nDHCP=yes\n";

static char scratch[] = "/tmp/test-change-XXXXXX";
static int root_fd = -1, tree_fd = -1;
static struct record first, second;

static struct record parse(const char *text)
{
	_cleanup_(freep) char *whole = xasprintf("%s%s", common, text);
	char *message = NULL;
	struct record record = { 0 };

	CHECK_INT(record_parse("c", whole, strlen(whole), &record, &message), 0);
	return record;
}

/* Applies at most the first 'n' operations of the change, as if the program was killed after them. */
static int change(const struct record *from, const struct record *to, size_t n, size_t *ret_warnings)
{
	const char *mac = to->nets.v[0].mac;
	_cleanup_(strv_done) struct strv macs = { 0 };
	_cleanup_(plan_done) struct plan plan = { 0 };
	struct host host = HOST_INIT(root_fd);
	size_t all;
	int r;

	host.tree_fd = tree_fd;
	strv_add(&macs, mac);
	r = change_compose(root_fd, tree_fd, from, to, &macs, &plan);
	if (r == 0)
		r = change_finish(root_fd, to, &macs, &plan);
	if (r < 0)
		return r;
	*ret_warnings = plan.warnings.n;
	all = plan.n;
	plan.n = n < all ? n : all;
	r = plan_apply(&plan, &host);
	plan.n = all;
	return r < 0 ? r : n < all;
}

static void change_all(const struct record *from, const struct record *to, size_t warnings)
{
	size_t n;

	CHECK_INT(change(from, to, SIZE_MAX, &n), 0);
	CHECK_INT(n, warnings);
}

/* Makes what create would have made of the first record. */
static void setup(void)
{
	static const char *const dirs[] = { TREE,
					    "/outside",
					    RECORD_DIR,
					    HOST_UNIT_DIR,
					    RESERVATION_DIR "/" RESERVE_LEVELS,
					    RESERVATION_DIR "/" RESERVE_ADDRESSES,
					    RESERVATION_DIR "/" RESERVE_MACS,
					    RESERVATION_DIR "/" RESERVE_PORTS };
	_cleanup_(plan_done) struct plan plan = { 0 };
	struct host host = HOST_INIT(-1);

	strcpy(scratch + strlen(scratch) - 6, "XXXXXX");
	CHECK(mkdtemp(scratch) != NULL);
	host.root_fd = root_fd = rootfd_open(scratch);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		CHECK_INT(rootfd_mkdir_p(root_fd, dirs[i]), 0);
	host.tree_fd = tree_fd = rootfd_openat(root_fd, TREE, O_PATH | O_DIRECTORY, 0, WALK_TREE);
	first = parse(first_text);
	second = parse(second_text);
	generated_add_tree(&plan, &first);
	CHECK_INT(plan_apply(&plan, &host), 0);
	rootfd_near_done(&host.in_tree);
	rootfd_near_done(&host.on_host);
	change_all(&first, &first, 0);
}

static void teardown(void)
{
	record_done(&first);
	record_done(&second);
	close(tree_fd);
	close(root_fd);
	CHECK_INT(rm_rf(AT_FDCWD, scratch), 0);
}

static void add_paths(const char *dir, struct strv *ret)
{
	_cleanup_(strv_done) struct strv names = { 0 };

	CHECK_INT(rootfd_list(root_fd, dir, WALK_TREE, &names), 0);
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(freep) char *path = xasprintf("%s/%s", dir, names.v[i]);
		struct stat st;

		CHECK_INT(rootfd_lstat(root_fd, path, WALK_TREE, &st), 0);
		if (S_ISDIR(st.st_mode))
			add_paths(path, ret);
		else
			strv_take(ret, steal_ptr(path));
	}
}

/* Everything there is, as text. Caller frees. */
static char *everything(void)
{
	_cleanup_(strv_done) struct strv paths = { 0 };
	_cleanup_(buf_done) struct buf b = { 0 };

	add_paths("", &paths);
	for (size_t i = 0; i < paths.n; i++) {
		_cleanup_(freep) char *content = NULL;

		if (rootfd_readlink(root_fd, paths.v[i], WALK_TREE, &content) < 0)
			CHECK_INT(rootfd_read(root_fd, paths.v[i], WALK_TREE, 100000, &content, NULL), 0);
		buf_addf(&b, "%s\n%s\n", paths.v[i], content);
	}
	return buf_steal(&b);
}

/* What 'path' has, or NULL. */
static char *text_of(const char *path)
{
	char *text = NULL;

	rootfd_read(root_fd, path, WALK_TREE, 100000, &text, NULL);
	return text;
}

static bool has(const char *path, const char *word)
{
	_cleanup_(freep) char *text = text_of(path);

	return text && strstr(text, word);
}

static bool exists(const char *path)
{
	struct stat st;

	return rootfd_lstat(root_fd, path, WALK_TREE, &st) == 0;
}

static void check_second(void)
{
	_cleanup_(record_done) struct record now = { 0 };

	CHECK(has(TREE "/etc/hostname", "www.example.org\n"));
	CHECK(has(TREE "/etc/hosts", "192.0.2.6 www.example.org www\n"));
	CHECK(!has(TREE "/etc/hosts", "192.0.2.5"));
	CHECK(!has(TREE "/etc/resolv.conf", "192.0.2.1"));
	CHECK(has(TREE "/etc/systemd/network/50-virt-sandbox-eth1.network", "Name=eth1\n"));
	CHECK(exists(TREE "/etc/systemd/system/multi-user.target.wants/systemd-networkd.service"));
	CHECK(has(HOST_UNIT_DIR "/c_sandbox-53.service", "192.0.2.6:5353\n"));
	CHECK(exists(HOST_UNIT_DIR "/c_sandbox-9090.socket"));
	CHECK(!exists(HOST_UNIT_DIR "/c_sandbox-8080.socket"));
	CHECK(!exists(HOST_UNIT_DIR "/c_sandbox-8080.service"));
	CHECK(has(HOST_UNIT_DIR "/c_sandbox.service", "Wants=c_sandbox-9090.socket\n"));
	CHECK(exists(RESERVATION_DIR "/addresses/192.0.2.6") && !exists(RESERVATION_DIR "/addresses/192.0.2.5"));
	CHECK(exists(RESERVATION_DIR "/ports/9090") && !exists(RESERVATION_DIR "/ports/8080"));
	CHECK(exists(RESERVATION_DIR "/macs/52:54:00:12:34:57") && !exists(RESERVATION_DIR "/macs/52:54:00:12:34:56"));
	CHECK_INT(record_load(root_fd, "c", &now), 0);
	CHECK_STR(now.hostname, "www.example.org");
}

static void there_and_back(void)
{
	_cleanup_(freep) char *before = NULL, *after = NULL;

	setup();
	before = everything();
	change_all(&first, &second, 0);
	check_second();
	change_all(&second, &second, 0);
	change_all(&second, &first, 0);
	after = everything();
	CHECK_STR(after, before);
	teardown();
}

TEST(everything_that_follows_is_changed)
{
	RUN_AS_ROOT(there_and_back);
}

static void keep_modes(void)
{
	struct stat st;

	setup();
	CHECK_INT(fchmodat(root_fd, "tree/c/etc/hosts", 04600, 0), 0);
	CHECK_INT(linkat(root_fd, "tree/c/etc/hosts", root_fd, "tree/c/etc/other", 0), 0);
	change_all(&first, &second, 0);
	CHECK_INT(rootfd_lstat(root_fd, TREE "/etc/hosts", WALK_TREE, &st), 0);
	CHECK_INT(st.st_mode, S_IFREG | 0600);
	CHECK(has(TREE "/etc/other", "192.0.2.5"));
	teardown();
}

TEST(a_file_keeps_its_mode)
{
	RUN_AS_ROOT(keep_modes);
}

static void put(const char *path, const char *text)
{
	CHECK_INT(atomic_file_write(root_fd, path, 0644, text, true), 0);
}

/* Replaces what is at 'path' by a link to outside the tree. */
static void plant(const char *path, const char *target)
{
	_cleanup_(freep) char *aside = xasprintf("%s.aside", path);

	CHECK_INT(renameat(root_fd, path + 1, root_fd, aside + 1), 0);
	CHECK_INT(symlinkat(target, root_fd, path + 1), 0);
}

static void keep_changed(void)
{
	setup();
	put(TREE "/etc/hosts", "127.0.0.1 mine\n");
	CHECK_INT(unlinkat(root_fd, "tree/c/etc/resolv.conf", 0), 0);
	put("/outside/file", "host's\n");
	plant(TREE "/etc/hostname", "../../../outside/file");
	plant(TREE "/etc/systemd", "../../../outside");
	change_all(&first, &second, 8); /* those, networkd's file, and four links */
	CHECK(has(TREE "/etc/hosts", "127.0.0.1 mine\n"));
	CHECK(!exists(TREE "/etc/resolv.conf"));
	CHECK(has("/outside/file", "host's\n"));
	CHECK(!exists("/outside/network"));
	CHECK(has(HOST_UNIT_DIR "/c_sandbox-53.service", "192.0.2.6:5353\n"));
	CHECK(exists(RESERVATION_DIR "/addresses/192.0.2.6"));
	teardown();
}

TEST(what_root_inside_changed_is_kept)
{
	RUN_AS_ROOT(keep_changed);
}

static void go_around(void)
{
	setup();
	CHECK_INT(mkdirat(root_fd, "tree/c/etc/.new-hosts", 0755), 0);
	put(TREE "/etc/.new-hosts/x", "in the way\n");
	log_set_level(LOG_LEVEL_ERROR);
	change_all(&first, &second, 0);
	CHECK(has(TREE "/etc/hosts", "192.0.2.5"));
	CHECK(has(TREE "/etc/hostname", "www.example.org\n"));
	teardown();
}

TEST(root_inside_cannot_make_it_fail)
{
	RUN_AS_ROOT(go_around);
}

static int fail(struct host *host, const struct op *op)
{
	(void)host;
	(void)op;
	return -EIO;
}
static const struct op_kind op_fail = { "fail", false, fail, NULL };

static void fail_anywhere(void)
{
	_cleanup_(strv_done) struct strv macs = { 0 };
	size_t n = 0, all = 1;

	log_set_level(LOG_LEVEL_ERROR);
	for (; n < all; n++) {
		_cleanup_(freep) char *before = NULL, *after = NULL;
		_cleanup_(plan_done) struct plan plan = { 0 };
		struct host host = HOST_INIT(-1);

		setup();
		host.root_fd = root_fd;
		host.tree_fd = tree_fd;
		before = everything();
		CHECK_INT(change_compose(root_fd, tree_fd, &first, &second, &macs, &plan), 0);
		CHECK_INT(change_finish(root_fd, &second, &macs, &plan), 0);
		all = plan.n;
		plan.ops[n].kind = &op_fail;
		CHECK_INT(plan_apply(&plan, &host), -EIO);
		after = everything();
		CHECK_STR(after, before);
		teardown();
	}
	CHECK(n > 15);
}

TEST(failure_anywhere_changes_nothing)
{
	RUN_AS_ROOT(fail_anywhere);
}

static void kill_anywhere(void)
{
	size_t n = 0, warnings;
	int r = 1;

	for (; r > 0; n++) {
		_cleanup_(record_done) struct record now = { 0 };

		setup();
		r = change(&first, &second, n, &warnings);
		CHECK(r >= 0);
		CHECK_INT(record_load(root_fd, "c", &now), 0);
		change_all(&now, &second, 0);
		check_second();
		teardown();
	}
	CHECK(n > 15);
}

TEST(a_change_cut_short_is_completed_by_the_next)
{
	RUN_AS_ROOT(kill_anywhere);
}

static void take_from_other(void)
{
	size_t warnings;

	setup();
	put(RESERVATION_DIR "/ports/9090", "other");
	log_set_level(LOG_LEVEL_ERROR);
	CHECK_INT(change(&first, &second, SIZE_MAX, &warnings), -EEXIST);
	log_set_level(LOG_LEVEL_ERROR);
	CHECK(has(RESERVATION_DIR "/ports/9090", "other"));
	teardown();
}

TEST(nothing_is_taken_from_another_container)
{
	RUN_AS_ROOT(take_from_other);
}

TEST_MAIN
