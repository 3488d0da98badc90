/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See record.h. One table says what a record holds: reading, writing and what is refused all come from its rows. */
#include "container/record.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/ini.h"
#include "container/mount-spec.h"
#include "container/paths.h"
#include "container/port.h"
#include "container/record-field.h"
#include "container/record-value.h"

#define SECTION_NET "Network " /* and its number, from 1 */

#define IN_RECORD(member) offsetof(struct record, member)
#define IN_NET(member) offsetof(struct record_net, member)

/* In the order in which they are written; those of an interface last. */
static const struct field fields[] = {
	{ "Container", "Format", NEEDED, &kind_format, 0, value_is_format, "a format's number" },
	{ "Container", "State", NEEDED, &kind_state, IN_RECORD(state), NULL, "'creating' or 'ready'" },
	{ "Container", "Name", NEEDED, &kind_text, IN_RECORD(name), record_name_valid, "the name of a container" },
	{ "Container", "UUID", NEEDED_READY, &kind_text, IN_RECORD(uuid), value_is_uuid, "a UUID" },
	{ "Container", "Path", NEEDED, &kind_text, IN_RECORD(path), value_is_path, "an absolute path without '..'" },
	{ "Container", "Hostname", OPTIONAL, &kind_text, IN_RECORD(hostname), value_is_hostname, "a host name" },
	{ "Container", "PackageManager", NEEDED_READY, &kind_text, IN_RECORD(package_manager), value_is_manager,
	  "the name of a package manager" },
	{ "Container", "Units", NEEDED_READY, &kind_words, IN_RECORD(units), value_is_service, "names of services" },
	{ "Packages", "Package", OPTIONAL, &kind_items, IN_RECORD(packages), value_is_package,
	  "the name of a package" },
	{ "SELinux", "Level", OPTIONAL, &kind_text, IN_RECORD(level), value_is_level, "a level like 's0:c1,c2'" },
	{ "SELinux", "ProcessContext", OPTIONAL, &kind_text, IN_RECORD(process_context), value_is_context,
	  "a security context" },
	{ "SELinux", "FileContext", OPTIONAL, &kind_text, IN_RECORD(file_context), value_is_context,
	  "a security context" },
	{ "IDs", "Base", OPTIONAL, &kind_number, IN_RECORD(uid_base), value_is_base,
	  "a multiple of 65536 from 65536 to 4294836224" },
	{ "IDs", "Count", OPTIONAL, &kind_number, IN_RECORD(uid_count), value_is_count, "65536" },
	{ "Limits", "Memory", OPTIONAL, &kind_limit, IN_RECORD(limits[LIMIT_MEMORY]), NULL, NULL },
	{ "Limits", "CPUs", OPTIONAL, &kind_limit, IN_RECORD(limits[LIMIT_CPUS]), NULL, NULL },
	{ "Limits", "Tasks", OPTIONAL, &kind_limit, IN_RECORD(limits[LIMIT_TASKS]), NULL, NULL },
	{ "Limits", "IOWeight", OPTIONAL, &kind_limit, IN_RECORD(limits[LIMIT_IO_WEIGHT]), NULL, NULL },
	{ "Ports", "Publish", OPTIONAL, &kind_items, IN_RECORD(ports), port_valid, "like '8080:80'" },
	{ "Mounts", "Mount", OPTIONAL, &kind_items, IN_RECORD(mounts), mount_valid, "like 'host-bind:/srv=/data:ro'" },
	{ SECTION_NET, "Network", OPTIONAL, &kind_text, IN_NET(network), value_is_network,
	  "the name of a libvirt network" },
	{ SECTION_NET, "Bridge", OPTIONAL, &kind_text, IN_NET(bridge), value_is_interface, "the name of a bridge" },
	{ SECTION_NET, "Device", OPTIONAL, &kind_text, IN_NET(device), value_is_interface,
	  "the name of an interface of the host" },
	{ SECTION_NET, "MAC", OPTIONAL, &kind_text, IN_NET(mac), value_is_mac, "the address of a network card" },
	{ SECTION_NET, "DHCP", OPTIONAL, &kind_flag, IN_NET(dhcp), NULL, "yes or no" },
	{ SECTION_NET, "Address", OPTIONAL, &kind_text, IN_NET(address), value_is_address, "like '192.168.122.5/24'" },
	{ SECTION_NET, "Gateway", OPTIONAL, &kind_text, IN_NET(gateway), value_is_gateway, "like '192.168.122.1'" },
	{ SECTION_NET, "Route", OPTIONAL, &kind_items, IN_NET(routes), value_is_route,
	  "like '10.1.0.0/16%192.168.122.1'" },
};

