/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdatomic.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/check.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pattern.h"

#define MATCH_LIMIT 1000000
#define HEAP_LIMIT_KIB ((uint32_t)8 * 1024)
#define JIT_STACK_MIN ((size_t)32 * 1024)
#define JIT_STACK_MAX ((size_t)1024 * 1024)
/* The whole and capture 1; PCRE2 leaves out the others. */
#define PAIRS 2

struct pattern {
	pcre2_code *code;
};

/* What a match needs besides the pattern. */
struct scratch {
	pcre2_match_context *context;
	pcre2_match_data *data;
	pcre2_jit_stack *stack; /* NULL: PCRE2 uses 32 KiB of the thread's */
	int error;
	char words[128];
};

/* Thread-local cache: made at the first match of a thread. */
static _Thread_local struct scratch *scratch;

/* Set once: that there is no JIT is said once. */
static atomic_flag told = ATOMIC_FLAG_INIT;

static struct scratch *
scratch_get(void)
{
	struct scratch *s = scratch;

	if (LIKELY(s != NULL))
		return s;
	s = mem_alloc(sizeof(*s));
	s->context = pcre2_match_context_create(NULL);
	s->data = pcre2_match_data_create(PAIRS, NULL);
	check(s->context != NULL && s->data != NULL);
	pcre2_set_match_limit(s->context, MATCH_LIMIT);
	pcre2_set_heap_limit(s->context, HEAP_LIMIT_KIB);
	s->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
	if (s->stack != NULL)
		pcre2_jit_stack_assign(s->context, NULL, s->stack);
	scratch = s;
	return s;
}

void
pattern_thread_release(void)
{
	struct scratch *s = scratch;

	if (s == NULL)
		return;
	scratch = NULL;
	pcre2_match_data_free(s->data);
	pcre2_jit_stack_free(s->stack);
	pcre2_match_context_free(s->context);
	mem_free(s);
}

/* PCRE2 takes no NULL, even for nothing. */
static PCRE2_SPTR
bytes_of(struct str s)
{
	return (PCRE2_SPTR)(s.p != NULL ? s.p : "");
}

static void
put_words(int error, char *words, size_t size)
{
	if (pcre2_get_error_message(error, (PCRE2_UCHAR *)words, size) ==
	    PCRE2_ERROR_BADDATA)
		words[0] = '\0';
}

static pcre2_code *
compile(struct str text, int flags, int *error, size_t *offset)
{
	uint32_t options = PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY |
	    PCRE2_NEVER_UTF;

	if ((flags & PATTERN_NOCASE) != 0)
		options |= PCRE2_CASELESS;
	if ((flags & PATTERN_WHOLE) != 0)
		options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
	return pcre2_compile(bytes_of(text), text.len, options, error, offset,
	    NULL);
}

static void
compile_jit(pcre2_code *code)
{
	char words[128];
	int error = pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);

	if (error == 0 || atomic_flag_test_and_set(&told))
		return;
	put_words(error, words, sizeof(words));
	log_line(LOG_PRIO_NOTICE,
	    "patterns are interpreted, which is slower (no JIT: %s)", words);
}

struct pattern *
pattern_new(struct str text, int flags, char *why, size_t why_size,
    size_t *offset)
{
	struct pattern *p;
	int error;
	pcre2_code *code = compile(text, flags, &error, offset);

	if (code == NULL) {
		put_words(error, why, why_size);
		return NULL;
	}
	compile_jit(code);
	p = mem_alloc(sizeof(*p));
	p->code = code;
	return p;
}

void
pattern_free(struct pattern *p)
{
	if (p == NULL)
		return;
	pcre2_code_free(p->code);
	mem_free(p);
}

/* rc is the number of captures that took part, 0 if more than PAIRS. */
static struct str
group_of(const struct scratch *s, struct str subject, int rc)
{
	const PCRE2_SIZE *pair = pcre2_get_ovector_pointer(s->data) + 2;

	if (rc == 1 || pair[0] == PCRE2_UNSET || pair[1] < pair[0])
		return STR_NONE;
	return str_make((const char *)bytes_of(subject) + pair[0],
	    pair[1] - pair[0]);
}

enum pattern_result
pattern_match(const struct pattern *p, struct str subject, struct str *group)
{
	struct scratch *s = scratch_get();
	int rc = pcre2_match(p->code, bytes_of(subject), subject.len, 0, 0,
	    s->data, s->context);

	if (group != NULL)
		*group = rc >= 0 ? group_of(s, subject, rc) : STR_NONE;
	if (rc >= 0)
		return PATTERN_MATCH;
	if (rc == PCRE2_ERROR_NOMATCH)
		return PATTERN_NO_MATCH;
	s->error = rc;
	return PATTERN_ERROR;
}

const char *
pattern_error(void)
{
	struct scratch *s = scratch_get();

	if (s->error == 0)
		return "no error";
	put_words(s->error, s->words, sizeof(s->words));
	return s->words;
}
