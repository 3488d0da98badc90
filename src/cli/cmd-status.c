/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* status: shows containers from the host's side and from inside. The exit status is like systemctl's: 0 if all are
 * running and all is well, 1 if one is degraded or paused, 3 if one is not running, 4 if one does not exist. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "base/text.h"
#include "cli/cmds.h"
#include "cli/operands.h"
#include "container/disk.h"
#include "container/open.h"
#include "container/paths.h"
#include "container/port.h"
#include "container/record-file.h"
#include "copies/snapshots.h"
#include "container/virt-client.h"
#include "running/cgroup-scope.h"
#include "running/health.h"
#include "running/leader.h"
#include "running/machine-bus.h"
#include "running/old-code.h"
#include "running/verify.h"
#include "running/walls.h"
#include "systemd/manager.h"
#include "systemd/unit-failure.h"
#include "upgrade/behind.h"

#define STATUS_NOT_WELL 1
#define STATUS_NOT_RUNNING 3
#define STATUS_NO_SUCH 4

static const struct verb_option options[] = {
	OPERANDS_ALL,
	{ "json", 0, NULL, "print the state and the walls as JSON", verb_take_flag, offsetof(struct operands, json) },
	{ 0 },
};

static void line(const char *label, const char *fmt, ...) _printf_(2, 3);
static void line(const char *label, const char *fmt, ...)
{
	_cleanup_(freep) char *text = NULL;
	_cleanup_(freep) char *safe = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	safe = escape_control(text);
	printf("%16s%s %s\n", label, *label ? ":" : " ", safe);
}

