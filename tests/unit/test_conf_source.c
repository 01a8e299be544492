/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files within files: order, places, globs, cycles, depth, limits. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/stat.h>

#include "base/attrs.h"
#include "base/strbuf.h"
#include "conf/source.h"
#include "unit/tap.h"

static struct arena arena;
static struct source source;

static void
put(const char *name, const char *text)
{
	FILE *f = fopen(name, "wb");

	if (f == NULL || fwrite(text, 1, strlen(text), f) != strlen(text) ||
	    fclose(f) != 0) {
		perror(name);
		exit(99);
	}
}

static void
begin(const char *main_file)
{
	const char *why = "";

	arena_init_growing(&arena, (size_t)1 << 26);
	source_init(&source, &arena);
	is_int(source_push_file(&source, main_file, &why), 0, "%s is read: %s",
	    main_file, why);
}

static void
end(void)
{
	source_release(&source);
	arena_release(&arena);
}

/* All lines as "FILE:N text|"; lines "+NAME" are includes, and what they
 * answer is "!WHY|" or "?|" for no match. */
static void
read_all(struct strbuf *out)
{
	struct conf_place place;
	struct str line;
	bool cut;

	strbuf_reset(out);
	while (source_next(&source, &place, &line, &cut)) {
		const char *path = "", *why = "";
		int rc;

		if (!str_starts(line, STR("+"))) {
			strbuf_addf(out, "%s:%u %.*s|", place.file, place.line,
			    STR_ARG(line));
			continue;
		}
		rc = source_include(&source, str_skip(line, 1), &path, &why);
		if (rc < 0)
			strbuf_addf(out, "!%s %s|", path, why);
		else if (rc > 0)
			strbuf_addf(out, "?|");
	}
}

static void
expect(const char *main_file, const char *want, const char *name)
{
	struct strbuf out;

	strbuf_init(&out, 1 << 20);
	begin(main_file);
	read_all(&out);
	is_str(strbuf_text(&out), want, "%s", name);
	end();
	strbuf_release(&out);
}

static void
test_lines(void)
{
	put("a", "one\ntwo\n\nfour");
	expect("a", "a:1 one|a:2 two|a:3 |a:4 four|", "lines");
	put("a", "");
	expect("a", "", "an empty file");
	put("a", "\n");
	expect("a", "a:1 |", "an empty line");
	put("a", "x\r\ny\rz\n\rw\n");
	expect("a", "a:1 x|a:2 y|a:3 |", "carriage returns");
	put("a", "\xef\xbb\xbfx\n\xef\xbb\xbfy");
	expect("a", "a:1 x|a:2 \xef\xbb\xbfy|", "a byte order mark");
	expect("/dev/null", "", "no file at all");
}

static void
test_include(void)
{
	put("a", "1\n+b\n3\n+b\n");
	put("b", "x\n+c");
	put("c", "y");
	expect("a", "a:1 1|b:1 x|c:1 y|a:3 3|b:1 x|c:1 y|",
	    "files in files, twice the same one");
	put("a", "+missing\n2");
	expect("a", "!missing No such file or directory|a:2 2|",
	    "what is not there");
	put("a", "+.\n2");
	expect("a", "!. Is a directory|a:2 2|", "a folder");
}

static void
test_beside(void)
{
	char here[4096];
	struct strbuf want;
	struct strbuf out;

	mkdir("sub", 0700);
	put("sub/m", "+n\n+*.x\n+b\n");
	put("sub/n", "in sub\n");
	put("sub/1.x", "1\n");
	put("sub/2.x", "2\n");
	put("b", "from here\n");
	put("sub/b", "not this one\n");
	expect("sub/m", "sub/n:1 in sub|sub/1.x:1 1|sub/2.x:1 2|b:1 from here|",
	    "first from the working directory, then beside the file");
	if (getcwd(here, sizeof(here)) == NULL)
		exit(99);
	strbuf_init(&out, 20000);
	strbuf_init(&want, 20000);
	strbuf_addf(&out, "+%s/sub/n\n", here);
	put("a", strbuf_text(&out));
	strbuf_addf(&want, "%s/sub/n:1 in sub|", here);
	expect("a", strbuf_text(&want), "an absolute name");
	strbuf_release(&out);
	strbuf_release(&want);
}

