/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record of a container as text. One table, fields[], defines what a record holds: reading, writing and checking
 * all use its rows. First come the kinds of values, then the table, then reading. */
#include "container/record-text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/ini.h"
#include "container/device.h"
#include "container/live-places.h"
#include "container/paths.h"
#include "container/record-value.h"
#include "container/rights.h"

#define MAX_ITEMS 16384

enum need {
	OPTIONAL,
	NEEDED, /* required even in an unfinished record, because delete needs it */
	NEEDED_READY,
};

/* A row: where the value of a key is stored, what it may be, and the end of the sentence "KEY= must be ...". */
struct field {
	const char *section, *key;
	enum need need;
	const struct kind *kind;
	size_t offset; /* in struct record */
	bool (*valid)(const char *text);
	const char *must;
};

struct kind {
	bool many; /* the key may be repeated */
	bool (*parse)(const struct field *field, const char *value, void *at);
	void (*print)(const struct field *field, const void *at,
		      struct buf *text); /* prints nothing if the value is not set */
};

static const char *const states[] = {
	[RECORD_CREATING] = "creating",	  [RECORD_LEAVING] = "leaving", [RECORD_ARRIVING] = "arriving",
	[RECORD_RESTORING] = "restoring", [RECORD_MOVING] = "moving",	[RECORD_READY] = "ready",
};

const char *record_state_name(enum record_state state)
{
	return states[state];
}

static bool parse_text(const struct field *field, const char *value, void *at)
{
	char **text = at;

	if (!field->valid(value))
		return false;
	free(*text);
	*text = xstrdup(value);
	return true;
}

static void print_text(const struct field *field, const void *at, struct buf *text)
{
	const char *value = *(char *const *)at;

	if (value && *value)
		buf_addf(text, "%s=%s\n", field->key, value);
}

static bool parse_words(const struct field *field, const char *value, void *at)
{
	struct strv *words = at;

	strv_split(words, value, " ");
	for (size_t i = 0; i < words->n; i++)
		if (!field->valid(words->v[i]))
			return false;
	return words->n > 0 && words->n <= RECORD_UNITS_MAX;
}

static void print_words(const struct field *field, const void *at, struct buf *text)
{
	const struct strv *words = at;
	_cleanup_(freep) char *joined = strv_join(words, " ");

	if (words->n > 0)
		buf_addf(text, "%s=%s\n", field->key, joined);
}

static bool parse_item(const struct field *field, const char *value, void *at)
{
	struct strv *items = at;

	if (!field->valid(value) || items->n >= MAX_ITEMS)
		return false;
	strv_add(items, value);
	return true;
}

static void print_items(const struct field *field, const void *at, struct buf *text)
{
	const struct strv *items = at;

	for (size_t i = 0; i < items->n; i++)
		buf_addf(text, "%s=%s\n", field->key, items->v[i]);
}

static bool parse_number(const struct field *field, const char *value, void *at)
{
	uint64_t number;

	if (!field->valid(value) || parse_u64(value, UINT32_MAX, &number) < 0)
		return false;
	*(uint32_t *)at = (uint32_t)number;
	return true;
}

static void print_number(const struct field *field, const void *at, struct buf *text)
{
	uint32_t number = *(const uint32_t *)at;

	if (number > 0)
		buf_addf(text, "%s=%u\n", field->key, number);
}

static bool parse_time(const struct field *field, const char *value, void *at)
{
	uint64_t number = RECORD_FOREVER;

	(void)field;
	if (strcmp(value, "infinity") != 0 && (parse_u64(value, RECORD_FOREVER - 1, &number) < 0 || number == 0))
		return false;
	*(uint32_t *)at = (uint32_t)number;
	return true;
}

static void print_time(const struct field *field, const void *at, struct buf *text)
{
	if (*(const uint32_t *)at == RECORD_FOREVER)
		buf_addf(text, "%s=infinity\n", field->key);
	else
		print_number(field, at, text);
}

static bool parse_flag(const struct field *field, const char *value, void *at)
{
	(void)field;
	return parse_yes_no(value, at);
}

static void print_flag(const struct field *field, const void *at, struct buf *text)
{
	if (*(const bool *)at)
		buf_addf(text, "%s=yes\n", field->key);
}

static bool parse_limit(const struct field *field, const char *value, void *at)
{
	return limit_parse(limit_of_key(field->key), value, at) == 0;
}

