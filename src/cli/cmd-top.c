/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* top: what the running containers use, once or again and again. Rates are the difference of what the kernel has
 * counted at two times. Nothing is asked of the containers, and no record is read. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "cli/cmds.h"
#include "cli/table.h"
#include "container/record-file.h"
#include "running/leader.h"
#include "running/terminal.h"
#include "running/usage.h"

#define USEC UINT64_C(1000000)
#define CTRL_C 3

struct top {
	const struct context *context;
	struct strv named; /* or none, for all */
	bool batch;
	uint64_t count; /* 0 for ever */
	uint64_t delay; /* microseconds, or 0 for the default */
	struct view view;
	struct terminal terminal;
	struct signals signals;
	int signal; /* that ends it */
	bool quit;
};

/* The longest is a day. */
static char *take_delay(const struct verb_option *option, const char *value, void *at)
{
	char *end;
	double seconds = strtod(value, &end);

	(void)option;
	if (end == value || *end || !(seconds >= 0.1 && seconds <= 86400))
		return xstrdup("a number of seconds from 0.1 to 86400");
	*(uint64_t *)at = (uint64_t)(seconds * (double)USEC);
	return NULL;
}

static char *take_count(const struct verb_option *option, const char *value, void *at)
{
	(void)option;
	return parse_u64(value, INT32_MAX, at) == 0 && *(uint64_t *)at > 0 ? NULL : xstrdup("a number of tables");
}

#define INTO(member) offsetof(struct top, member)
static const struct verb_option options[] = {
	{ "batch", 'b', NULL, "print a table and end, or NUMBER tables with -n", verb_take_flag, INTO(batch) },
	{ "delay", 'd', "SECONDS", "measure for this long before each table (default: 1, on a terminal 2)", take_delay,
	  INTO(delay) },
	{ "iterations", 'n', "NUMBER", "end after this many tables", take_count, INTO(count) },
	VIEW_OPTIONS(INTO(view)),
	{ 0 },
};
#undef INTO

enum {
	NAME,
	CPU,
	MEMORY,
	TASKS,
	READ,
	WRITTEN,
	CPU_USEC,
};

static const struct column columns[] = {
	[NAME] = { "name", "NAME", COLUMN_WORD, 0, "name of the container" },
	[CPU] = { "cpu", "CPU", COLUMN_PERCENT, 0, "percent of one processor" },
	[MEMORY] = { "memory", "MEMORY", COLUMN_BYTES, 0, "memory in use" },
	[TASKS] = { "tasks", "TASKS", COLUMN_NUMBER, 1, "processes and threads" },
	[READ] = { "read", "READ/S", COLUMN_BYTES, 2, "bytes per second from disks" },
	[WRITTEN] = { "written", "WRITTEN/S", COLUMN_BYTES, 3, "bytes per second to disks" },
	[CPU_USEC] = { "cpu_usec", "CPU USEC", COLUMN_NUMBER, COLUMN_HIDDEN,
		       "microseconds of processor time since its start" },
	{ 0 },
};

/* With the letter that sorts by a column. */
static const struct {
	char key;
	const char *sort;
} orders[] = {
	{ 'c', "-cpu" }, { 'm', "-memory" }, { 't', "-tasks" }, { 'r', "-read" }, { 'w', "-written" }, { 'n', "name" },
};

struct sample {
	char *name;
	pid_t leader;
	uint64_t at; /* clock_usec() */
	struct usage usage;
};

struct samples {
	struct sample *v;
	size_t n;
};

static void samples_done(struct samples *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i].name);
	free(s->v);
}

