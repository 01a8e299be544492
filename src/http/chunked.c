/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *           hex                      CR           LF
 *   BEGIN ------> SIZE ------------------> SIZE_LF --+--> DATA
 *     ^            |  ';'                    ^       |     | all of it
 *     |            v                         |       |     v
 *     |     EXT_BEGIN <---------+            |       |  DATA_CR
 *     |            | token      | ';'        |       |     | CR
 *     |            v            |            |       |     v
 *     |          EXT_NAME ------+----------->+       |  DATA_LF
 *     |            | '='        |            |       |     | LF
 *     +------------|------------|------------|-------|-----+
 *                  v            |            |       |
 *         EXT_EQUAL             |            |       | size 0
 *      token |    | '"'         |            |       v
 *            v    v             |            |    TRAILER --+-- CR --> END_LF
 *      EXT_TOKEN  EXT_QUOTED    |            |     |   ^    |          |
 *            |    | '"'   ^ '\\' |            |     v   |    |          v
 *            |    v       v     |            |    NAME, VALUE,        END
 *            |  EXT_QUOTED_END  |            |    VALUE_LF
 *            +----+-------------+------------+
 *
 * Gentle: blanks may stand behind the size and around ';' and '='
 * (RFC 9112 7.1.1 BWS). A step takes one byte and is false when the byte
 * may not stand there.
 */
#include "http/chunked.h"

#include "http/octet.h"

#define SIZE_DIGITS_MAX 16

enum state {
	STATE_BEGIN,
	STATE_SIZE,
	STATE_SIZE_LF,
	/* from here to EXT_END: counted as extension */
	STATE_SIZE_BLANK, /* gentle only */
	STATE_EXT_BEGIN,
	STATE_EXT_NAME,
	STATE_EXT_NAME_BLANK, /* gentle only */
	STATE_EXT_EQUAL,
	STATE_EXT_TOKEN,
	STATE_EXT_QUOTED,
	STATE_EXT_ESCAPED,
	STATE_EXT_END, /* behind a value */
	STATE_DATA_CR,
	STATE_DATA_LF,
	STATE_TRAILER,
	STATE_TRAILER_NAME,
	STATE_TRAILER_VALUE,
	STATE_TRAILER_LF,
	STATE_END_LF,
	/* those that take no byte by byte */
	STATE_DATA,
	STATE_END,
	STATE_BAD,
};

void
chunked_init(struct chunked *c, bool gentle)
{
	*c = (struct chunked){ .state = STATE_BEGIN, .gentle = gentle };
}

static bool
go(struct chunked *c, enum state to)
{
	c->state = (int)to;
	return true;
}

/* Whether the byte is a blank that a gentle reader passes over. */
static bool
blank_passes(struct chunked *c, char b)
{
	if (!c->gentle || !octet_blank(b))
		return false;
	c->was_gentle = true;
	return true;
}

static bool
add_digit(struct chunked *c, char b)
{
	if (++c->digits > SIZE_DIGITS_MAX)
		return false;
	c->left = c->left << 4 | (unsigned)octet_hex_value(b);
	return true;
}

static bool
step_begin(struct chunked *c, char b)
{
	c->left = 0;
	c->digits = 0;
	return octet_is(b, OCTET_HEX) && add_digit(c, b) && go(c, STATE_SIZE);
}

/* What may follow a size, a name or a value. */
static bool
step_behind(struct chunked *c, char b)
{
	if (b == '\r')
		return go(c, STATE_SIZE_LF);
	return b == ';' && go(c, STATE_EXT_BEGIN);
}

static bool
step_size(struct chunked *c, char b)
{
	if (octet_is(b, OCTET_HEX))
		return add_digit(c, b);
	if (blank_passes(c, b))
		return go(c, STATE_SIZE_BLANK);
	return step_behind(c, b);
}

static bool
step_blank(struct chunked *c, char b)
{
	return blank_passes(c, b) || step_behind(c, b);
}

/* The size is complete. */
static bool
step_size_lf(struct chunked *c, char b)
{
	if (b != '\n' || c->left > (uint64_t)INT64_MAX - c->total)
		return false;
	c->total += c->left;
	return go(c, c->left > 0 ? STATE_DATA : STATE_TRAILER);
}

static bool
step_ext_begin(struct chunked *c, char b)
{
	if (octet_is(b, OCTET_TOKEN))
		return go(c, STATE_EXT_NAME);
	return blank_passes(c, b);
}

static bool
step_ext_name(struct chunked *c, char b)
{
	if (octet_is(b, OCTET_TOKEN))
		return true;
	if (b == '=')
		return go(c, STATE_EXT_EQUAL);
	if (blank_passes(c, b))
		return go(c, STATE_EXT_NAME_BLANK);
	return step_behind(c, b);
}

static bool
step_ext_name_blank(struct chunked *c, char b)
{
	if (b == '=')
		return go(c, STATE_EXT_EQUAL);
	return step_blank(c, b);
}

static bool
step_ext_equal(struct chunked *c, char b)
{
	if (octet_is(b, OCTET_TOKEN))
		return go(c, STATE_EXT_TOKEN);
	if (b == '"')
		return go(c, STATE_EXT_QUOTED);
	return blank_passes(c, b);
}

