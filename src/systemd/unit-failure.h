/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why a unit is not up: what systemd itself knows about it, as a sentence. Nothing is decided by the text of a log,
 * and every answer may come from a hostile systemd: strings and lists have a greatest length. */
#pragma once

#include "base/strv.h"
#include "systemd/bus.h"

/* A command of the unit that ended with an error. */
struct unit_command {
	char program[256]; /* "" if there is none */
	int code, status;  /* as those of struct unit_state */
};

/* Members are "" or 0 if the unit has no such property. */
struct unit_failure {
	char load_error[256];	 /* why it is not loaded, in systemd's words */
	char condition[256];	 /* 'ConditionPathExists=/etc/x': the one that does not hold */
	char assertion[256];	 /* likewise */
	struct strv environment; /* files that EnvironmentFile= needs, as absolute paths */
	struct unit_command command;
	char user[64], group[64], directory[256];
	char input[32];	     /* StandardInput= */
	struct strv missing; /* for the caller: those of 'environment' that do not exist */
};
void unit_failure_done(struct unit_failure *f);

/* Reads what there is to know about a unit that is not up. 0, or -errno after a message. */
int unit_failure_read(struct sd_bus *bus, const char *unit, struct unit_failure *ret);

/* What happened to the unit and why, as the end of a sentence that begins with the unit's name, without a full stop:
 * "failed: there is no user 'x' (217/USER)". Caller frees. */
char *unit_failure_text(const struct unit_state *state, const struct unit_failure *f);
