/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attrs.h"
#include "tap.h"

#define WORDS_MAX 8
#define DEFAULT_PID "/var/run/pound.pid"

static const struct {
	const char *line; /* words of argv, separated by one blank */
	enum options_action action;
	const char *why;	  /* of OPTIONS_BAD */
	const char *config, *pid; /* NULL: the default */
	const char *flags;	  /* that are set: v F e p */
} cases[] = {
	{ "pound", OPTIONS_START, NULL, NULL, NULL, "" },
	{ "pound -f a", OPTIONS_START, NULL, "a", NULL, "" },
	{ "pound -f a -f b", OPTIONS_START, NULL, "b", NULL, "" },
	{ "pound -p x -p y", OPTIONS_START, NULL, NULL, "y", "p" },
	{ "pound -fa -py", OPTIONS_START, NULL, "a", "y", "p" },
	{ "pound -c", OPTIONS_CHECK, NULL, NULL, NULL, "" },
	{ "pound -cvf a", OPTIONS_CHECK, NULL, "a", NULL, "v" },
	{ "pound -v", OPTIONS_START, NULL, NULL, NULL, "v" },
	{ "pound -F", OPTIONS_START, NULL, NULL, NULL, "F" },
	{ "pound -e", OPTIONS_START, NULL, NULL, NULL, "Fe" },
	{ "pound -V", OPTIONS_VERSION, NULL, NULL, NULL, NULL },
	{ "pound -c -V -z", OPTIONS_VERSION, NULL, NULL, NULL, NULL },
	{ "pound -V extra", OPTIONS_VERSION, NULL, NULL, NULL, NULL },
	{ "pound -z", OPTIONS_BAD, "bad flag -z", NULL, NULL, NULL },
	{ "pound -z -V", OPTIONS_BAD, "bad flag -z", NULL, NULL, NULL },
	{ "pound -cQ", OPTIONS_BAD, "bad flag -Q", NULL, NULL, NULL },
	{ "pound -f", OPTIONS_BAD, "bad flag -f", NULL, NULL, NULL },
	{ "pound -c -p", OPTIONS_BAD, "bad flag -p", NULL, NULL, NULL },
	{ "pound --help", OPTIONS_BAD, "bad flag --", NULL, NULL, NULL },
	{ "pound one", OPTIONS_BAD, "unknown extra arguments (one...)", NULL,
	    NULL, NULL },
	{ "pound one -c two -f a", OPTIONS_BAD,
	    "unknown extra arguments (one...)", NULL, NULL, NULL },
	{ "pound one -V", OPTIONS_VERSION, NULL, NULL, NULL, NULL },
	{ "pound -- -c", OPTIONS_BAD, "unknown extra arguments (-c...)", NULL,
	    NULL, NULL },
};

static int
split(char *line, char **argv)
{
	int argc = 0;

	while (line != NULL && argc < WORDS_MAX)
		argv[argc++] = strsep(&line, " ");
	argv[argc] = NULL;
	return argc;
}

static bool
has(const char *flags, char c)
{
	return strchr(flags, c) != NULL;
}

static void
test_case(size_t i)
{
	char line[256], why[OPTIONS_WHY_MAX] = "";
	char *argv[WORDS_MAX + 1];
	struct options o;
	const char *flags = cases[i].flags;
	int argc;

	snprintf(line, sizeof(line), "%s", cases[i].line);
	tap_input(cases[i].line, strlen(cases[i].line));
	argc = split(line, argv);
	optind = 0; /* getopt begins anew */
	is_int(options_parse(&o, argc, argv, why), cases[i].action,
	    "action of \"%s\"", cases[i].line);
	if (cases[i].why != NULL)
		is_str(why, cases[i].why, "words about it");
	if (flags == NULL)
		return;
	is_str(o.config_file,
	    cases[i].config != NULL ? cases[i].config : POUND_CONFIG_FILE,
	    "configuration file");
	is_str(o.pid_file, cases[i].pid != NULL ? cases[i].pid : DEFAULT_PID,
	    "pid file");
	ok(o.pid_file_given == has(flags, 'p') &&
		o.verbose == has(flags, 'v') &&
		o.foreground == has(flags, 'F') &&
		o.log_to_stderr == has(flags, 'e'),
	    "flags");
}

/* A service manager that is to be notified wants no background. */
static void
test_notify(void)
{
	char name[] = "pound";
	char *argv[] = { name, NULL };
	char why[OPTIONS_WHY_MAX];
	struct options o;

	tap_input(NULL, 0);
	setenv("NOTIFY_SOCKET", "/nonexistent", 1);
	optind = 0;
	is_int(options_parse(&o, 1, argv, why), OPTIONS_START, "start");
	ok(o.foreground, "NOTIFY_SOCKET means foreground");
	unsetenv("NOTIFY_SOCKET");
}

static void
test_version(void)
{
	char text[4096] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	options_print_version(out);
	fclose(out);
	ok(strncmp(text, "Version 5.", 10) == 0, "first line");
	ok(strstr(text, "\n  Configuration switches:\n") != NULL, "switches");
	ok(strstr(text, "\n  OpenSSL 3") != NULL, "version of OpenSSL");
	ok(strstr(text, "\n  PCRE2 10.") != NULL, "version of PCRE2");
	ok(strstr(text, "\nExiting...\n") != NULL, "last line");
}

int
main(void)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("POSIXLY_CORRECT");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		test_case(i);
	test_notify();
	test_version();
	return tap_done();
}
