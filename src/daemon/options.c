/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/options.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/pattern_version.h"
#include "config.h"
#include "net/tls_version.h"

#define FLAGS "f:cvVp:eF"
#define PID_FILE "/var/run/pound.pid"

/* Each is followed by a comma in config.h; none may be there. */
static const char *const switches[] = { POUND_SWITCHES NULL };

/* What one flag sets; false for a flag that is not ours. */
static bool
take_flag(struct options *o, int flag)
{
	switch (flag) {
	case 'f':
		o->config_file = optarg;
		return true;
	case 'p':
		o->pid_file = optarg;
		o->pid_file_given = true;
		return true;
	case 'c':
		o->check = true;
		return true;
	case 'v':
		o->verbose = true;
		return true;
	case 'e':
		o->log_to_stderr = true;
		o->foreground = true;
		return true;
	case 'F':
		o->foreground = true;
		return true;
	default:
		return false;
	}
}

enum options_action
options_parse(struct options *o, int argc, char **argv, char *why)
{
	int flag;

	*o = (struct options){
		.argv = argv,
		.config_file = POUND_CONFIG_FILE,
		.pid_file = PID_FILE,
		.foreground = getenv("NOTIFY_SOCKET") != NULL,
	};
	opterr = 0;
	while ((flag = getopt(argc, argv, FLAGS)) != -1) {
		if (flag == 'V')
			return OPTIONS_VERSION;
		if (!take_flag(o, flag)) {
			snprintf(why, OPTIONS_WHY_MAX, "bad flag -%c", optopt);
			return OPTIONS_BAD;
		}
	}
	if (optind < argc) {
		snprintf(why, OPTIONS_WHY_MAX,
		    "unknown extra arguments (%s...)", argv[optind]);
		return OPTIONS_BAD;
	}
	return o->check ? OPTIONS_CHECK : OPTIONS_START;
}

void
options_print_version(FILE *out)
{
	char pcre2[PATTERN_VERSION_MAX];

	fprintf(out, "Version %s\n  Configuration switches:\n",
	    PACKAGE_VERSION);
	for (const char *const *s = switches; *s != NULL; s++)
		fprintf(out, "    %s\n", *s);
	pattern_version(pcre2);
	fprintf(out, "  %s\n  PCRE2 %s\nExiting...\n", tls_version(), pcre2);
}
