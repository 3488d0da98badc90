/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The units inside that run installation scripts of packages, once, before everything else: see contents/scripts.h.
 * Which programs do nothing while a script runs is in src/inside/script. Pure. */
#pragma once

struct pkg_script;

/* Where the scripts wait, in the container. Each file is removed when its script has ended, so one that was interrupted
 * runs again at the next start. */
#define SCRIPTS_DIR "/var/lib/virt-sandbox-scripts"

#define SCRIPT_UNIT_PATTERN "virt-sandbox-script-*.service"

/* The name of the unit that runs the script of a package, and the path of a file of that script. Callers free. */
char *script_unit_name(const char *package);
char *script_path(const char *package, const char *suffix);

/* The text of the unit. 'before' is the package whose script runs before this one, or NULL. Caller frees. */
char *script_unit_text(const char *package, const struct pkg_script *script, const char *before);
