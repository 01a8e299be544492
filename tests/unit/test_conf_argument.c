/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/attrs.h"
#include "conf/argument.h"
#include "unit/tap.h"

static const struct {
	const char *text;
	enum argument_unit unit;
	enum argument_result result;
	uint64_t value;
} numbers[] = {
	{ "0", ARGUMENT_PLAIN, ARGUMENT_OK, 0 },
	{ "080", ARGUMENT_PLAIN, ARGUMENT_OK, 80 },
	{ "18446744073709551615", ARGUMENT_PLAIN, ARGUMENT_OK, UINT64_MAX },
	{ "18446744073709551616", ARGUMENT_PLAIN, ARGUMENT_HIGH, 0 },
	{ "99999999999999999999999", ARGUMENT_SECONDS, ARGUMENT_HIGH, 0 },
	{ "", ARGUMENT_PLAIN, ARGUMENT_BAD, 0 },
	{ "-1", ARGUMENT_PLAIN, ARGUMENT_BAD, 0 },
	{ "+1", ARGUMENT_PLAIN, ARGUMENT_BAD, 0 },
	{ "0x10", ARGUMENT_PLAIN, ARGUMENT_BAD, 0 },
	{ "1.5", ARGUMENT_SECONDS, ARGUMENT_BAD, 0 },
	{ "\"5\"", ARGUMENT_PLAIN, ARGUMENT_BAD, 0 },
	{ "5s", ARGUMENT_PLAIN, ARGUMENT_BAD, 0 },
	{ "5s", ARGUMENT_SECONDS, ARGUMENT_OK, 5 },
	{ "5S", ARGUMENT_SECONDS, ARGUMENT_OK, 5 },
	{ "2m", ARGUMENT_SECONDS, ARGUMENT_OK, 120 },
	{ "2H", ARGUMENT_SECONDS, ARGUMENT_OK, 7200 },
	{ "5k", ARGUMENT_SECONDS, ARGUMENT_BAD, 0 },
	{ "s", ARGUMENT_SECONDS, ARGUMENT_BAD, 0 },
	{ "5ms", ARGUMENT_SECONDS, ARGUMENT_BAD, 0 },
	{ "64k", ARGUMENT_BYTES, ARGUMENT_OK, 65536 },
	{ "10M", ARGUMENT_BYTES, ARGUMENT_OK, 10485760 },
	{ "2g", ARGUMENT_BYTES, ARGUMENT_OK, 2147483648 },
	{ "17179869183g", ARGUMENT_BYTES, ARGUMENT_OK,
	    UINT64_MAX - ((1U << 30) - 1) },
	{ "17179869184g", ARGUMENT_BYTES, ARGUMENT_HIGH, 0 },
	{ "5h", ARGUMENT_BYTES, ARGUMENT_BAD, 0 },
};

static void
test_numbers(void)
{
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		struct str s = str_from(numbers[i].text);
		uint64_t value = 0;

		tap_input(s.p, s.len);
		is_int(argument_number(s, numbers[i].unit, &value),
		    numbers[i].result, "%s: result", numbers[i].text);
		if (numbers[i].result == ARGUMENT_OK)
			ok(value == numbers[i].value, "%s: value",
			    numbers[i].text);
	}
}

static void
test_switches(void)
{
	static const char *const on[] = { "1", "yes", "YES", "on", "On", "true",
		"True" };
	static const char *const off[] = { "0", "no", "No", "off", "OFF",
		"false" };
	static const char *const bad[] = { "", "2", "01", "y", "enabled",
		"\"1\"" };
	bool b;

	for (size_t i = 0; i < ARRAY_LEN(on); i++)
		ok(argument_switch(str_from(on[i]), &b) == ARGUMENT_OK && b,
		    "%s is on", on[i]);
	for (size_t i = 0; i < ARRAY_LEN(off); i++)
		ok(argument_switch(str_from(off[i]), &b) == ARGUMENT_OK && !b,
		    "%s is off", off[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		is_int(argument_switch(str_from(bad[i]), &b), ARGUMENT_BAD,
		    "%s is neither", bad[i]);
}

static void
test_choices(void)
{
	static const char *const words[] = { "COOKIE", "HEADER", "IP", NULL };

	is_int(argument_choice(STR("header"), words), 1, "in any case");
	is_int(argument_choice(STR("head"), words), -1, "not a prefix");
	is_int(argument_choice(STR(""), words), -1, "nothing");
	is_str(argument_meant(STR("COKIE"), words), "COOKIE", "a letter less");
	is_str(argument_meant(STR("heaedr"), words), "HEADER", "swapped");
	is_str(argument_meant(STR("IPP"), words), "IP", "a letter more");
	is_str(argument_meant(STR("SESSION"), words), NULL, "none is near");
	is_str(argument_meant(STR("X"), words), NULL,
	    "a word is not meant when every letter is wrong");
}

int
main(void)
{
	test_numbers();
	test_switches();
	test_choices();
	return tap_done();
}