static void print_limit(const struct field *field, const void *at, struct buf *text)
{
	uint64_t value = *(const uint64_t *)at;
	_cleanup_(freep) char *word = limit_format(limit_of_key(field->key), value);

	if (value > 0)
		buf_addf(text, "%s=%s\n", field->key, word);
}

static bool parse_state(const struct field *field, const char *value, void *at)
{
	(void)field;
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		if (strcmp(value, states[i]) == 0) {
			*(enum record_state *)at = (enum record_state)i;
			return true;
		}
	}
	return false;
}

static void print_state(const struct field *field, const void *at, struct buf *text)
{
	buf_addf(text, "%s=%s\n", field->key, states[*(const enum record_state *)at]);
}

static bool parse_port(const struct field *field, const char *value, void *at)
{
	struct port port;

	(void)field;
	if (port_parse(value, &port) < 0)
		return false;
	ports_take(at, &port);
	return true;
}

static void print_ports(const struct field *field, const void *at, struct buf *text)
{
	const struct ports *ports = at;

	for (size_t i = 0; i < ports->n; i++) {
		_cleanup_(freep) char *value = port_format(&ports->v[i]);

		buf_addf(text, "%s=%s\n", field->key, value);
	}
}

static bool parse_mount(const struct field *field, const char *value, void *at)
{
	struct mount mount;
	_cleanup_(freep) char *must = mount_parse(value, &mount);

	(void)field;
	if (must)
		return false;
	mounts_take(at, &mount);
	return true;
}

static void print_mounts(const struct field *field, const void *at, struct buf *text)
{
	const struct mounts *mounts = at;

	for (size_t i = 0; i < mounts->n; i++) {
		_cleanup_(freep) char *value = mount_format(&mounts->v[i]);

		buf_addf(text, "%s=%s\n", field->key, value);
	}
}

/* In memory, a record always has our format. */
static bool parse_format(const struct field *field, const char *value, void *at)
{
	uint64_t format;

	(void)field;
	(void)at;
	return parse_u64(value, RECORD_FORMAT, &format) == 0 && format == RECORD_FORMAT;
}

static void print_format(const struct field *field, const void *at, struct buf *text)
{
	(void)at;
	buf_addf(text, "%s=%d\n", field->key, RECORD_FORMAT);
}

static bool is_other(const char *text)
{
	return record_name_valid(text) || value_is_path(text);
}

static const struct kind kind_text = { false, parse_text, print_text };	      /* char *, "" where not set */
static const struct kind kind_words = { false, parse_words, print_words };    /* struct strv, on one line */
static const struct kind kind_items = { true, parse_item, print_items };      /* struct strv, one line for each */
static const struct kind kind_number = { false, parse_number, print_number }; /* uint32_t, 0 where not set */
static const struct kind kind_time = { false, parse_time, print_time };	      /* uint32_t, seconds, 0 where not set */
static const struct kind kind_flag = { false, parse_flag, print_flag };	      /* bool, false where not set */
static const struct kind kind_limit = { false, parse_limit, print_limit };    /* uint64_t, 0 where not set */
static const struct kind kind_port = { true, parse_port, print_ports };	      /* struct ports */
static const struct kind kind_mount = { true, parse_mount, print_mounts };    /* struct mounts */
static const struct kind kind_state = { false, parse_state, print_state };    /* enum record_state */
static const struct kind kind_format = { false, parse_format, print_format }; /* nothing */

#define SECTION_NET "Network " /* followed by a number, from 1 */