static void
test_globs(void)
{
	put("a", "+g[0-9]\nend\n");
	put("g2", "two\n+c\n");
	put("g1", "one\n");
	put("g3", "three");
	put("c", "y\n");
	expect("a", "g1:1 one|g2:1 two|c:1 y|g3:1 three|a:2 end|",
	    "a glob, sorted");
	put("a", "+h*\nend");
	expect("a", "?|a:2 end|", "a glob without files");
	put("[x]", "the file itself\n");
	put("a", "+[x]\n");
	expect("a", "[x]:1 the file itself|", "a file with such a name");
	unlink("[x]");
	mkdir("[d]", 0700);
	put("[d]/m", "+*.y\n");
	put("[d]/1.y", "1\n");
	expect("[d]/m", "[d]/1.y:1 1|", "a folder with such a name");
}

static void
test_cycles(void)
{
	put("a", "+a\n+b\nend");
	put("b", "+./a\nb");
	expect("a",
	    "!a the file includes itself|!./a the file includes itself|b:2 b|"
	    "a:3 end|",
	    "cycles");
	unlink("l");
	if (symlink("a", "l") != 0)
		exit(99);
	put("a", "+l\nend");
	expect("a", "!l the file includes itself|a:2 end|",
	    "a cycle under another name");
}

static void
test_depth(void)
{
	char name[16], text[64];
	struct strbuf out;

	for (int i = 1; i <= 17; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		snprintf(text, sizeof(text), "%s+d%d\n", i < 16 ? "" : "x\n",
		    i + 1);
		put(name, text);
	}
	strbuf_init(&out, 1 << 16);
	begin("d1");
	read_all(&out);
	is_str(strbuf_text(&out),
	    "d16:1 x|!d17 files include each other too deep|",
	    "sixteen files deep, and not one more");
	end();
	strbuf_release(&out);
}

/* A pipe is waited for, as in "pound -c -f <(program)". */
static void
test_pipe(void)
{
	char name[64];
	int fds[2];

	if (pipe(fds) != 0)
		exit(99);
	if (write(fds[1], "from a pipe\n", 12) != 12)
		exit(99);
	close(fds[1]);
	snprintf(name, sizeof(name), "/dev/fd/%d", fds[0]);
	begin(name);
	{
		struct conf_place place;
		struct str line = STR_NONE;
		bool cut;

		ok(source_next(&source, &place, &line, &cut) &&
			str_eq(line, STR("from a pipe")),
		    "a pipe");
	}
	end();
	close(fds[0]);
}

static void
test_find(void)
{
	struct file f;
	const char *why = "";

	arena_init_growing(&arena, 1 << 20);
	put("sub/only", "12345");
	is_str(file_find(&arena, STR("only"), "sub/m"), "sub/only",
	    "a file beside");
	is_str(file_find(&arena, STR("sub/only"), "sub/m"), "sub/only",
	    "a file from here");
	is_str(file_find(&arena, STR("nowhere"), "sub/m"), "nowhere",
	    "a file that is not there keeps its name");
	is_int(file_read(&f, "sub/only", 5, &why), 0,
	    "as many bytes as may be");
	is_mem(f.bytes, f.len, "12345", 5, "its bytes");
	file_release(&f);
	is_int(file_read(&f, "sub/only", 4, &why), -1, "a byte too many");
	is_str(why, "too large", "and why");
	is_int(file_read(&f, "/dev/zero", 100000, &why), -1, "no end in sight");
	arena_release(&arena);
}

int
main(void)
{
	char folder[] = "test_conf_source.XXXXXX";

	if (mkdtemp(folder) == NULL || chdir(folder) != 0)
		return 99;
	test_lines();
	test_include();
	test_beside();
	test_globs();
	test_cycles();
	test_depth();
	test_pipe();
	test_find();
	if (chdir("..") != 0 || system("rm -rf test_conf_source.*") != 0)
		return 99;
	return tap_done();
}
