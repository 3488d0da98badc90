/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units, as they are found, loaded and completed by drop-ins. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/rootfd.h"
#include "base/text.h"
#include "unit/unit-install.h"
#include "unit/unit-load.h"
#include "unit/unit-name.h"
#include "unit/unit-timeout.h"

#define ETC "/etc/systemd/system/"
#define USR "/usr/lib/systemd/system/"
#define RUN "/run/systemd/system/"
#define SIMPLE "[Service]\nExecStart=/usr/bin/tool\n"

/* A host's root, removed at the end of a test. */
struct host {
	char path[64];
	int fd;
};

static void make_parent(struct host *h, const char *path)
{
	_cleanup_(freep) char *dir = xstrndup(path, (size_t)(strrchr(path, '/') - path));

	if (rootfd_mkdir_p(h->fd, dir) < 0)
		abort();
}

static void put(struct host *h, const char *path, mode_t mode, const char *text)
{
	make_parent(h, path);
	if (atomic_file_write(h->fd, path, mode, text, true) < 0)
		abort();
}

static void put_link(struct host *h, const char *path, const char *target)
{
	make_parent(h, path);
	if (symlinkat(target, h->fd, path + 1) < 0)
		abort();
}

static void host_make(struct host *h)
{
	static const char *const merged[] = { "bin", "sbin", "lib" };

	strcpy(h->path, "/tmp/test-unit-XXXXXX");
	if (!mkdtemp(h->path))
		abort();
	h->fd = rootfd_open(h->path);
	for (size_t i = 0; i < ARRAY_SIZE(merged); i++) {
		_cleanup_(freep) char *link = xasprintf("/%s", merged[i]), *target = xasprintf("usr/%s", merged[i]);

		put_link(h, link, target);
	}
	put(h, "/usr/bin/tool", 0755, "");
	put(h, "/usr/sbin/daemon", 0755, "");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void host_remove(struct host *h)
{
	close(h->fd);
	nftw(h->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* 'list' as it is expected, separated by spaces. */
static void check_list(const struct strv *list, const char *expected)
{
	_cleanup_(freep) char *joined = strv_join(list, " ");

	CHECK_STR(joined, expected);
}

static void check_loads(struct host *h, const char *name, struct unit *ret)
{
	_cleanup_(freep) char *message = NULL;

	CHECK_INT(unit_load(h->fd, name, "web1", ret, &message), UNIT_OK);
	if (message)
		printf("# '%s': %s\n", name, message);
}

/* id, fragment and names. */
static void check_found(struct host *h, const char *name, const char *id, const char *fragment, const char *names)
{
	_cleanup_(unit_done) struct unit unit = { 0 };

	check_loads(h, name, &unit);
	CHECK_STR(unit.id, id);
	CHECK_STR(unit.fragment, fragment);
	check_list(&unit.names, names);
}

static void check_problem(struct host *h, const char *name, enum unit_problem problem, const char *expected)
{
	struct unit unit = { .id = (char *)"untouched" };
	_cleanup_(freep) char *message = NULL;

	CHECK_INT(unit_load(h->fd, name, "web1", &unit, &message), problem);
	CHECK_STR(unit.id, "untouched");
	CHECK_STR(message, expected);
}

TEST(kinds_of_names)
{
	_cleanup_(freep) char *longest = xasprintf("%0247d.service", 0), *longer = xasprintf("%0248d.service", 0);
	static const struct {
		const char *name;
		enum unit_name_kind kind;
	} cases[] = {
		{ "a.service", UNIT_NAME_PLAIN },	   { "a-b_c:d.e\\x2d.socket", UNIT_NAME_PLAIN },
		{ "a@.service", UNIT_NAME_TEMPLATE },	   { "a@b.service", UNIT_NAME_INSTANCE },
		{ "a@b@c.service", UNIT_NAME_INSTANCE },   { "@b.service", UNIT_NAME_INVALID },
		{ ".service", UNIT_NAME_INVALID },	   { "a", UNIT_NAME_INVALID },
		{ "a.conf", UNIT_NAME_INVALID },	   { "a/b.service", UNIT_NAME_INVALID },
		{ "a b.service", UNIT_NAME_INVALID },	   { "a\n.service", UNIT_NAME_INVALID },
		{ "\xc3\xbc.service", UNIT_NAME_INVALID }, { "", UNIT_NAME_INVALID },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK_INT(unit_name_kind(cases[i].name), cases[i].kind);
	CHECK_INT(unit_name_kind(longest), UNIT_NAME_PLAIN);
	CHECK_INT(unit_name_kind(longer), UNIT_NAME_INVALID);
}

TEST(time_spans)
{
	static const struct {
		const char *text;
		uint32_t seconds; /* 0: refused, or no time */
	} cases[] = {
		{ "90", 90 },
		{ " 5min 20s ", 320 },
		{ "1h30m", 5400 },
		{ "1.5 min", 90 },
		{ "1ms", 1 },
		{ "2 weeks", 1209600 },
		{ "1M", 2629800 },
		{ "infinity", UNIT_FOREVER },
		{ "1000 years", UNIT_FOREVER },
		{ "0", 0 },
		{ "", 0 },
		{ "-5", 0 },
		{ "5 parsecs", 0 },
		{ ".", 0 },
		{ "s", 0 },
		{ "infinity s", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t seconds = 0;
		int r = unit_time_parse(cases[i].text, &seconds);

		CHECK_INT(seconds, cases[i].seconds);
		CHECK_INT(r, cases[i].seconds || strcmp(cases[i].text, "0") == 0 ? 0 : -EINVAL);
	}
}

static void check_unit_times(const char *settings, uint32_t start, uint32_t stop)
{
	struct unit unit = { 0 };
	_cleanup_(freep) char *text = xasprintf("[Service]\n%s\n", settings);

	CHECK_INT(ini_parse(text, strlen(text), &unit.ini, NULL), 0);
	CHECK_INT(unit_start_seconds(&unit), start);
	CHECK_INT(unit_stop_seconds(&unit, 90), stop);
	unit_done(&unit);
}

TEST(times_of_units)
{
	check_unit_times("", 0, 90);
	check_unit_times("TimeoutStartSec=10min", 600, 90);
	check_unit_times("TimeoutStopSec=5\nTimeoutSec=120", 120, 120);
	check_unit_times("TimeoutSec=120\nTimeoutStopSec=5\nTimeoutStopSec=soon", 120, 5);
	check_unit_times("TimeoutSec=0", UNIT_FOREVER, UNIT_FOREVER);
	check_unit_times("TimeoutStopSec=infinity\nExecStop=/bin/true", 0, UNIT_FOREVER);
	check_unit_times("TimeoutStopSec=20\nExecStop=/bin/a\nExecStop=/bin/b", 0, 60);
	check_unit_times("TimeoutStopSec=20\nExecStopPost=/bin/a\nExecStopPost=/bin/b", 0, 80);
	check_unit_times("TimeoutStopSec=20\nExecStop=/bin/a\nExecStopPost=/bin/b", 0, 80);
	check_unit_times("TimeoutStopSec=20\nExecStopPost=/bin/a\nExecStopPost=", 0, 20);
}

TEST(completion)
{
	static const char *const cases[][3] = {
		{ "httpd", "web1", "httpd.service" },
		{ "httpd.service", NULL, "httpd.service" },
		{ "a.b", NULL, "a.b.service" },
		{ "a.socket", NULL, "a.socket" },
		{ "foo@", "web1", "foo@web1.service" },
		{ "foo@.service", "15-main", "foo@15-main.service" },
		{ "foo@.service", "a/b", NULL },
		{ "foo@x", "web1", "foo@x.service" },
		{ "foo@", NULL, NULL },
		{ "foo@", "", NULL },
		{ "/etc/x.service", "web1", NULL },
		{ "../x", "web1", NULL },
		{ "", "web1", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *name = unit_complete_name(cases[i][0], cases[i][1]);

		if (cases[i][2])
			CHECK_STR(name, cases[i][2]);
		else
			CHECK(name == NULL);
	}
}

TEST(unescaping)
{
	static const char *const bad[] = { "\\x0", "\\x00", "\\xzz", "\\n", "a\\" };
	_cleanup_(freep) char *text = unit_name_unescape("a-b\\x2dc");

	CHECK_STR(text, "a/b-c");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(unit_name_unescape(bad[i]) == NULL);
}

TEST(aliases)
{
	_cleanup_(host_remove) struct host h;

	host_make(&h);
	put(&h, USR "bar.service", 0644, SIMPLE);
	put_link(&h, ETC "foo.service", "/usr/lib/systemd/system/bar.service");
	put_link(&h, ETC "merged.service", "/lib/systemd/system/bar.service");
	put_link(&h, ETC "chain.service", "foo.service");
	put_link(&h, RUN "up.service", "../../../usr/lib/systemd/system/bar.service");
	put_link(&h, ETC "bar.socket", "/usr/lib/systemd/system/bar.service");
	put_link(&h, ETC "bad@.service", "/usr/lib/systemd/system/bar.service");
	check_found(&h, "foo", "bar.service", USR "bar.service",
		    "bar.service foo.service chain.service merged.service up.service");
	check_found(&h, "bar", "bar.service", USR "bar.service",
		    "bar.service chain.service foo.service merged.service up.service");

	/* An alias leads to a name, wherever that name is found first. */
	put(&h, ETC "bar.service", 0644, SIMPLE);
	check_found(&h, "chain", "bar.service", ETC "bar.service",
		    "bar.service chain.service foo.service merged.service up.service");

	put_link(&h, ETC "ring1.service", "ring2.service");
	put_link(&h, ETC "ring2.service", "ring1.service");
	put_link(&h, ETC "gone.service", "nowhere.service");
	put_link(&h, ETC "self.service", "/usr/lib/systemd/system/self.service");
	put(&h, USR "self.service", 0644, SIMPLE);
	check_problem(&h, "ring1", UNIT_BROKEN,
		      "Unit 'ring1.service' is an alias that leads through too many others, or in a circle.");
	check_problem(&h, "gone", UNIT_MISSING,
		      "Unit 'gone.service' is an alias of 'nowhere.service', which does not exist on this host.");
	check_found(&h, "self", "self.service", USR "self.service", "self.service");
}

TEST(linked_from_elsewhere)
{
	_cleanup_(host_remove) struct host h;

	host_make(&h);
	put(&h, "/opt/app/x.service", 0644, SIMPLE);
	put_link(&h, ETC "app.service", "/opt/app/x.service");
	put_link(&h, ETC "lost.service", "/opt/app/y.service");
	check_found(&h, "app", "app.service", ETC "app.service", "app.service");
	check_problem(&h, "lost", UNIT_MISSING,
		      "Unit file '" ETC "lost.service' is a link to a file that does not exist.");
}

static void check_inside(struct host *h, const char *name, const char *expected)
{
	_cleanup_(unit_done) struct unit unit = { 0 };
	_cleanup_(freep) char *path = NULL;

	check_loads(h, name, &unit);
	path = unit_path_inside(&unit);
	CHECK_STR(path, expected);
}

TEST(places_inside)
{
	_cleanup_(host_remove) struct host h;

	host_make(&h);
	put(&h, USR "shared.service", 0644, SIMPLE);
	put(&h, ETC "own.service", 0644, SIMPLE);
	put_link(&h, ETC "alias.service", USR "shared.service");
	put(&h, "/opt/app/x.service", 0644, SIMPLE);
	put_link(&h, ETC "app.service", "/opt/app/x.service");
	put(&h, "/etc/app/y.service", 0644, SIMPLE);
	put_link(&h, ETC "etc.service", "/etc/app/y.service");
	put(&h, RUN "now@.service", 0644, SIMPLE);
	put(&h, "/run/systemd/generator.late/old.service", 0644, SIMPLE);
	check_inside(&h, "shared", USR "shared.service");
	check_inside(&h, "own", ETC "own.service");
	check_inside(&h, "alias", USR "shared.service");
	check_inside(&h, "app", ETC "app.service");
	check_inside(&h, "etc", ETC "etc.service");
	check_inside(&h, "now@", ETC "now@.service");
	check_inside(&h, "old", ETC "old.service");
}

TEST(installing)
{
	_cleanup_(host_remove) struct host h;
	_cleanup_(unit_done) struct unit socket = { 0 }, instance = { 0 }, none = { 0 };

	host_make(&h);
	put(&h, USR "a.socket", 0644, "[Socket]\nListenStream=1\n[Install]\nWantedBy=sockets.target\nAlso=b.path\n");
	put(&h, USR "t@.timer", 0644, "[Install]\nRequiredBy=timers.target\nAlias=s@%i.timer\n");
	put(&h, USR "m.socket", 0644, "[Install]\nWantedBy=sockets.target\n");
	put_link(&h, ETC "m.socket", "/dev/null");
	put(&h, USR "bad.socket", 0644, "[Install\n");
	CHECK_INT(unit_load_install(h.fd, "a.socket", &socket), 0);
	CHECK_STR(socket.fragment, USR "a.socket");
	check_list(&socket.wanted_by, "sockets.target");
	check_list(&socket.also, "b.path");
	CHECK_INT(unit_load_install(h.fd, "t@x.timer", &instance), 0);
	CHECK_STR(instance.fragment, USR "t@.timer");
	check_list(&instance.required_by, "timers.target");
	check_list(&instance.aliases, "s@x.timer");
	CHECK_INT(unit_load_install(h.fd, "m.socket", &none), -ENOENT);
	CHECK_INT(unit_load_install(h.fd, "gone.socket", &none), -ENOENT);
	CHECK_INT(unit_load_install(h.fd, "bad.socket", &none), -EINVAL);
}

TEST(templates)
{
	_cleanup_(host_remove) struct host h;

	host_make(&h);
	put(&h, USR "foo@.service", 0644, SIMPLE);
	put(&h, USR "foo@own.service", 0644, SIMPLE);
	put_link(&h, ETC "bar@.service", "/usr/lib/systemd/system/foo@.service");
	put_link(&h, ETC "one@x.service", "/usr/lib/systemd/system/foo@.service");
	put_link(&h, ETC "foo@away.service", "/usr/lib/systemd/system/nothing@away.service");
	put_link(&h, ETC "other@x.service", "/usr/lib/systemd/system/foo@y.service");
	check_found(&h, "foo@", "foo@web1.service", USR "foo@.service", "foo@web1.service bar@web1.service");
	check_found(&h, "bar@x", "foo@x.service", USR "foo@.service", "foo@x.service bar@x.service one@x.service");
	check_found(&h, "one@x", "foo@x.service", USR "foo@.service", "foo@x.service one@x.service bar@x.service");
	check_found(&h, "foo@own", "foo@own.service", USR "foo@own.service", "foo@own.service");
	check_found(&h, "bar@own", "bar@own.service", USR "foo@.service", "bar@own.service");
	check_found(&h, "foo@away", "foo@away.service", USR "foo@.service", "foo@away.service bar@away.service");
	check_problem(
		&h, "other@x", UNIT_MISSING,
		"Unit 'other@x.service' does not exist on this host; 'systemctl list-unit-files' shows those that do.");
	check_problem(&h, "foo", UNIT_MISSING,
		      "Unit 'foo.service' does not exist on this host, but the template 'foo@.service' does.");
}

TEST(problems)
{
	_cleanup_(host_remove) struct host h;
	_cleanup_(freep) char *big = xasprintf("#%01048576d\n", 0), *long_name = xasprintf("%0300d", 0);
	_cleanup_(freep) char *long_message =
		xasprintf("'%.80s' is not a valid unit name; give one like 'foo.service'.", long_name);

	host_make(&h);
	put(&h, USR "empty.service", 0644, SIMPLE);
	put(&h, ETC "empty.service", 0644, "");
	put_link(&h, ETC "null.service", "/dev/null");
	put_link(&h, ETC "alias.service", "null.service");
	put(&h, USR "big.service", 0644, big);
	put(&h, USR "binary.service", 0644, SIMPLE "X=\x01\n");
	put(&h, USR "latin.service", 0644, SIMPLE "X=\xfc\n");
	put(&h, USR "no-section.timer", 0644, "[Unit]\nDescription=x\n");
	put(&h, USR "bare.service", 0644, "[Unit]\nDescription=x\n");
	put(&h, USR "idle.service", 0644, "[Service]\nExecStart=/x\nExecStart=\n");
	put(&h, USR "quote.service", 0644, "[Service]\nExecStart=/usr/bin/tool 'x\n");
	if (mkfifoat(h.fd, "usr/lib/systemd/system/fifo.service", 0600) < 0 ||
	    mkdirat(h.fd, "usr/lib/systemd/system/dir.service", 0755) < 0)
		abort();

	for (const char *const *name = (const char *const[]){ "empty", "null", NULL }; *name; name++) {
		_cleanup_(freep) char *full = xasprintf("%s.service", *name);
		_cleanup_(freep) char *message = xasprintf("Unit '%s' is masked by '" ETC "%s'; 'systemctl unmask %s' "
							   "makes it usable.",
							   full, full, full);

		check_problem(&h, *name, UNIT_MASKED, message);
	}
	check_problem(&h, "alias", UNIT_MASKED,
		      "Unit 'null.service' is masked by '" ETC
		      "null.service'; 'systemctl unmask null.service' makes it "
		      "usable.");
	check_problem(
		&h, "no", UNIT_MISSING,
		"Unit 'no.service' does not exist on this host; 'systemctl list-unit-files' shows those that do.");
	check_problem(&h, "x.slice", UNIT_WRONG_TYPE,
		      "Unit 'x.slice' cannot run in a container: it starts nothing; give the services in it.");
	check_problem(&h, "x.mount", UNIT_WRONG_TYPE,
		      "Unit 'x.mount' cannot run in a container: the host mounts its file systems; --mount brings a "
		      "directory of the host.");
	check_problem(&h, "x.socket", UNIT_MISSING,
		      "Unit 'x.socket' does not exist on this host; 'systemctl list-unit-files' shows those that do.");
	check_problem(&h, "no-section.timer", UNIT_BROKEN,
		      "Unit file '" USR "no-section.timer' has no [Timer] section.");
	check_problem(&h, "../x", UNIT_BAD_NAME, "'../x' is not a valid unit name; give one like 'foo.service'.");
	check_problem(&h, "a\x1b[2J", UNIT_BAD_NAME, "The unit's name contains characters that are not allowed.");
	check_problem(&h, "a\xc2\x9b", UNIT_BAD_NAME, "The unit's name contains characters that are not allowed.");
	check_problem(&h, long_name, UNIT_BAD_NAME, long_message);
	check_problem(&h, "big", UNIT_UNREADABLE, "Unit file '" USR "big.service' is larger than 1 MiB.");
	check_problem(&h, "fifo", UNIT_UNREADABLE, "Unit file '" USR "fifo.service' is not a regular file.");
	check_problem(&h, "dir", UNIT_UNREADABLE, "Unit file '" USR "dir.service' is not a regular file.");
	check_problem(&h, "latin", UNIT_BROKEN, "Unit file '" USR "latin.service', line 3: this is not UTF-8.");
	check_problem(&h, "binary", UNIT_BROKEN,
		      "Unit file '" USR
		      "binary.service', line 3: this is a section header without its ']', or not text.");
	check_problem(&h, "bare", UNIT_BROKEN, "Unit file '" USR "bare.service' has no [Service] section.");
	check_problem(&h, "idle", UNIT_BROKEN,
		      "Unit 'idle.service' runs nothing: it has no usable ExecStart= or similar setting.");
	check_problem(&h, "quote", UNIT_BROKEN,
		      "Unit 'quote.service' runs nothing: it has no usable ExecStart= or similar setting.");
}

TEST(not_permitted)
{
	_cleanup_(host_remove) struct host h;

	host_make(&h);
	put(&h, USR "secret.service", 0000, SIMPLE);
	if (geteuid() == 0)
		SKIP("root may read everything");
	check_problem(&h, "secret", UNIT_UNREADABLE, "Cannot read '" USR "secret.service': Permission denied");
}

TEST(dropins)
{
	_cleanup_(host_remove) struct host h;
	_cleanup_(unit_done) struct unit unit = { 0 };
	_cleanup_(strv_done) struct strv seen = { 0 };

	host_make(&h);
	put(&h, USR "foo-bar.service", 0644, SIMPLE "[X]\nK=fragment\n");
	put_link(&h, ETC "also.service", "/usr/lib/systemd/system/foo-bar.service");
	put(&h, USR "service.d/10-all.conf", 0644, "[X]\nK=10-all\n");
	put(&h, ETC "service.d/20-mine.conf", 0644, "[X]\nK=type loses\n");
	put(&h, USR "foo-.service.d/15-prefix.conf", 0644, "[X]\nK=15-prefix\n");
	put(&h, ETC "foo-.service.d/20-mine.conf", 0644, "[X]\nK=prefix loses\n");
	put(&h, ETC "foo-bar.service.d/20-mine.conf", 0644, "[X]\nK=20-mine\n");
	put(&h, USR "foo-bar.service.d/20-mine.conf", 0644, "[X]\nK=lower loses\n");
	put(&h, USR "foo-bar.service.d/30-null.conf", 0644, "[X]\nK=masked\n");
	put_link(&h, ETC "foo-bar.service.d/30-null.conf", "/dev/null");
	put(&h, USR "foo-bar.service.d/31-empty.conf", 0644, "[X]\nK=masked\n");
	put(&h, RUN "foo-bar.service.d/31-empty.conf", 0644, "");
	put(&h, RUN "also.service.d/05-alias.conf", 0644, "[X]\nK=05-alias\n");
	put(&h, ETC "foo-bar.service.d/40-no.txt", 0644, "[X]\nK=not a conf\n");
	put(&h, ETC "foo-bar.service.d/.41.conf", 0644, "[X]\nK=hidden\n");
	put_link(&h, ETC "foo-bar.service.d/50-dangling.conf", "nowhere");
	if (mkfifoat(h.fd, "etc/systemd/system/foo-bar.service.d/51-fifo.conf", 0600) < 0)
		abort();
	check_loads(&h, "also", &unit);
	check_list(&unit.dropins, RUN "also.service.d/05-alias.conf " USR "service.d/10-all.conf " USR
				      "foo-.service.d/15-prefix.conf " ETC "foo-bar.service.d/20-mine.conf");
	ini_get_list(&unit.ini, "X", "K", &seen);
	check_list(&seen, "fragment 05-alias 10-all 15-prefix 20-mine");
}

TEST(dropins_of_instances)
{
	_cleanup_(host_remove) struct host h;
	_cleanup_(unit_done) struct unit unit = { 0 };

	host_make(&h);
	put(&h, USR "a-b@.service", 0644, SIMPLE);
	put(&h, USR "a-b@.service.d/1.conf", 0644, "[X]\n");
	put(&h, USR "a-b@web1.service.d/2.conf", 0644, "[X]\n");
	put(&h, USR "a-@web1.service.d/3.conf", 0644, "[X]\n");
	put(&h, USR "a-@.service.d/4.conf", 0644, "[X]\n");
	put(&h, USR "a-.service.d/5.conf", 0644, "[X]\n");
	put(&h, USR "a-b@other.service.d/6.conf", 0644, "[X]\n");
	put(&h, USR "a-b@.service.d/2.conf", 0644, "[X]\nK=template loses\n");
	check_loads(&h, "a-b@", &unit);
	check_list(&unit.dropins,
		   USR "a-b@.service.d/1.conf " USR "a-b@web1.service.d/2.conf " USR "a-@web1.service.d/3.conf " USR
		       "a-@.service.d/4.conf " USR "a-.service.d/5.conf");
}

TEST(too_many_dropins)
{
	_cleanup_(host_remove) struct host h;

	host_make(&h);
	put(&h, USR "x.service", 0644, SIMPLE);
	for (int i = 0; i <= 512; i++) {
		_cleanup_(freep) char *path = xasprintf(ETC "x.service.d/%d.conf", i);

		put(&h, path, 0644, "[X]\n");
	}
	check_problem(&h, "x", UNIT_BROKEN, "Unit 'x.service' has more than 512 drop-in files.");
}

/* Loads the instance 't' of a template with these lines. It has a command in any case, without which it is refused. */
static void load_service(struct host *h, const char *lines, struct unit *ret)
{
	_cleanup_(freep) char *text = xasprintf("[Service]\nExecStop=/none\n%s\n", lines);

	put(h, USR "p@.service", 0644, text);
	check_loads(h, "p@t.service", ret);
}

static void check_programs(struct host *h, const char *lines, const char *expected)
{
	_cleanup_(unit_done) struct unit unit = { 0 };

	load_service(h, lines, &unit);
	check_list(&unit.programs, expected);
}

TEST(programs)
{
	_cleanup_(host_remove) struct host h;

	host_make(&h);
	put(&h, "/usr/bin/sh", 0755, "");
	put(&h, "/usr/bin/with space", 0755, "");
	put(&h, "/usr/bin/data", 0644, "");
	put(&h, "/usr/local/bin/tool", 0755, "");
	put(&h, "/opt/real", 0755, "");
	put(&h, "/srv/t", 0755, "");
	put_link(&h, "/etc/alternatives/alt", "/opt/real");
	put_link(&h, "/usr/bin/alt", "/etc/alternatives/alt");
	check_programs(&h, "ExecStart=/usr/bin/tool -x", "/usr/bin/tool");
	check_programs(&h, "ExecStart=/bin/tool", "/usr/bin/tool");
	check_programs(&h, "ExecStart=//usr/./bin//tool", "/usr/bin/tool");
	check_programs(&h, "ExecStart=/usr/../usr/bin/tool", "");
	check_programs(&h, "ExecStart=tool", "/usr/local/bin/tool");
	check_programs(&h, "ExecStart=daemon", "/usr/sbin/daemon");
	check_programs(&h, "ExecStart=bin/tool", "");
	check_programs(&h, "ExecStartPre=-/usr/bin/tool\nExecStop=@/sbin/daemon argv0\nExecReload=+!!-:/bin/sh",
		       "/usr/bin/sh /usr/bin/tool /usr/sbin/daemon");
	check_programs(&h, "ExecStart=/usr/bin/tool ; /usr/sbin/daemon", "/usr/bin/tool /usr/sbin/daemon");
	check_programs(&h, "ExecStart=/usr/bin/tool ; -daemon", "/usr/bin/tool /usr/sbin/daemon");
	check_programs(&h, "ExecStart=/usr/bin/tool \\; daemon", "/usr/bin/tool");
	check_programs(&h, "ExecStart=/usr/bin/tool ';' daemon", "/usr/bin/tool");
	check_programs(&h, "ExecStart=/usr/bin/tool \\\n  /usr/sbin/daemon", "/usr/bin/tool /usr/sbin/daemon");
	check_programs(&h, "ExecStart=\"/usr/bin/with space\"", "/usr/bin/with space");
	check_programs(&h, "ExecStart=/usr/bin/with\\x20space", "/usr/bin/with space");
	check_programs(&h, "ExecStart='/usr/bin/with\\040space'", "/usr/bin/with space");
	check_programs(&h, "ExecStart=\\u002fusr/bin/\\U00000074ool", "/usr/bin/tool");
	check_programs(&h, "ExecStart=/bin/sh -c 'exec /usr/bin/tool;(/usr/sbin/daemon&)'",
		       "/usr/bin/sh /usr/bin/tool /usr/sbin/daemon");
	check_programs(&h, "ExecStart=/bin/sh /usr/bin/data /usr/bin /nowhere /usr/bin/too", "/usr/bin/sh");
	check_programs(&h, "ExecStart=/usr/bin/alt", "/opt/real /usr/bin/alt");
	check_programs(&h, "ExecStart=/srv/%i", "/srv/t");
	check_programs(&h, "ExecStart=/usr/bin/tool\nExecStart=\nExecStart=/usr/sbin/daemon", "/usr/sbin/daemon");
	check_programs(&h, "ExecStart=/usr/bin/tool \\q", "");
	check_programs(&h, "ExecStart=/usr/bin/tool \\x00", "");
	check_programs(&h, "ExecStart=/usr/bin/tool 'open", "");
	check_programs(&h, "ExecStart=/usr/bin/tool ${VAR} $VAR %% %", "/usr/bin/tool");
}

static void check_needed(struct host *h, const char *lines, const char *expected)
{
	_cleanup_(unit_done) struct unit unit = { 0 };

	load_service(h, lines, &unit);
	check_list(&unit.needed, expected);
}

TEST(needed)
{
	_cleanup_(host_remove) struct host h;

	host_make(&h);
	put(&h, "/usr/bin/tool", 0755, "");
	put(&h, "/opt/app.jar", 0644, "");
	put(&h, "/etc/app.sh", 0755, "");
	put(&h, "/etc/app.conf", 0644, "");
	put(&h, "/srv/www/index", 0644, "");
	check_needed(&h, "ExecStart=/bin/tool x", "/usr/bin/tool");
	check_needed(&h, "ExecStart=@!/opt/%i/gone /opt/name", "/opt/t/gone");
	check_needed(&h, "ExecStart=tool\nExecStartPre=nosuch", "/usr/bin/tool");
	check_needed(&h, "ExecStart=-/gone /opt/app.jar\nExecStop=/gone", "");
	check_needed(&h, "ExecStart=-/gone ; /bin/tool\nExecCondition=/gone/too", "/gone/too /usr/bin/tool");
	check_needed(&h, "ExecStart=/bin/tool -jar /opt/app.jar /etc/app.sh /etc/app.conf /srv/www /srv/none",
		     "/etc/app.sh /opt/app.jar /usr/bin/tool");
	check_needed(&h, "ExecStart=/run/%u/tool $X /opt/$Y --jar=/opt/app.jar", "");
}

TEST(files_and_interpreters)
{
	_cleanup_(host_remove) struct host h;
	_cleanup_(unit_done) struct unit unit = { 0 };

	host_make(&h);
	put(&h, "/usr/bin/env", 0755, "");
	put(&h, "/usr/bin/python9", 0755, "");
	put(&h, "/usr/bin/a", 0755, "#! /usr/bin/python9 -x\n");
	put(&h, "/usr/bin/b", 0755, "#!/usr/bin/env python9\n");
	put(&h, "/usr/bin/c", 0755, "#!");
	put(&h, "/usr/bin/d", 0755, "#!/no/such\n");
	put(&h, USR "f@.service", 0644,
	    "[Service]\nExecStart=/usr/bin/a -f/etc/one.conf --two=/etc/two.conf,/var/lib/%i /usr/etc/no\n"
	    "ExecStartPre=/usr/bin/b '/etc/../shadow' \"/etc//three/\"\nExecStop=/etc/init.d/four stop\n"
	    "ExecStop=/usr/bin/c\nExecStop=/usr/bin/d\n"
	    "EnvironmentFile=-/etc/default/five\nLoadCredential=x:/etc/six\n");
	check_loads(&h, "f@", &unit);
	check_list(&unit.files, "/etc/default/five /etc/init.d/four /etc/one.conf /etc/six /etc/three /etc/two.conf "
				"/var/lib/web1");
	check_list(&unit.interpreters, "/usr/bin/env /usr/bin/python9");
}

static void check_files(struct host *h, const char *section, const char *line, const char *expected)
{
	_cleanup_(freep) char *text = xasprintf("[Service]\nExecStart=/none\n[%s]\n%s\n", section, line);
	_cleanup_(unit_done) struct unit unit = { 0 };

	put(h, USR "p@.service", 0644, text);
	check_loads(h, "p@t.service", &unit);
	check_list(&unit.files, expected);
}

TEST(files_of_settings)
{
	_cleanup_(host_remove) struct host h;

	host_make(&h);
	put(&h, "/etc/env.d/a.env", 0644, "# X=/etc/no\n ; /etc/no\nA=/etc/from-a\nOPTIONS=\"-c /var/lib/a/b\"\n");
	put(&h, "/etc/env.d/b.env", 0644, "B=/usr/no\n");
	put(&h, "/etc/env.d/.c.env", 0644, "C=/etc/no\n");
	put(&h, "/etc/env.d/d.other", 0644, "D=/etc/no\n");
	check_files(&h, "Unit", "ConditionPathExists=|!/etc/x", "/etc/x");
	check_files(&h, "Unit", "ConditionPathExists=/etc/x\nConditionPathExists=\nAssertFileNotEmpty=/etc/y",
		    "/etc/y");
	check_files(&h, "Unit", "AssertPathExistsGlob=/etc/env.d/?.env", "/etc/env.d/a.env /etc/env.d/b.env");
	check_files(&h, "Unit", "ConditionPathExistsGlob=/etc/*/a.env", "");
	check_files(&h, "Unit", "Documentation=man:x(8) file:/etc/x/README https://x/etc/no", "/etc/x/README");
	check_files(&h, "Unit", "Description=/etc/no", "");
	check_files(&h, "Service", "ConditionPathExists=/etc/no", "");
	check_files(&h, "Service", "WorkingDirectory=-/var/lib/%i", "/var/lib/t");
	check_files(&h, "Service", "WorkingDirectory=~", "");
	check_files(&h, "Service", "ReadWritePaths=-/var/a +/etc/b /run/c\nReadOnlyPaths=-+/etc/d",
		    "/etc/b /etc/d /run/c /var/a");
	check_files(&h, "Service", "BindPaths=/etc/a:/var/b:rbind /etc/c\nBindReadOnlyPaths=-/etc/d:/srv/d",
		    "/etc/a /etc/c /etc/d /srv/d /var/b");
	check_files(&h, "Service", "InaccessiblePaths=/etc/no", "");
	check_files(&h, "Service", "RootDirectory=/var/lib/jail", "/var/lib/jail");
	check_files(&h, "Service", "PIDFile=/var/lib/a/pid", "/var/lib/a");
	check_files(&h, "Service", "PIDFile=/var/pid", "");
	check_files(
		&h, "Service",
		"StandardInput=file:/etc/in\nStandardOutput=append:/var/log/a/out\nStandardError=file:/var/log/b/err",
		"/etc/in /var/log/a /var/log/b");
	check_files(&h, "Service", "Environment=A=/etc/a.yml \"B=x /etc/b\" 'C=/usr/x:/etc/c'",
		    "/etc/a.yml /etc/b /etc/c");
	check_files(&h, "Service", "EnvironmentFile=-/etc/env.d/*.env",
		    "/etc/env.d/a.env /etc/env.d/b.env /etc/from-a /var/lib/a/b");
	check_files(&h, "Service", "EnvironmentFile=/etc/missing", "/etc/missing");
}

TEST(users_and_install)
{
	_cleanup_(host_remove) struct host h;
	_cleanup_(unit_done) struct unit unit = { 0 }, dynamic = { 0 };

	host_make(&h);
	put(&h, USR "u@.service", 0644,
	    "[Unit]\nSourcePath=/etc/init.d/u\n" SIMPLE
	    "User=old\nUser=%i\nGroup=33\nSupplementaryGroups=b a\nSupplementaryGroups=x:y c\n"
	    "[Install]\nAlso=u.socket nonsense\nWantedBy=multi-user.target\nUpheldBy=z.target\n"
	    "RequiredBy=graphical.target\nAlias=v@%i.service bad/name\n");
	put(&h, USR "dyn.service", 0644, SIMPLE "DynamicUser=yes\nUser=dyn\nGroup=dyn\nSupplementaryGroups=audio\n");
	check_loads(&h, "u@", &unit);
	CHECK_STR(unit.source, "/etc/init.d/u");
	check_list(&unit.users, "web1");
	check_list(&unit.groups, "33 a b c");
	check_list(&unit.also, "u.socket");
	check_list(&unit.wanted_by, "multi-user.target z.target");
	check_list(&unit.required_by, "graphical.target");
	check_list(&unit.aliases, "v@web1.service");
	check_loads(&h, "dyn", &dynamic);
	CHECK(dynamic.source == NULL);
	check_list(&dynamic.users, "");
	check_list(&dynamic.groups, "audio");
}

static void check_expands(const char *id, const char *text, const char *expected)
{
	struct unit unit = { .id = (char *)id };
	_cleanup_(freep) char *expanded = unit_expand(&unit, text);

	CHECK_STR(expanded, expected);
}

TEST(specifiers)
{
	check_expands(
		"a-b\\x2dc@x-y\\x2dz.service", "%n %N %p %P %i %I %j %J %f",
		"a-b\\x2dc@x-y\\x2dz.service a-b\\x2dc@x-y\\x2dz a-b\\x2dc a/b-c x-y\\x2dz x/y-z b\\x2dc b-c /x/y-z");
	check_expands("a-b.service", "[%i|%I] %p %P %j %f", "[|] a-b a/b b /a/b");
	check_expands("a.service", "%t %S %C %L %E %T %V %%i",
		      "/run /var/lib /var/cache /var/log /etc /tmp /var/tmp %i");
	check_expands("a.service", "%m %H %u 100%", "%m %H %u 100%");
	/* Neither control characters nor what is no escape comes out of an instance. */
	check_expands("a@\\x0a.service", "%I %f", "%I %f");
	check_expands("a@\\x.service", "%I", "%I");
}

TEST(mutations)
{
	_cleanup_(host_remove) struct host h;
	static const char seed[] = "[Unit]\nSourcePath=/x\n[Service]\nExecStart=-/usr/bin/tool 'a b' \\x41 ; "
				   "\"/usr/sbin/daemon\" %i %f\\\n /bin/tool\nUser=%p\n[Install]\nAlias=a@%i.service\n";
	static const char bytes[] = "\\\n'\";%@-/ \t=[]#xuU0\xc3\x01";
	int good = 0;

	host_make(&h);
	put_link(&h, ETC "n@.service", "/usr/lib/systemd/system/m@.service");
	srand(3);
	for (int round = 0; round < 1500; round++) {
		_cleanup_(unit_done) struct unit unit = { 0 };
		_cleanup_(freep) char *message = NULL, *text = xstrdup(seed);

		for (int i = rand() % 4; i >= 0; i--)
			text[(size_t)rand() % strlen(seed)] = bytes[(size_t)rand() % (sizeof(bytes) - 1)];
		put(&h, USR "m@.service", 0644, text);
		if (unit_load(h.fd, "n@", "a-b.c", &unit, &message) != UNIT_OK) {
			CHECK(message && !has_control(message));
			continue;
		}
		good++;
		for (size_t i = 0; i < unit.programs.n; i++)
			CHECK(*unit.programs.v[i] == '/' && !has_control(unit.programs.v[i]));
	}
	CHECK(good > 300 && good < 1499);
}

TEST_MAIN