#define IN_RECORD(member) offsetof(struct record, member)
/* In the order in which they are written. The interfaces come last; their keys are in net-spec.c. */
static const struct field fields[] = {
	{ "Container", "Format", NEEDED, &kind_format, 0, NULL, "a format's number" },
	{ "Container", "State", NEEDED, &kind_state, IN_RECORD(state), NULL,
	  "'creating', 'leaving', 'arriving', 'restoring', 'moving' or 'ready'" },
	{ "Container", "Other", OPTIONAL, &kind_text, IN_RECORD(other), is_other,
	  "the name of a container, the label of a snapshot, or a path" },
	{ "Container", "Name", NEEDED, &kind_text, IN_RECORD(name), record_name_valid, "the name of a container" },
	{ "Container", "UUID", NEEDED_READY, &kind_text, IN_RECORD(uuid), value_is_uuid, "a UUID" },
	{ "Container", "Path", NEEDED, &kind_text, IN_RECORD(path), value_is_path, "an absolute path without '..'" },
	{ "Container", "Hostname", OPTIONAL, &kind_text, IN_RECORD(hostname), value_is_hostname, "a host name" },
	{ "Container", "Description", OPTIONAL, &kind_text, IN_RECORD(description), value_is_description,
	  "one line of at most 255 bytes, in UTF-8, with no space or '\\' at its end" },
	{ "Container", "NameServers", OPTIONAL, &kind_words, IN_RECORD(name_servers), value_is_address,
	  "IPv4 addresses" },
	{ "Container", "PackageManager", NEEDED_READY, &kind_text, IN_RECORD(package_manager), value_is_manager,
	  "the name of a package manager" },
	{ "Container", "Units", NEEDED_READY, &kind_words, IN_RECORD(units), value_is_unit, "names of units" },
	{ "Container", "StartSeconds", OPTIONAL, &kind_time, IN_RECORD(start_seconds), NULL, "seconds, or 'infinity'" },
	{ "Container", "StopSeconds", OPTIONAL, &kind_time, IN_RECORD(stop_seconds), NULL, "seconds, or 'infinity'" },
	{ "Container", "Untrusted", OPTIONAL, &kind_flag, IN_RECORD(untrusted), NULL, "yes or no" },
	{ "Container", "HostAccess", OPTIONAL, &kind_flag, IN_RECORD(host_access), NULL, "yes or no" },
	{ "Packages", "Package", OPTIONAL, &kind_items, IN_RECORD(packages), value_is_package,
	  "the name of a package" },
	{ "Files", "Local", OPTIONAL, &kind_items, IN_RECORD(local), value_is_local, "a path below '/usr/local'" },
	{ "Files", "Keep", OPTIONAL, &kind_items, IN_RECORD(keep), value_is_path, "an absolute path without '..'" },
	{ "SELinux", "Level", OPTIONAL, &kind_text, IN_RECORD(level), value_is_level, "a level like 's0:c1,c2'" },
	{ "SELinux", "ProcessContext", OPTIONAL, &kind_text, IN_RECORD(process_context), value_is_context,
	  "a security context" },
	{ "SELinux", "FileContext", OPTIONAL, &kind_text, IN_RECORD(file_context), value_is_context,
	  "a security context" },
	{ "IDs", "Base", OPTIONAL, &kind_number, IN_RECORD(uid_base), value_is_base,
	  "a multiple of 65536 from 65536 to 4294836224" },
	{ "IDs", "Count", OPTIONAL, &kind_number, IN_RECORD(uid_count), value_is_count, "65536" },
	{ "Rights", "Capabilities", OPTIONAL, &kind_words, IN_RECORD(capabilities), right_is_capability,
	  "CAP_NET_ADMIN, CAP_NET_RAW or both" },
	{ "Rights", "SystemCalls", OPTIONAL, &kind_words, IN_RECORD(system_calls), right_is_calls,
	  "groups of system calls" },
	{ "Rights", "Device", OPTIONAL, &kind_items, IN_RECORD(devices), device_path_valid, "the path of a device" },
	{ "Shared", "Live", OPTIONAL, &kind_words, IN_RECORD(live), live_is_place,
	  "places in /etc that containers can share with the host" },
	{ "Limits", "Memory", OPTIONAL, &kind_limit, IN_RECORD(limits[LIMIT_MEMORY]), NULL, NULL },
	{ "Limits", "CPUs", OPTIONAL, &kind_limit, IN_RECORD(limits[LIMIT_CPUS]), NULL, NULL },
	{ "Limits", "Tasks", OPTIONAL, &kind_limit, IN_RECORD(limits[LIMIT_TASKS]), NULL, NULL },
	{ "Limits", "IOWeight", OPTIONAL, &kind_limit, IN_RECORD(limits[LIMIT_IO_WEIGHT]), NULL, NULL },
	{ "Limits", "Disk", OPTIONAL, &kind_limit, IN_RECORD(limits[LIMIT_DISK]), NULL, NULL },
	{ "Ports", "Publish", OPTIONAL, &kind_port, IN_RECORD(ports), NULL, PORT_MUST },
	{ "Mounts", "Mount", OPTIONAL, &kind_mount, IN_RECORD(mounts), NULL, "like 'host-bind:/srv=/data:ro'" },
};