/* Writes the two largest units, as in '3h 5min'. */
static char *format_age(uint64_t seconds)
{
	static const struct {
		uint64_t seconds;
		const char *name;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
	_cleanup_(buf_done) struct buf b = { 0 };
	int parts = 0;

	for (size_t i = 0; i < ARRAY_SIZE(units) && parts < 2; i++) {
		if (seconds / units[i].seconds == 0)
			continue;
		buf_addf(&b, "%s%llu%s", parts++ ? " " : "", (unsigned long long)(seconds / units[i].seconds),
			 units[i].name);
		seconds %= units[i].seconds;
	}
	return parts ? buf_steal(&b) : xstrdup("0s");
}

static char *format_since(uint64_t usec)
{
	time_t then = (time_t)(usec / 1000000), now = time(NULL);
	_cleanup_(freep) char *age = format_age(now > then ? (uint64_t)(now - then) : 0);
	char text[64];
	struct tm tm;

	if (usec == 0 || !localtime_r(&then, &tm) || strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %Z", &tm) == 0)
		return xstrdup("");
	return xasprintf(" since %s; %s ago", text, age);
}

/* Why the last run ended that failed. What systemd knows besides its result, it has forgotten after a restart. */
static void print_runs(struct sd_bus *bus, const char *name, const struct unit_state *host,
		       const struct service_runs *runs)
{
	_cleanup_(unit_failure_done) struct unit_failure failure = { 0 };
	_cleanup_(freep) char *unit = host_unit_name(name), *text = NULL;

	if (strcmp(host->active, "failed") == 0 && unit_failure_read(bus, unit, &failure) == 0)
		text = unit_failure_text(host, &failure);
	if (*runs->result)
		line("Result", "%s%s%s; 'virt-sandbox-service logs %s' shows more", runs->result, text ? ", " : "",
		     text ? text : "", name);
	if (runs->restarts > 0)
		line("Restarts", "%u by systemd since it was started", runs->restarts);
}

static void print_host(const struct record *record, const struct unit_state *host, const char *health)
{
	_cleanup_(freep) char *since = format_since(host->since), *unfinished = NULL;

	line("State", "%s (%s)%s", host->active, host->sub, since);
	if (strcmp(host->active, "active") == 0 && strcmp(health, "running") != 0)
		line("Health", "%s", health);
	if (host->status[0] && strcmp(host->active, "active") == 0)
		line("Status", "%s", host->status);
	if (record->state != RECORD_READY)
		line("Record", "%s", unfinished = container_unfinished(record));
}

/* What the container has beyond others, if anything. */
static void print_words(const char *label, const struct strv *words)
{
	_cleanup_(freep) char *text = strv_join(words, ", ");

	if (*text)
		line(label, "%s", text);
}

static void print_record(const struct context *context, const struct record *record)
{
	unsigned int snapshots = snapshots_count(context->root_fd, record);

	if (record->level && *record->level)
		line("Level", "%s", record->level);
	if (record->process_context && *record->process_context)
		line("Label", "%s, files %s", record->process_context, record->file_context);
	if (record->uid_base)
		line("Ids", "%u to %u", record->uid_base, record->uid_base + record->uid_count - 1);
	print_words("Capabilities", &record->capabilities);
	print_words("System calls", &record->system_calls);
	for (size_t i = 0; i < record->nets.n; i++) {
		const struct net *net = &record->nets.v[i];
		_cleanup_(freep) char *source = net->kind->libvirt ? xstrdup(net->source) : net_source(net);
		_cleanup_(freep) char *address =
			net->dhcp ? xstrdup("address by DHCP") : ipv4_format_range(&net->address);
		_cleanup_(freep) char *address6 = ipv6_format_range(&net->address6);

		line(i ? "" : "Network", "%s, %s%s%s%s%s", source, address, net->address6.prefix ? ", " : "",
		     net->address6.prefix ? address6 : "", net->neighbours ? ", reaches its neighbours" : "",
		     record->host_access && net_is_ours(net) ? ", reaches the host" : "");
	}
	line("Path", "%s", record->path);
	if (snapshots > 0)
		line("Snapshots", "%u", snapshots);
	if (record->package_manager)
		line("Packages", "%zu of %s", record->packages.n, record->package_manager);
}

/* Prints 'now' and, if there is a limit, 'at most ...'; either may be missing. */
static void print_limited(const char *label, const char *now, const struct record *record, enum limit limit,
			  const char *unit)
{
	_cleanup_(freep) char *most = limit_format(limit, record->limits[limit]);

	if (*most)
		line(label, "%s%sat most %s%s", now, *now ? ", " : "", most, unit);
	else if (*now)
		line(label, "%s", now);
}

/* What a running container uses. */
struct usage {
	uint64_t memory; /* bytes */
	uint64_t cpu;	 /* nanoseconds since its start */
	uint64_t processes;
};

/* Reads the usage; memory and processor time come from libvirt. 0; -ESRCH, without a message, if the container has
 * stopped; or another -errno after a message. */
static int read_usage(const struct context *context, const struct record *record, pid_t leader, struct usage *ret)
{
	_cleanup_(freep) char *text = NULL;
	struct usage usage = { 0 };
	int r = scope_processes(context->root_fd, leader, &usage.processes);

	if (r == -ENOENT || r == -ENODATA)
		return -ESRCH;
	if (r < 0)
		return log_error_errno(r, "Cannot count the processes of container '%s': %m", record->name);
	r = virt_client_run(context->connect, "domain-usage", record->name, &text);
	if (r < 0)
		return r;
	if (sscanf(text, "%" SCNu64 " %" SCNu64, &usage.memory, &usage.cpu) != 2)
		return -ESRCH;
	*ret = usage;
	return 0;
}

/* Prints usage and limits. For a stopped container, 'usage' is NULL, and only limits are printed. */
static void print_usage(const struct context *context, const struct record *record, const struct usage *usage)
{
	uint64_t bytes;
	_cleanup_(freep) char *space = disk_used(context->root_fd, record, &bytes) == 0 ? size_round(bytes) : NULL;
	_cleanup_(freep) char *disk = space ? xasprintf("%s used", space) : xstrdup("");
	_cleanup_(freep) char *size = usage ? size_round(usage->memory) : NULL;
	_cleanup_(freep) char *memory = usage ? xasprintf("%s used", size) : xstrdup("");
	_cleanup_(freep) char *cpu = usage ? xasprintf("%.3f s used", (double)usage->cpu / 1e9) : xstrdup("");
	_cleanup_(freep) char *processes = usage ? xasprintf("%" PRIu64 " processes", usage->processes) : xstrdup("");
	_cleanup_(freep) char *weight = limit_format(LIMIT_IO_WEIGHT, record->limits[LIMIT_IO_WEIGHT]);

	print_limited("Memory", memory, record, LIMIT_MEMORY, "");
	print_limited("Processors", cpu, record, LIMIT_CPUS, "");
	print_limited("Tasks", processes, record, LIMIT_TASKS, " tasks");
	print_limited("Disk", disk, record, LIMIT_DISK, "");
	if (*weight)
		line("IO weight", "%s", weight);
}

/* What becomes of a port that the kernel forwards. Users who may not know are told what is usual. */
static const char *direct_state(const struct context *context, const struct record *record, const struct port *port,
				pid_t leader)
{
	_cleanup_(freep) char *path = ports_path(record->name), *line = port_format(port), *text = NULL;
	_cleanup_(strv_done) struct strv forwarded = { 0 };
	int r = rootfd_read(context->root_fd, path, WALK_ROOT, 65536, &text, NULL);

	if (leader == 0)
		return "closed";
	strv_split(&forwarded, r == 0 ? text : "", "\n");
	return r == -EACCES || strv_has(&forwarded, line) ? "forwarded" : "in use by another program";
}

static void print_ports(const struct context *context, const struct record *record, struct sd_bus *host, pid_t leader)
{
	for (size_t i = 0; i < record->ports.n; i++) {
		const struct port *port = &record->ports.v[i];
		_cleanup_(freep) char *unit = port_unit_name(record->name, port, "socket");
		_cleanup_(freep) char *place = port_place(port), *target = port_target(port);
		struct unit_state state;

		if (port->proxy && bus_unit_state(host, unit, &state) < 0)
			return;
		line(i ? "" : "Ports", "%s to %s, %s", place, target,
		     port->proxy ? state.sub : direct_state(context, record, port, leader));
	}
}

/* What is asked of the container itself. */
struct inside {
	pid_t leader;	    /* 0 if it is not running */
	const char *health; /* as 'list' shows the state */
	struct sd_bus *bus; /* NULL if it does not answer */
	struct health ailing;
};

static void inside_done(struct inside *inside)
{
	bus_closep(&inside->bus);
	health_done(&inside->ailing);
}

/* A container that is starting or stopping is asked nothing: many of its units are not up, and that is as it should
 * be. One whose systemd does not answer is not well, either. Users who may not ask it are told what the host's unit
 * says. */
static void look_inside(const struct context *context, const struct record *record, const struct unit_state *host,
			struct inside *inside)
{
	_cleanup_(health_done) struct health known = { 0 };
	bool is_up = strcmp(host->active, "active") == 0 || strcmp(host->active, "reloading") == 0;
	int r = leader_read(context->root_fd, record->name, &inside->leader);

	inside->health = "degraded";
	if (!is_up || (r < 0 && r != -EACCES))
		inside->health = "stopped";
	else if (r == -EACCES)
		inside->health = skip_prefix(host->status, HEALTH_DEGRADED) ? "degraded" : "running";
	else if (leader_is_frozen(context->root_fd, inside->leader))
		inside->health = "paused";
	else if (machine_bus_open(context->root_fd, record->name, &inside->bus) == 0) {
		health_read(context->root_fd, record->name, &known);
		r = health_look(inside->bus, record, &known, &inside->ailing);
		if (r == 0 && inside->ailing.n == 0)
			inside->health = "running";
		if (r == -ETIMEDOUT)
			bus_closep(&inside->bus);
	}
}

static void print_ailing(const struct health *ailing)
{
	for (size_t i = 0; i < ailing->n; i++)
		line(i ? "" : "Degraded", "%s %s", ailing->v[i].unit, ailing->v[i].reason);
}

static void print_inside(const struct inside *inside, const struct record *record)
{
	char system[32];

	line("Leader", "%d", inside->leader);
	if (machine_bus_state(inside->bus, system, sizeof(system)) < 0)
		return;
	line("System inside", "%s", system);
	for (size_t i = 0; i < record->units.n; i++) {
		_cleanup_(freep) char *process = NULL;
		struct unit_state state;

		if (bus_unit_state(inside->bus, record->units.v[i], &state) < 0)
			return;
		if (state.main_pid)
			process = xasprintf(", main process %u inside", state.main_pid);
		line(i ? "" : "Units", "%s %s (%s)%s%s%s", record->units.v[i], state.active, state.sub,
		     process ? process : "", state.status[0] ? ", " : "", state.status);
	}
	print_ailing(&inside->ailing);
}

/* What the host has newer than the container. */
struct outdated {
	bool configuration;
	struct strv programs; /* that run old code; the container chose these names */
};

static void outdated_done(struct outdated *outdated)
{
	strv_done(&outdated->programs);
}

static void find_outdated(const struct context *context, const char *name, pid_t leader, struct outdated *ret)
{
	_cleanup_(behind_cache_done) struct behind_cache cache = { 0 };

	ret->configuration = behind_find(context->root_fd, name, &cache) > 0;
	if (leader > 0)
		old_code_find(context->root_fd, leader, &ret->programs);
}

static void print_outdated(const struct outdated *outdated, const char *name)
{
	_cleanup_(freep) char *programs = strv_join(&outdated->programs, ", ");

	if (outdated->configuration)
		line("Outdated", "the host has newer configuration; 'virt-sandbox-service upgrade %s' brings it", name);
	if (outdated->programs.n > 0)
		line(outdated->configuration ? "" : "Outdated",
		     "%s: code that the host does not have any more; 'virt-sandbox-service restart %s' renews it",
		     programs, name);
}

static void print_units(const struct record *record)
{
	for (size_t i = 0; i < record->units.n; i++)
		line(i ? "" : "Units", "%s", record->units.v[i]);
}

/* Asks for the rules only where they matter. */
static void find_walls(const struct context *context, const struct record *record, struct walls *ret)
{
	bool rules = nets_have_ours(&record->nets) && walls_rules(context);

	walls_find(context->root_fd, record, rules, ret);
}

static void print_walls(const struct context *context, const struct record *record)
{
	_cleanup_(walls_done) struct walls walls = { 0 };

	find_walls(context, record, &walls);
	for (size_t i = 0; i < walls.n; i++)
		line(i ? "" : "Walls", "%-4s %-14s  %s", wall_state_name(walls.v[i].state), walls.v[i].name,
		     walls.v[i].found);
}

static void json_set_known(struct json_object *object, const char *key, uint64_t number, bool known)
{
	if (known)
		json_set_int(object, key, (int64_t)number);
	else
		json_set(object, key, NULL);
}

static struct json_object *make_json(const struct context *context, const struct record *record, const char *unit,
				     const struct unit_state *state, const struct service_runs *runs,
				     const struct inside *inside)
{
	struct json_object *status = json_object_make();
	_cleanup_(walls_done) struct walls walls = { 0 };
	struct usage usage = { 0 };
	uint64_t disk = 0;
	bool counted = disk_used(context->root_fd, record, &disk) == 0;
	bool is_used = inside->leader > 0 && read_usage(context, record, inside->leader, &usage) == 0;
	_cleanup_(outdated_done) struct outdated outdated = { 0 };
	_cleanup_(strv_done) struct strv words = { 0 };
	struct json_object *array = json_array_make(), *ailing = json_array_make();

	if (inside->leader > 0)
		find_walls(context, record, &walls);
	find_outdated(context, record->name, inside->leader, &outdated);
	if (outdated.configuration)
		strv_add(&words, OUTDATED_CONFIGURATION);
	if (outdated.programs.n > 0)
		strv_add(&words, OUTDATED_CODE);
	for (size_t i = 0; i < walls.n; i++) {
		struct json_object *wall = json_object_make();

		json_set_string(wall, "wall", walls.v[i].name);
		json_set_string(wall, "stands", wall_state_name(walls.v[i].state));
		json_set_string(wall, "found", walls.v[i].found);
		json_append(array, wall);
	}
	for (size_t i = 0; i < inside->ailing.n; i++) {
		struct json_object *unit_object = json_object_make();

		json_set_string(unit_object, "unit", inside->ailing.v[i].unit);
		json_set_string(unit_object, "reason", inside->ailing.v[i].reason);
		json_append(ailing, unit_object);
	}
	json_set_string(status, "name", record->name);
	json_set_string(status, "unit", unit);
	json_set_string(status, "state", state->active);
	json_set_string(status, "substate", state->sub);
	json_set_int(status, "restarts", runs->restarts);
	json_set_string(status, "result", runs->result);
	json_set_string(status, "health", inside->health);
	json_set(status, "ailing", ailing);
	json_set_int(status, "leader", inside->leader);
	json_set_known(status, "memory", usage.memory, is_used);
	json_set_known(status, "memory_max", record->limits[LIMIT_MEMORY], record->limits[LIMIT_MEMORY] > 0);
	json_set_known(status, "cpu_usec", usage.cpu / 1000, is_used);
	json_set_known(status, "disk", disk, counted);
	json_set_known(status, "disk_max", record->limits[LIMIT_DISK], record->limits[LIMIT_DISK] > 0);
	json_set_known(status, "processes", usage.processes, is_used);
	json_set_strings(status, "outdated", &words);
	json_set_strings(status, "capabilities", &record->capabilities);
	json_set_strings(status, "system_calls", &record->system_calls);
	json_set(status, "walls", array);
	return status;
}

static void print_all(const struct context *context, const struct record *record, struct sd_bus *host,
		      const struct inside *inside)
{
	_cleanup_(outdated_done) struct outdated outdated = { 0 };
	pid_t leader = inside->leader;
	struct usage usage = { 0 };

	find_outdated(context, record->name, leader, &outdated);
	print_outdated(&outdated, record->name);
	print_record(context, record);
	print_ports(context, record, host, leader);
	verify_running(context->root_fd, record, leader);
	print_usage(context, record, leader > 0 && read_usage(context, record, leader, &usage) == 0 ? &usage : NULL);
	if (leader > 0)
		print_walls(context, record);
	if (inside->bus)
		print_inside(inside, record);
	else
		print_units(record);
}

/* Shows one container, as text, or in *ret_json if that is not NULL. Returns the exit status. */
static int status(const struct context *context, const char *name, struct json_object **ret_json)
{
	_cleanup_(freep) char *unit = NULL;
	_cleanup_(bus_closep) struct sd_bus *host = NULL;
	_cleanup_(inside_done) struct inside inside = { 0 };
	_cleanup_(record_done) struct record record = { 0 };
	struct unit_state state;
	struct service_runs runs = { 0 };
	int r = record_load(context->root_fd, name, &record);

	if (r < 0)
		return r == -ENOENT ? STATUS_NO_SUCH : 1;
	unit = host_unit_name(name);
	if (systemd_connect(&host) < 0 || bus_unit_state(host, unit, &state) < 0)
		return 1;
	if (strcmp(state.load, "loaded") == 0 && systemd_runs(host, unit, &runs) < 0)
		return 1;
	look_inside(context, &record, &state, &inside);
	if (ret_json) {
		*ret_json = make_json(context, &record, unit, &state, &runs, &inside);
	} else {
		printf("%s - %s\n", name, unit);
		print_host(&record, &state, inside.health);
		print_runs(host, name, &state, &runs);
		print_all(context, &record, host, &inside);
	}
	if (strcmp(state.active, "active") != 0)
		return STATUS_NOT_RUNNING;
	return strcmp(inside.health, "running") == 0 ? 0 : STATUS_NOT_WELL;
}

/* For a single name the JSON is an object, and otherwise an array. Of several exit statuses, the largest is the
 * worst. */
static int run(const struct context *context, int argc, char **argv)
{
	_cleanup_(operands_done) struct operands o = { 0 };
	_cleanup_(json_freep) struct json_object *array = json_array_make();
	int worst = operands_read(&cmd_status, context, argc, argv, &o);

	if (worst)
		return worst;
	for (size_t i = 0; i < o.names.n; i++) {
		struct json_object *object = NULL;
		int r;

		if (i > 0 && !o.json)
			putchar('\n');
		r = status(context, o.names.v[i], o.json ? &object : NULL);
		worst = r > worst ? r : worst;
		if (object && o.names.n == 1 && !o.all) {
			json_print(object);
			json_freep(&object);
			return worst;
		}
		if (object)
			json_append(array, object);
	}
	if (o.json && (o.all || o.names.n > 1))
		json_print(array);
	return worst;
}

const struct verb cmd_status = {
	.name = "status",
	.synopsis = "[OPTION...] NAME... | --all",
	.options = options,
	.help = "Show what containers are and whether the services in them are up",
	.run = run,
};