/* Measures the containers that run. A named one that does not is an error: -ESRCH after a message. */
static int measure(const struct top *top, struct samples *ret)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	int root_fd = top->context->root_fd, r = 0;

	if (top->named.n > 0)
		strv_add_all(&names, &top->named);
	else
		r = record_names(root_fd, &names);
	for (size_t i = 0; r >= 0 && i < names.n; i++) {
		struct sample s = { .name = names.v[i] };

		r = leader_read(root_fd, s.name, &s.leader);
		if (r == 0)
			r = usage_read(root_fd, s.leader, &s.usage);
		s.at = clock_usec();
		if (r == 0) {
			s.name = xstrdup(s.name);
			grow(ret->v, ret->n);
			ret->v[ret->n++] = s;
		} else if (r != -ESRCH) {
			log_error_errno(r, "Cannot find out what container '%s' uses: %m", s.name);
		} else if (top->named.n > 0) {
			log_error("Container '%s' is not running.", s.name);
		} else {
			r = 0;
		}
	}
	return r;
}

static const struct sample *find(const struct samples *samples, const struct sample *like)
{
	for (size_t i = 0; i < samples->n; i++)
		if (strcmp(samples->v[i].name, like->name) == 0 && samples->v[i].leader == like->leader)
			return &samples->v[i];
	return NULL;
}

static void set_known(struct cell *cell, uint64_t number)
{
	if (number != USAGE_UNKNOWN)
		cell_set_number(cell, number);
}

/* What was counted in a second, times 'unit'. A counter that goes back belongs to a disk that was removed. */
static void set_rate(struct cell *cell, uint64_t before, uint64_t now, uint64_t usec, double unit)
{
	if (before != USAGE_UNKNOWN && now != USAGE_UNKNOWN && usec > 0)
		cell_set_number(cell,
				now < before ? 0
					     : (uint64_t)((double)(now - before) * unit * (double)USEC / (double)usec));
}

static void fill(struct table *table, const struct samples *before, const struct samples *now)
{
	for (size_t i = 0; i < now->n; i++) {
		const struct sample *s = &now->v[i], *old = find(before, s);
		struct cell *row = table_add(table);

		cell_set_word(&row[NAME], s->name);
		set_known(&row[MEMORY], s->usage.memory);
		set_known(&row[TASKS], s->usage.tasks);
		set_known(&row[CPU_USEC], s->usage.cpu);
		if (!old) /* it has just started */
			continue;
		/* microseconds in a second are ten thousandths of a percent */
		set_rate(&row[CPU], old->usage.cpu, s->usage.cpu, s->at - old->at, 0.01);
		set_rate(&row[READ], old->usage.read, s->usage.read, s->at - old->at, 1);
		set_rate(&row[WRITTEN], old->usage.written, s->usage.written, s->at - old->at, 1);
	}
}

static bool on_screen(const struct top *top)
{
	return top->terminal.fd >= 0;
}