bool record_name_valid(const char *name)
{
	return (islower((unsigned char)*name) || isdigit((unsigned char)*name)) && strlen(name) <= RECORD_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == strlen(name);
}

static bool is_net(const struct field *field)
{
	return strcmp(field->section, SECTION_NET) == 0;
}

static void print_net(const struct record *record, size_t i, struct buf *text)
{
	buf_addf(text, "\n[" SECTION_NET "%zu]\n", i + 1);
	for (const struct field *f = fields; f < fields + ARRAY_SIZE(fields); f++)
		if (is_net(f))
			f->kind->print(f, (const char *)&record->nets[i] + f->offset, text);
}

char *record_format(const struct record *record)
{
	_cleanup_(buf_done) struct buf text = { 0 };
	const char *section = "";

	buf_addf(&text, "# Written by virt-sandbox-service, which makes the container from this at each start.\n"
			"# Stop the container before you change anything here.\n");
	for (const struct field *f = fields; f < fields + ARRAY_SIZE(fields) && !is_net(f); f++) {
		_cleanup_(buf_done) struct buf lines = { 0 };

		f->kind->print(f, (const char *)record + f->offset, &lines);
		if (lines.len > 0 && strcmp(section, f->section) != 0)
			buf_addf(&text, "\n[%s]\n", section = f->section);
		buf_add(&text, lines.text, lines.len);
	}
	for (size_t i = 0; i < record->n_nets; i++)
		print_net(record, i, &text);
	return buf_steal(&text);
}

void record_net_done(struct record_net *net)
{
	free(net->network);
	free(net->bridge);
	free(net->device);
	free(net->mac);
	free(net->address);
	free(net->gateway);
	strv_done(&net->routes);
	*net = (struct record_net){ 0 };
}

void record_net_copy(const struct record_net *net, struct record_net *ret)
{
	*ret = (struct record_net){
		.network = xstrdup(net->network),
		.bridge = xstrdup(net->bridge),
		.device = xstrdup(net->device),
		.mac = xstrdup(net->mac),
		.dhcp = net->dhcp,
		.address = xstrdup(net->address),
		.gateway = xstrdup(net->gateway),
	};
	for (size_t i = 0; i < net->routes.n; i++)
		strv_add(&ret->routes, net->routes.v[i]);
}

char *record_net_source(const struct record_net *net)
{
	return *net->bridge   ? xasprintf("bridge '%s'", net->bridge)
	       : *net->device ? xasprintf("interface '%s'", net->device)
			      : xasprintf("network '%s'", net->network);
}

void record_done(struct record *record)
{
	for (size_t i = 0; i < record->n_nets; i++)
		record_net_done(&record->nets[i]);
	free(record->nets);
	free(record->name);
	free(record->uuid);
	free(record->path);
	free(record->hostname);
	free(record->package_manager);
	free(record->level);
	free(record->process_context);
	free(record->file_context);
	strv_done(&record->units);
	strv_done(&record->packages);
	strv_done(&record->ports);
	strv_done(&record->mounts);
	*record = (struct record){ 0 };
}

struct reader {
	struct record record;
	bool seen[ARRAY_SIZE(fields)]; /* of an interface's keys: in the current one */
	char *problem;		       /* a sentence, once something is wrong */
};

static void reader_done(struct reader *reader)
{
	record_done(&reader->record);
	free(reader->problem);
}

static bool check_needed(struct reader *reader)
{
	enum need most = reader->record.state == RECORD_READY ? NEEDED_READY : NEEDED;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		enum need need = fields[i].need;

		if (need == OPTIONAL || need > most || reader->seen[i])
			continue;
		reader->problem = xasprintf("%s= is missing in [%s].", fields[i].key, fields[i].section);
		return false;
	}
	return true;
}

/* The interface of 'section', which is the one that is being read or the next. NULL if it is neither. */
static struct record_net *find_net(struct reader *reader, const char *section)
{
	struct record *record = &reader->record;
	uint64_t number;

	if (parse_u64(skip_prefix(section, SECTION_NET), RECORD_NETS_MAX, &number) < 0 || number == 0)
		return NULL;
	if (number == record->n_nets + 1) {
		grow(record->nets, record->n_nets);
		record->nets[record->n_nets++] = (struct record_net){ 0 };
		for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
			reader->seen[i] = reader->seen[i] && !is_net(&fields[i]);
	}
	return number == record->n_nets ? &record->nets[number - 1] : NULL;
}

