/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* logs: prints what containers have logged. A container's own journalctl reads its journal, because we must not parse
 * files that the container can write. For a stopped container, there is what the host's journal has. Of several
 * containers, each is read by a process of its own, and its name comes before each of its lines: on standard error,
 * too, because the container decides what its journalctl writes there. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "cli/cmds.h"
#include "container/paths.h"
#include "container/record-file.h"
#include "running/command.h"
#include "running/leader.h"
#include "running/machine-bus.h"
#include "running/unit-run.h"
#include "systemd/journal.h"
#include "systemd/manager.h"

#define LINE_MAX_SIZE (64 * 1024) /* bytes; of a longer line, each part gets the name */

struct logs {
	const char *unit, *output, *since;
	bool boot, follow;
	struct strv words; /* arguments of journalctl */
};

/* Passes an option on to journalctl, which has the same. */
static char *pass_on(const struct verb_option *option, const char *value, void *at)
{
	if (value)
		strv_addf(at, "--%s=%s", option->name, value);
	else
		strv_addf(at, "--%s", option->name);
	return NULL;
}

static char *pass_number(const struct verb_option *option, const char *value, void *at)
{
	uint64_t n;

	return parse_u64(value, INT32_MAX, &n) == 0 ? pass_on(option, value, at)
						    : xasprintf("--%s takes a number, not '%s'", option->name, value);
}

#define INTO(member) offsetof(struct logs, member)
static const struct verb_option options[] = {
	{ "boot", 'b', NULL, "print only what is newer than the container's last start", verb_take_flag, INTO(boot) },
	{ "follow", 'f', NULL, "keep printing new messages", verb_take_flag, INTO(follow) },
	{ "grep", 'g', "PATTERN", "print only messages that match this regular expression", pass_on, INTO(words) },
	{ "lines", 'n', "NUMBER", "print only the last NUMBER lines", pass_number, INTO(words) },
	{ "output", 'o', "FORMAT", "print in this format, such as short-iso, cat or json", verb_take_word,
	  INTO(output) },
	{ "priority", 'p', "PRIORITY", "print only messages of this priority, such as err, or of a range", pass_on,
	  INTO(words) },
	{ "reverse", 'r', NULL, "print the newest messages first", pass_on, INTO(words) },
	{ "since", 0, "TIME", "print only what is newer, such as yesterday or -1h", verb_take_word, INTO(since) },
	{ "unit", 'u', "UNIT", "print only messages of this unit of a running container", verb_take_word, INTO(unit) },
	{ "until", 0, "TIME", "print only what is older", pass_on, INTO(words) },
	{ 0 },
};
#undef INTO

/* 0, or the exit status of a usage message. */
static int parse(struct logs *l, int argc, char **argv)
{
	int r;

	strv_add(&l->words, "journalctl");
	strv_add(&l->words, "--no-pager");
	r = verb_parse(&cmd_logs, argc, argv, l);
	if (r)
		return r;
	if (optind == argc)
		return verb_usage(&cmd_logs, "give the name of a container, or several");
	if (l->boot && l->since)
		return verb_usage(&cmd_logs, "give either --boot or --since");
	if (l->follow)
		strv_add(&l->words, "--follow");
	if (l->output)
		strv_addf(&l->words, "--output=%s", l->output);
	if (l->since)
		strv_addf(&l->words, "--since=%s", l->since);
	return 0;
}

/* The container has the boot id of the host, so its journal does not tell its starts apart. */
static int add_start(struct logs *l, const char *name)
{
	_cleanup_(freep) char *unit = host_unit_name(name);
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	struct unit_state state;
	int r = systemd_connect(&bus);

	if (r == 0)
		r = bus_unit_state(bus, unit, &state);
	if (r == 0 && state.started == 0) { /* systemd forgets units that are stopped */
		r = journal_last_start(unit, &state.started);
		if (r == -ENODATA)
			log_error("The host's journal has no start of container '%s'.", name);
		else if (r < 0)
			log_error_errno(r, "Cannot read the host's journal: %m");
	}
	if (r == 0)
		strv_addf(&l->words, "--since=@%" PRIu64, state.started / 1000000);
	return r;
}

static int inside(const struct context *context, struct logs *l, const struct record *record)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	struct command command = {
		.name = record->name,
		.stdio = { -1, STDOUT_FILENO, STDERR_FILENO },
		.owner = record->uid_base,
		.timeout = UINT64_MAX,
		.filtered = true,
	};
	int r;

	if (l->unit)
		strv_addf(&l->words, "--unit=%s", l->unit);
	command.argv = l->words.v;
	if (machine_bus_open(context->root_fd, record->name, &bus) < 0)
		return 1;
	r = unit_run(bus, &command);
	return r < 0 ? 1 : r;
}

static int on_host(const struct context *context, struct logs *l, const char *name)
{
	_cleanup_(freep) char *unit = host_unit_name(name);

	if (l->unit) {
		log_error("Container '%s' is not running, and the host's journal does not tell its units apart; leave "
			  "out --unit.",
			  name);
		return 1;
	}
	if (!context->quiet)
		fprintf(stderr, "Container '%s' is not running; this is what the host's journal has about it.\n", name);
	strv_addf(&l->words, "--unit=%s", unit);
	signal(SIGPIPE, SIG_DFL);
	execvp(l->words.v[0], l->words.v);
	log_error_errno(errno, "Cannot run 'journalctl': %m");
	return 1;
}

