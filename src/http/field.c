/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/field.h"

#include "base/attrs.h"
#include "base/check.h"
#include "http/octet.h"

#define NAME_MAX_LEN 25 /* of the table */

struct row {
	struct str name;
	unsigned flags;
};

static const struct row row[FIELD_ID_COUNT] = {
	[FIELD_OTHER] = { { "", 0 }, 0 },
#define FIELD(id, name, flags) \
	[FIELD_##id] = { { name, sizeof(name) - 1 }, flags },
#include "http/field.def"
#undef FIELD
};

/*
 * The first row with that length and first letter ("& 31": without case).
 * Further ones stand behind it in the table. A new name in field.def needs
 * its place here too; the unit test asks for each name.
 */
#define FIRST(len, letter) [len][(letter)&31]
static const uint8_t first_row[NAME_MAX_LEN + 1][32] = {
	FIRST(2, 't') = FIELD_TE,
	FIRST(4, 'h') = FIELD_HOST,
	FIRST(5, 'p') = FIELD_PROXY,
	FIRST(6, 'c') = FIELD_COOKIE,
	FIRST(6, 'e') = FIELD_EXPECT,
	FIRST(7, 'r') = FIELD_REFERER,
	FIRST(7, 't') = FIELD_TRAILER,
	FIRST(7, 'u') = FIELD_UPGRADE,
	FIRST(8, 'l') = FIELD_LOCATION,
	FIRST(10, 'c') = FIELD_CONNECTION,
	FIRST(10, 'k') = FIELD_KEEP_ALIVE,
	FIRST(10, 's') = FIELD_SET_COOKIE,
	FIRST(10, 'u') = FIELD_USER_AGENT,
	FIRST(11, 'd') = FIELD_DESTINATION,
	FIRST(12, 'm') = FIELD_MAX_FORWARDS,
	FIRST(12, 'x') = FIELD_X_SSL_CIPHER,
	FIRST(13, 'a') = FIELD_AUTHORIZATION,
	FIRST(13, 'x') = FIELD_X_SSL_SUBJECT,
	FIRST(14, 'c') = FIELD_CONTENT_LENGTH,
	FIRST(14, 'h') = FIELD_HTTP2_SETTINGS,
	FIRST(14, 'x') = FIELD_X_SSL_NOTAFTER,
	FIRST(15, 'x') = FIELD_X_FORWARDED_FOR,
	FIRST(16, 'c') = FIELD_CONTENT_LOCATION,
	FIRST(16, 'p') = FIELD_PROXY_CONNECTION,
	FIRST(16, 'w') = FIELD_WWW_AUTHENTICATE,
	FIRST(17, 's') = FIELD_SEC_WEBSOCKET_KEY,
	FIRST(17, 't') = FIELD_TRANSFER_ENCODING,
	FIRST(17, 'x') = FIELD_X_SSL_CERTIFICATE,
	FIRST(18, 'p') = FIELD_PROXY_AUTHENTICATE,
	FIRST(19, 'p') = FIELD_PROXY_AUTHORIZATION,
	FIRST(25, 's') = FIELD_STRICT_TRANSPORT_SECURITY,
};
#undef FIRST

enum field_id
field_id(struct str name)
{
	unsigned id;

	if (name.len == 0 || name.len > NAME_MAX_LEN)
		return FIELD_OTHER;
	id = first_row[name.len][(unsigned char)name.p[0] & 31];
	if (id == FIELD_OTHER)
		return FIELD_OTHER;
	for (; id < FIELD_ID_COUNT; id++)
		if (row[id].name.len == name.len &&
		    str_eq_nocase(row[id].name, name))
			return (enum field_id)id;
	return FIELD_OTHER;
}

static const struct row *
field_row(enum field_id id)
{
	check((unsigned)id < FIELD_ID_COUNT);
	return &row[id];
}

struct str
field_name(enum field_id id)
{
	return field_row(id)->name;
}

unsigned
field_flags(enum field_id id)
{
	return field_row(id)->flags;
}

enum field_id
field_twin(struct str name)
{
	const unsigned guarded = FIELD_FRAMING | FIELD_OURS | FIELD_XSSL;
	char dashed[NAME_MAX_LEN];
	enum field_id id;
	size_t i;

	if (name.len > NAME_MAX_LEN || str_find(name, '_') == name.len)
		return FIELD_OTHER;
	for (i = 0; i < name.len; i++)
		dashed[i] = name.p[i] == '_' ? '-' : name.p[i];
	id = field_id(str_make(dashed, name.len));
	return (field_flags(id) & guarded) != 0 ? id : FIELD_OTHER;
}

bool
field_next_token(struct str *rest, struct str *token)
{
	size_t comma;

	while (rest->len > 0) {
		comma = str_find(*rest, ',');
		*token = str_trim(str_head(*rest, comma));
		*rest = str_skip(*rest, comma + 1);
		if (token->len > 0)
			return true;
	}
	return false;
}

bool
field_has_token(struct str list, struct str token)
{
	struct str t;

	while (field_next_token(&list, &t))
		if (str_eq_nocase(t, token))
			return true;
	return false;
}

/* 0 to 63, or -1. RFC 4648 4. */
static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Decoded bytes up to the colon, or -1: not base64, no colon, no room. What
 * is behind the colon, password and padding, is not looked at. */
static long
base64_user(struct str text, char *memory, size_t cap)
{
	size_t i, n = 0;
	unsigned bits = 0;
	int value, have = 0;

	for (i = 0; i < text.len; i++) {
		value = base64_value(text.p[i]);
		if (value < 0)
			return -1;
		bits = (bits << 6 | (unsigned)value) & 0xffff;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		if ((char)(bits >> have) == ':')
			return (long)n;
		if (n == cap)
			return -1;
		memory[n++] = (char)(bits >> have);
	}
	return -1;
}

struct str
field_basic_user(struct str credentials, char *memory, size_t cap)
{
	struct str text;
	long n;

	if (!str_starts_nocase(credentials, STR("Basic ")))
		return STR_NONE;
	text = str_trim(str_skip(credentials, 6));
	n = base64_user(text, memory, cap);
	return n < 0 ? STR_NONE : str_make(memory, (size_t)n);
}