static const struct field *find_field(const struct ini_line *line)
{
	for (const struct field *f = fields; f < fields + ARRAY_SIZE(fields); f++) {
		if (strcmp(f->key, line->key) != 0)
			continue;
		if (is_net(f) ? skip_prefix(line->section, f->section) != NULL : !strcmp(f->section, line->section))
			return f;
	}
	return NULL;
}

static bool read_line(struct reader *reader, const struct ini_line *line)
{
	const struct field *f = find_field(line);
	char *base = (char *)&reader->record;
	bool *seen;

	if (f && is_net(f))
		base = (char *)find_net(reader, line->section);
	if (reader->problem)
		return false;
	if (!f || !base) {
		reader->problem = xasprintf("a record has no such key in a section of that name.");
		return false;
	}
	seen = &reader->seen[f - fields];
	if (*seen && !f->kind->many)
		reader->problem = xasprintf("%s= is there twice.", f->key);
	else if (!*line->value || !f->kind->parse(f, line->value, base + f->offset))
		reader->problem =
			xasprintf("%s= must be %s.", f->key, f->must ? f->must : limit_must(limit_of_key(f->key)));
	*seen = true;
	return !reader->problem;
}

static bool check_net(struct reader *reader, size_t i)
{
	const struct record_net *net = &reader->record.nets[i];

	if (!net->network + !net->bridge + !net->device != 2)
		reader->problem = xasprintf("[" SECTION_NET "%zu] needs one of Network=, Bridge= and Device=.", i + 1);
	else if (net->dhcp && net->address)
		reader->problem = xasprintf("[" SECTION_NET "%zu] has either DHCP= or Address=.", i + 1);
	return !reader->problem;
}

static bool check_mounts(struct reader *reader)
{
	struct strv before = reader->record.mounts;

	if (before.n > MOUNTS_MAX)
		reader->problem = xasprintf("[Mounts] has more than %d.", MOUNTS_MAX);
	while (!reader->problem && before.n-- > 0)
		if (mount_overlaps(before.v[before.n], &before))
			reader->problem = xasprintf("Mount=%s lies on another.", before.v[before.n]);
	return !reader->problem;
}

/* What no single line shows. */
static bool check_whole(struct reader *reader, const char *name)
{
	const struct record *r = &reader->record;

	if (!check_needed(reader))
		return false;
	for (size_t i = 0; i < r->n_nets; i++)
		if (!check_net(reader, i))
			return false;
	if (!check_mounts(reader))
		return false;
	if (strcmp(r->name, name) != 0)
		reader->problem = xasprintf("it is the record of '%s'.", r->name);
	else if (strcmp(strrchr(r->path, '/') + 1, name) != 0) /* what delete removes whole */
		reader->problem = xasprintf("Path= must end in '/%s'.", name);
	else if (!r->uid_base != !r->uid_count)
		reader->problem = xasprintf("[IDs] needs both Base= and Count=.");
	else if (!r->process_context != !r->file_context || (r->process_context && !r->level))
		reader->problem = xasprintf("[SELinux] needs Level= with the contexts, and both of these.");
	return !reader->problem;
}

static void fill_texts(void *base, bool net)
{
	for (const struct field *f = fields; f < fields + ARRAY_SIZE(fields); f++) {
		char **text = (char **)((char *)base + f->offset);

		if (f->kind == &kind_text && is_net(f) == net && !*text)
			*text = xstrdup("");
	}
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
		return refuse(name, bad, "this is no 'KEY=VALUE' in plain text.", ret_message);
	/* Before all else: a newer format may have keys that this one has not. */
	format = ini_get(&ini, "Container", "Format");
	if (format && parse_u64(format, UINT64_MAX, &number) == 0 && number > RECORD_FORMAT)
		return refuse(name, 0, "it was written by a newer version of virt-sandbox-service.", ret_message);
	for (size_t i = 0; i < ini.n; i++)
		if (!read_line(&reader, &ini.lines[i]))
			return refuse(name, ini.lines[i].line, reader.problem, ret_message);
	if (!check_whole(&reader, name))
		return refuse(name, 0, reader.problem, ret_message);
	fill_texts(&reader.record, false);
	for (size_t i = 0; i < reader.record.n_nets; i++)
		fill_texts(&reader.record.nets[i], true);
	*ret = reader.record;
	reader.record = (struct record){ 0 };
	return 0;
}
