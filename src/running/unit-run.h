/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A command in a container, run by the container's systemd. */
#pragma once

struct command;
struct sd_bus;

/* Runs the command as a unit of its own over 'bus', which machine_bus_open() made, and waits for its end. Signals that
 * would end us go to the command. Returns what a shell would: its exit status, 128+n if signal n killed it, 127 if
 * there is no such command, 126 if it cannot be executed. With a terminal, ours is the command's until it ends;
 * -ECANCELED without a message: somebody typed RELAY_ESCAPE, and the command was hung up on. Otherwise -errno after a
 * message. */
int unit_run(struct sd_bus *bus, const struct command *command);