char *record_format(const struct record *record)
{
	_cleanup_(buf_done) struct buf text = { 0 };
	const char *section = "";

	buf_addf(&text, "# Written by virt-sandbox-service, which makes the container from this at each start.\n"
			"# Stop the container before you change anything here.\n");
	for (const struct field *f = fields; f < fields + ARRAY_SIZE(fields); f++) {
		_cleanup_(buf_done) struct buf lines = { 0 };

		f->kind->print(f, (const char *)record + f->offset, &lines);
		if (lines.len > 0 && strcmp(section, f->section) != 0)
			buf_addf(&text, "\n[%s]\n", section = f->section);
		buf_add(&text, lines.text, lines.len);
	}
	for (size_t i = 0; i < record->nets.n; i++) {
		buf_addf(&text, "\n[" SECTION_NET "%zu]\n", i + 1);
		net_print(&record->nets.v[i], &text);
	}
	return buf_steal(&text);
}

struct reader {
	struct record record;
	bool seen[ARRAY_SIZE(fields)]; /* the key has occurred */
	uint32_t seen_of_net;	       /* net_read()'s, for the current section */
	char *problem;		       /* a sentence about what is wrong, or NULL */
};

static void reader_done(struct reader *reader)
{
	record_done(&reader->record);
	free(reader->problem);
}

static bool check_needed(struct reader *reader)
{
	enum need most = reader->record.state == RECORD_CREATING ? NEEDED : NEEDED_READY;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		enum need need = fields[i].need;

		if (need == OPTIONAL || need > most || reader->seen[i])
			continue;
		reader->problem = xasprintf("%s= is missing in [%s].", fields[i].key, fields[i].section);
		return false;
	}
	return true;
}

/* The interface of 'section', which must be the current one or the next. NULL if it is neither. */
static struct net *find_net(struct reader *reader, const char *section)
{
	struct record *record = &reader->record;
	uint64_t number;

	if (parse_u64(skip_prefix(section, SECTION_NET), NETS_MAX, &number) < 0 || number == 0)
		return NULL;
	if (number == record->nets.n + 1) {
		nets_take(&record->nets, &(struct net){ .mac = xstrdup("") });
		reader->seen_of_net = 0;
	}
	return number == record->nets.n ? &record->nets.v[number - 1] : NULL;
}

static const struct field *find_field(const struct ini_line *line)
{
	for (const struct field *f = fields; f < fields + ARRAY_SIZE(fields); f++)
		if (strcmp(f->key, line->key) == 0 && strcmp(f->section, line->section) == 0)
			return f;
	return NULL;
}

static bool read_net_line(struct reader *reader, const struct ini_line *line)
{
	struct net *net = find_net(reader, line->section);

	reader->problem = net ? net_read(net, line->section, line->key, line->value, &reader->seen_of_net)
			      : xstrdup(NET_NO_SUCH_KEY);
	return !reader->problem;
}

static bool read_line(struct reader *reader, const struct ini_line *line)
{
	const struct field *f = find_field(line);
	bool *seen;

	if (skip_prefix(line->section, SECTION_NET))
		return read_net_line(reader, line);
	if (!f) {
		reader->problem = xstrdup(NET_NO_SUCH_KEY);
		return false;
	}
	seen = &reader->seen[f - fields];
	if (*seen && !f->kind->many)
		reader->problem = xasprintf("%s= occurs twice.", line->key);
	else if (!*line->value || !f->kind->parse(f, line->value, (char *)&reader->record + f->offset))
		reader->problem = xasprintf("%s= must be %s.", line->key,
					    f->must ? f->must : limit_must(limit_of_key(line->key)));
	*seen = true;
	return !reader->problem;
}

static bool check_mounts(struct reader *reader)
{
	const struct mounts *mounts = &reader->record.mounts;

	if (mounts->n > MOUNTS_MAX)
		reader->problem = xasprintf("[Mounts] has more than %d mounts.", MOUNTS_MAX);
	for (size_t i = 1; i < mounts->n && !reader->problem; i++) {
		_cleanup_(freep) char *text = mount_format(&mounts->v[i]);

		if (mount_overlaps(&mounts->v[i], mounts, i))
			reader->problem = xasprintf("Mount=%s overlaps with another mount.", text);
	}
	return !reader->problem;
}