/* Prints as many lines as there is room for. In raw mode the terminal does not return at the end of a line. */
static void draw(struct table *table, const struct view *view)
{
	struct winsize size = { 0 };
	_cleanup_(freep) char *text = NULL;
	char *rest, *line, clock[16] = "";
	time_t now = time(NULL);
	struct tm tm;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 || size.ws_col == 0)
		size = (struct winsize){ .ws_row = 24, .ws_col = 80 }; /* a terminal need not know its size */
	if (localtime_r(&now, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	table_arrange(table, view);
	text = rest = table_format(table, view, size.ws_col);
	printf("\033[H%.*s\033[K", size.ws_col, clock);
	printf("  %zu running; q quits, c m t r w n sort\033[K\r\n", table->n);
	for (int i = 2; i < size.ws_row && (line = strsep(&rest, "\n")) && *line; i++)
		printf("%s\033[K\r\n", line);
	printf("\033[J");
	fflush(stdout);
}

static void on_key(struct top *top, char key)
{
	top->quit |= key == 'q' || key == CTRL_C;
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
		if (orders[i].key == key)
			top->view.sort = orders[i].sort;
}

/* Waits until the time, for a key that changes what is shown, or for the end. Whether the time has come. */
static bool wait_until(struct top *top, uint64_t until)
{
	struct pollfd fds[] = {
		{ top->signals.fd, POLLIN, 0 },
		{ on_screen(top) ? STDIN_FILENO : -1, POLLIN, 0 },
		{ top->terminal.resized, POLLIN, 0 },
	};
	uint64_t now = clock_usec();
	int n = now < until ? poll(fds, ARRAY_SIZE(fds), (int)((until - now) / 1000) + 1) : 0;
	char key;

	if (n > 0 && fds[0].revents)
		top->signal = signals_take(&top->signals);
	if (n > 0 && fds[2].revents)
		terminal_resize(&top->terminal, -1);
	if (n > 0 && fds[1].revents) {
		if (read(STDIN_FILENO, &key, 1) == 1)
			on_key(top, key);
		else
			top->quit = true;
	}
	return clock_usec() >= until;
}

static bool is_over(const struct top *top)
{
	return top->quit || top->signal;
}

static void show(struct top *top, const struct samples *before, const struct samples *now)
{
	_cleanup_(table_done) struct table table = { 0 };

	table_begin(&table, columns);
	fill(&table, before, now);
	if (on_screen(top)) {
		draw(&table, &top->view);
	} else {
		table_print(&table, &top->view);
		fflush(stdout);
	}
}

static int watch(struct top *top)
{
	struct samples before = { 0 }, now = { 0 };
	int r = measure(top, &now);

	for (uint64_t i = 0; r >= 0 && !is_over(top) && (top->count == 0 || i < top->count); i++) {
		uint64_t until = clock_usec() + top->delay;

		if (i == 0 && on_screen(top))
			show(top, &before, &now);
		while (!is_over(top) && !wait_until(top, until))
			if (on_screen(top))
				show(top, &before, &now);
		if (is_over(top))
			break;
		samples_done(&before);
		before = now;
		now = (struct samples){ 0 };
		r = measure(top, &now);
		if (r >= 0)
			show(top, &before, &now);
	}
	samples_done(&before);
	samples_done(&now);
	return r < 0;
}

static int prepare(struct top *top)
{
	bool screen = isatty(STDOUT_FILENO) && isatty(STDIN_FILENO) && !top->batch && !view_is_json(&top->view);
	int r = signals_begin(&top->signals);

	if (!screen && top->count == 0)
		top->count = 1;
	if (top->delay == 0)
		top->delay = screen ? 2 * USEC : USEC;
	if (!top->view.sort)
		top->view.sort = "-cpu";
	if (r == 0 && screen)
		r = terminal_begin(&top->terminal, STDIN_FILENO);
	if (r == 0 && screen)
		printf("\033[2J");
	return r < 0 ? log_error_errno(r, "Cannot use the terminal: %m") : 0;
}

static int run(const struct context *context, int argc, char **argv)
{
	struct top top = { .context = context, .terminal = TERMINAL_INIT, .signals = { .fd = -1 } };
	_cleanup_(freep) char *wrong = NULL;
	int r = verb_parse(&cmd_top, argc, argv, &top);

	wrong = r ? NULL : view_check(&top.view, columns);
	if (wrong)
		r = verb_usage(&cmd_top, "%s", wrong);
	for (int i = optind; r == 0 && i < argc; i++) {
		strv_add_once(&top.named, argv[i]);
		r = record_check_name(argv[i]) < 0;
	}
	if (r == 0)
		r = verb_need_root(&cmd_top) < 0 || prepare(&top) < 0;
	if (r == 0)
		r = watch(&top);
	terminal_done(&top.terminal);
	signals_done(&top.signals);
	strv_done(&top.named);
	view_done(&top.view);
	if (top.signal)
		signals_die(top.signal);
	return r;
}

static void print_columns(void)
{
	table_help(columns);
}

const struct verb cmd_top = {
	.name = "top",
	.synopsis = "[OPTION...] [NAME...]",
	.help = "Show what the running containers use",
	.options = options,
	.more_help = print_columns,
	.run = run,
};