/* Prints the logs of one container, and need not return. */
static int show(const struct context *context, struct logs *l, const char *name)
{
	_cleanup_(record_done) struct record record = { 0 };
	pid_t leader;

	if (record_load(context->root_fd, name, &record) < 0)
		return 1;
	if (l->boot && add_start(l, name) < 0)
		return 1;
	return leader_read(context->root_fd, name, &leader) == -ESRCH ? on_host(context, l, name)
								      : inside(context, l, &record);
}

enum { OUTPUT, ERRORS, STREAMS };

/* What a reader writes, on its way to a stream of ours. */
struct stream {
	int fd; /* or -1 at the end */
	FILE *to;
	bool named;
	struct buf line;
};

/* The process that reads the logs of one of several containers. */
struct reader {
	const char *name;
	pid_t pid;
	struct stream streams[STREAMS];
};

/* In formats for programs, each entry says which host it is from, and the name would spoil it. */
static bool has_names(const struct logs *l)
{
	return !l->output || (!skip_prefix(l->output, "json") && strcmp(l->output, "export") != 0);
}

static int start_reader(const struct context *context, struct logs *l, struct reader *reader)
{
	int output[2], errors[2];

	if (pipe2(output, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0)
		return log_error_errno(errno, "Cannot make a pipe: %m");
	fflush(stdout);
	reader->pid = fork();
	if (reader->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		dup2(output[1], STDOUT_FILENO);
		dup2(errors[1], STDERR_FILENO);
		close(output[0]);
		close(output[1]);
		close(errors[0]);
		close(errors[1]);
		_exit(show(context, l, reader->name));
	}
	close(output[1]);
	close(errors[1]);
	reader->streams[OUTPUT] = (struct stream){ .fd = output[0], .to = stdout, .named = has_names(l) };
	reader->streams[ERRORS] = (struct stream){ .fd = errors[0], .to = stderr, .named = true };
	return reader->pid < 0 ? log_error_errno(errno, "Cannot start a process: %m") : 0;
}

static void print_line(const char *name, struct stream *stream)
{
	if (stream->named)
		fprintf(stream->to, "%s: ", name);
	fwrite(stream->line.text, 1, stream->line.len, stream->to);
	if (stream->line.text[stream->line.len - 1] != '\n')
		fputc('\n', stream->to);
	buf_done(&stream->line);
	stream->line = (struct buf){ 0 };
}

/* Prints the whole lines that have come. False at the end of the stream. */
static bool pass(const char *name, struct stream *stream)
{
	char data[4096];
	ssize_t n = read(stream->fd, data, sizeof(data));

	for (char *c = data, *end; n > 0 && c < data + n; c = end) {
		end = memchr(c, '\n', (size_t)(data + n - c));
		end = end ? end + 1 : data + n;
		buf_add(&stream->line, c, (size_t)(end - c));
		if (end[-1] == '\n' || stream->line.len > LINE_MAX_SIZE)
			print_line(name, stream);
	}
	if (n > 0)
		return true;
	if (stream->line.len > 0)
		print_line(name, stream);
	return false;
}

static void follow(struct reader *readers, size_t n)
{
	_cleanup_(freep) struct pollfd *fds = xcalloc(n * STREAMS, sizeof(*fds));
	size_t open = n * STREAMS;

	while (open > 0) {
		for (size_t i = 0; i < n * STREAMS; i++)
			fds[i] = (struct pollfd){ readers[i / STREAMS].streams[i % STREAMS].fd, POLLIN, 0 };
		fflush(stdout);
		if (poll(fds, n * STREAMS, -1) < 0 && errno != EINTR)
			return;
		for (size_t i = 0; i < n * STREAMS; i++) {
			struct reader *reader = &readers[i / STREAMS];
			struct stream *stream = &reader->streams[i % STREAMS];

			if (!fds[i].revents || pass(reader->name, stream))
				continue;
			close(steal_fd(&stream->fd));
			open--;
		}
	}
}

static int wait_for(struct reader *reader)
{
	int status;

	while (waitpid(reader->pid, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* One after the other, or with --follow all at once. Returns the worst exit status. */
static int show_several(const struct context *context, struct logs *l, const struct strv *names)
{
	_cleanup_(freep) struct reader *readers = xcalloc(names->n, sizeof(*readers));
	size_t at_once = l->follow ? names->n : 1;
	int worst = 0;

	for (size_t i = 0; i < names->n; i += at_once) {
		size_t started = 0;

		for (size_t k = i; k < i + at_once; k++) {
			readers[k].name = names->v[k];
			if (start_reader(context, l, &readers[k]) < 0)
				return 1;
			started++;
		}
		follow(readers + i, started);
		for (size_t k = i; k < i + started; k++) {
			int r = wait_for(&readers[k]);

			worst = r > worst ? r : worst;
		}
	}
	return worst;
}

static int run(const struct context *context, int argc, char **argv)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	struct logs l = { 0 };
	int r = parse(&l, argc, argv);

	for (int i = optind; r == 0 && i < argc; i++)
		strv_add_once(&names, argv[i]);
	if (r == 0)
		r = names.n == 1 ? show(context, &l, names.v[0]) : show_several(context, &l, &names);
	strv_done(&l.words);
	return r;
}

const struct verb cmd_logs = {
	.name = "logs",
	.synopsis = "[OPTION...] NAME...",
	.help = "Show what containers have logged",
	.options = options,
	.run = run,
};