/* Checks the whole, after each line is valid by itself. */
static bool check_whole(struct reader *reader, const char *name)
{
	const struct record *r = &reader->record;

	if (!check_needed(reader))
		return false;
	for (size_t i = 0; i < r->nets.n; i++) {
		_cleanup_(freep) char *section = xasprintf(SECTION_NET "%zu", i + 1);

		reader->problem = net_check(&r->nets.v[i], section);
		if (reader->problem)
			return false;
	}
	if (!check_mounts(reader))
		return false;
	if (r->state != RECORD_CREATING && r->state != RECORD_READY && !r->other)
		reader->problem = xasprintf("State=%s needs Other=.", states[r->state]);
	else if (r->other && (r->state == RECORD_MOVING) != (*r->other == '/'))
		reader->problem = xasprintf("Other= does not fit State=%s.", states[r->state]);
	else if (r->state == RECORD_MOVING && /* it is removed, and nothing else may be */
		 (strcmp(strrchr(r->other, '/') + 1, name) != 0 || strcmp(r->other, r->path) == 0))
		reader->problem = xasprintf("Other= must end in '/%s', and not be Path=.", name);
	else if (strcmp(r->name, name) != 0)
		reader->problem = xasprintf("this is the record of '%s'.", r->name);
	else if (strcmp(strrchr(r->path, '/') + 1, name) != 0) /* delete removes this directory with everything in it */
		reader->problem = xasprintf("Path= must end in '/%s'.", name);
	else if (!r->uid_base != !r->uid_count)
		reader->problem = xasprintf("[IDs] needs both Base= and Count=.");
	else if (!r->process_context != !r->file_context || (r->process_context && !r->level))
		reader->problem = xasprintf("[SELinux] needs both contexts or neither, and Level= with them.");
	return !reader->problem;
}

static void fill_texts(struct record *record)
{
	for (const struct field *f = fields; f < fields + ARRAY_SIZE(fields); f++) {
		char **text = (char **)((char *)record + f->offset);

		if (f->kind == &kind_text && !*text)
			*text = xstrdup("");
	}
}

void record_copy(const struct record *from, struct record *ret)
{
	*ret = (struct record){ 0 };
	for (const struct field *f = fields; f < fields + ARRAY_SIZE(fields); f++) {
		_cleanup_(buf_done) struct buf text = { 0 };
		_cleanup_(strv_done) struct strv lines = { 0 };

		f->kind->print(f, (const char *)from + f->offset, &text);
		strv_split(&lines, text.len ? text.text : "", "\n");
		for (size_t i = 0; i < lines.n; i++)
			f->kind->parse(f, strchr(lines.v[i], '=') + 1, (char *)ret + f->offset);
	}
	nets_copy(&from->nets, &ret->nets);
	fill_texts(ret);
}

static int refuse(const char *name, unsigned int line, const char *problem, char **ret_message)
{
	_cleanup_(freep) char *path = record_path(name);

	*ret_message = line ? xasprintf("Record '%s', line %u: %s", path, line, problem)
			    : xasprintf("Record '%s': %s", path, problem);
	return -EINVAL;
}

int record_parse(const char *name, const char *text, size_t len, struct record *ret, char **ret_message)
{
	_cleanup_(reader_done) struct reader reader = { 0 };
	_cleanup_(ini_done) struct ini ini = { 0 };
	unsigned int bad;
	const char *format;
	uint64_t number;

	if (ini_parse(text, len, &ini, &bad) < 0 || bad)
		return refuse(name, bad, "this is not 'KEY=VALUE' in plain text.", ret_message);
	/* This comes first: a newer format may have keys that we do not know. */
	format = ini_get(&ini, "Container", "Format");
	if (format && parse_u64(format, UINT64_MAX, &number) == 0 && number > RECORD_FORMAT)
		return refuse(name, 0, "it was written by a newer version of virt-sandbox-service.", ret_message);
	for (size_t i = 0; i < ini.n; i++)
		if (!read_line(&reader, &ini.lines[i]))
			return refuse(name, ini.lines[i].line, reader.problem, ret_message);
	if (!check_whole(&reader, name))
		return refuse(name, 0, reader.problem, ret_message);
	fill_texts(&reader.record);
	*ret = reader.record;
	reader.record = (struct record){ 0 };
	return 0;
}

int record_parse_any(const char *text, size_t len, struct record *ret, char **ret_message)
{
	const char *line = strstr(text, "\nName=");
	_cleanup_(freep) char *name = NULL;

	if (!line)
		return -EINVAL;
	line += strlen("\nName=");
	name = xstrndup(line, strcspn(line, "\n"));
	return record_parse(name, text, len, ret, ret_message);
}
