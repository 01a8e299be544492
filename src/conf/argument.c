/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/argument.h"

static const struct unit {
	enum argument_unit kind;
	unsigned char letter;
	uint64_t factor;
} units[] = {
	{ ARGUMENT_SECONDS, 's', 1 },
	{ ARGUMENT_SECONDS, 'm', 60 },
	{ ARGUMENT_SECONDS, 'h', 3600 },
	{ ARGUMENT_BYTES, 'k', (uint64_t)1 << 10 },
	{ ARGUMENT_BYTES, 'm', (uint64_t)1 << 20 },
	{ ARGUMENT_BYTES, 'g', (uint64_t)1 << 30 },
};

static const char *const no_words[] = { "0", "no", "off", "false", NULL };
static const char *const yes_words[] = { "1", "yes", "on", "true", NULL };

/* Takes the unit off the word: its factor, 1 when there is none. */
static uint64_t
take_unit(struct str *s, enum argument_unit unit)
{
	unsigned char last = s->len > 1
	    ? str_lower((unsigned char)s->p[s->len - 1])
	    : 0;

	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (units[i].kind == unit && units[i].letter == last) {
			s->len--;
			return units[i].factor;
		}
	return 1;
}

static bool
all_digits(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.len > 0;
}

enum argument_result
argument_number(struct str s, enum argument_unit unit, uint64_t *value)
{
	uint64_t factor = take_unit(&s, unit), n;

	if (!all_digits(s))
		return ARGUMENT_BAD;
	if (str_to_u64(s, UINT64_MAX / factor, &n) != 0)
		return ARGUMENT_HIGH;
	*value = n * factor;
	return ARGUMENT_OK;
}

enum argument_result
argument_switch(struct str s, bool *value)
{
	*value = argument_choice(s, yes_words) >= 0;
	return *value || argument_choice(s, no_words) >= 0 ? ARGUMENT_OK
							   : ARGUMENT_BAD;
}

int
argument_choice(struct str s, const char *const *words)
{
	for (int i = 0; words[i] != NULL; i++)
		if (str_eq_nocase(s, str_from(words[i])))
			return i;
	return -1;
}

size_t
argument_slips(size_t len)
{
	return len <= 3 ? 1 : len <= 7 ? 2 : 3;
}

const char *
argument_meant(struct str s, const char *const *words)
{
	size_t best = argument_slips(s.len) + 1;
	const char *meant = NULL;

	for (; *words != NULL; words++) {
		size_t distance = str_distance(s, str_from(*words));

		if (distance < best && distance < s.len) {
			best = distance;
			meant = *words;
		}
	}
	return meant;
}