static bool
step_ext_token(struct chunked *c, char b)
{
	if (octet_is(b, OCTET_TOKEN))
		return true;
	if (blank_passes(c, b))
		return go(c, STATE_EXT_END);
	return step_behind(c, b);
}

/* Unlike a field's value this text may not have tabs (strict-http 5). */
static bool
step_ext_quoted(struct chunked *c, char b)
{
	if (b == '"')
		return go(c, STATE_EXT_END);
	if (b == '\\')
		return go(c, STATE_EXT_ESCAPED);
	return octet_is(b, OCTET_VALUE) && b != '\t';
}

static bool
step_ext_escaped(struct chunked *c, char b)
{
	return octet_is(b, OCTET_VALUE) && b != '\t' && go(c, STATE_EXT_QUOTED);
}

static bool
step_data_cr(struct chunked *c, char b)
{
	return b == '\r' && go(c, STATE_DATA_LF);
}

static bool
step_data_lf(struct chunked *c, char b)
{
	return b == '\n' && go(c, STATE_BEGIN);
}

static bool
step_trailer(struct chunked *c, char b)
{
	if (b == '\r')
		return go(c, STATE_END_LF);
	return octet_is(b, OCTET_TOKEN) &&
	    ++c->trailers <= CHUNKED_TRAILERS_MAX && go(c, STATE_TRAILER_NAME);
}

static bool
step_trailer_name(struct chunked *c, char b)
{
	return octet_is(b, OCTET_TOKEN) ||
	    (b == ':' && go(c, STATE_TRAILER_VALUE));
}

static bool
step_trailer_value(struct chunked *c, char b)
{
	return octet_is(b, OCTET_VALUE) ||
	    (b == '\r' && go(c, STATE_TRAILER_LF));
}

static bool
step_trailer_lf(struct chunked *c, char b)
{
	return b == '\n' && go(c, STATE_TRAILER);
}

static bool
step_end_lf(struct chunked *c, char b)
{
	return b == '\n' && go(c, STATE_END);
}

static bool (*const step[])(struct chunked *c, char b) = {
	[STATE_BEGIN] = step_begin,
	[STATE_SIZE] = step_size,
	[STATE_SIZE_BLANK] = step_blank,
	[STATE_SIZE_LF] = step_size_lf,
	[STATE_EXT_BEGIN] = step_ext_begin,
	[STATE_EXT_NAME] = step_ext_name,
	[STATE_EXT_NAME_BLANK] = step_ext_name_blank,
	[STATE_EXT_EQUAL] = step_ext_equal,
	[STATE_EXT_TOKEN] = step_ext_token,
	[STATE_EXT_QUOTED] = step_ext_quoted,
	[STATE_EXT_ESCAPED] = step_ext_escaped,
	[STATE_EXT_END] = step_blank,
	[STATE_DATA_CR] = step_data_cr,
	[STATE_DATA_LF] = step_data_lf,
	[STATE_TRAILER] = step_trailer,
	[STATE_TRAILER_NAME] = step_trailer_name,
	[STATE_TRAILER_VALUE] = step_trailer_value,
	[STATE_TRAILER_LF] = step_trailer_lf,
	[STATE_END_LF] = step_end_lf,
};

static bool
in_extension(int state)
{
	return state >= STATE_SIZE_BLANK && state <= STATE_EXT_END;
}

static bool
in_trailer(int state)
{
	return state >= STATE_TRAILER && state <= STATE_END_LF;
}

/* One byte of anything but data, counted where it costs the sender. */
static bool
take_byte(struct chunked *c, char b)
{
	int before = c->state;

	if (in_trailer(before) && ++c->trailer > CHUNKED_TRAILER_MAX)
		return false;
	if (!step[before](c, b))
		return false;
	return !in_extension(c->state) ||
	    ++c->extension <= CHUNKED_EXTENSION_MAX;
}

static enum chunked_event
take_data(struct chunked *c, struct str in, size_t *used, struct str *data)
{
	if (str_empty(in))
		return CHUNKED_MORE;
	*data = in.len < c->left ? in : str_make(in.p, (size_t)c->left);
	*used += data->len;
	c->left -= data->len;
	if (c->left == 0)
		c->state = STATE_DATA_CR;
	return CHUNKED_DATA;
}

static enum chunked_event
bad(struct chunked *c)
{
	c->bad_trailer = in_trailer(c->state);
	c->state = STATE_BAD;
	return CHUNKED_BAD;
}

enum chunked_event
chunked_next(struct chunked *c, struct str in, size_t *used, struct str *data)
{
	*used = 0;
	if (c->state == STATE_BAD)
		return CHUNKED_BAD;
	if (c->state == STATE_DATA)
		return take_data(c, in, used, data);
	while (c->state != STATE_END && *used < in.len) {
		if (!take_byte(c, in.p[*used]))
			return bad(c);
		++*used;
		if (c->state == STATE_DATA)
			return CHUNKED_SIZE;
	}
	return c->state == STATE_END ? CHUNKED_END : CHUNKED_MORE;
}
