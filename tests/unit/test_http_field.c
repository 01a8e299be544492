/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of fields, lists, credentials. */
#include <stdio.h>
#include <string.h>

#include "base/attrs.h"
#include "http/field.h"
#include "http/message.h"
#include "support/guard.h"
#include "tap.h"

static const char *const known[] = {
#define FIELD(id, name, flags) name,
#include "http/field.def"
#undef FIELD
};

/* The first id whose name this is, as slow as can be. */
static enum field_id
find_slowly(struct str name)
{
	size_t i, k;

	for (i = 0; i < ARRAY_LEN(known); i++) {
		if (strlen(known[i]) != name.len)
			continue;
		for (k = 0; k < name.len; k++)
			if (str_lower((unsigned char)known[i][k]) !=
			    str_lower((unsigned char)name.p[k]))
				break;
		if (k == name.len)
			return (enum field_id)(i + 1);
	}
	return FIELD_OTHER;
}

static int
differs(struct str name)
{
	return field_id(name) != find_slowly(name);
}

/* Every name of the table, in any case, and all that is one byte off. */
static void
test_names(void)
{
	char name[32];
	struct guard g;
	size_t i, k, len;
	int b, wrong = 0;

	for (i = 0; i < ARRAY_LEN(known); i++) {
		len = strlen(known[i]);
		is_int(field_id(str_from(known[i])), i + 1, "%s", known[i]);
		is_mem(field_name((enum field_id)(i + 1)).p,
		    field_name((enum field_id)(i + 1)).len, known[i], len,
		    "its name");
		for (k = 0; k < len; k++) {
			for (b = 0; b < 256; b++) {
				memcpy(name, known[i], len);
				name[k] = (char)b;
				wrong += differs(str_make(name, len));
			}
			name[k] = (char)str_lower((unsigned char)known[i][k]);
			wrong += differs(str_make(name, k));
		}
		for (k = 0; k < len; k++) {
			name[k] = (char)str_lower((unsigned char)known[i][k]);
			if (k % 2 != 0 && name[k] >= 'a')
				name[k] = (char)(name[k] - 0x20);
		}
		guard_copy(&g, name, len);
		wrong += field_id(str_make(g.bytes, len)) != i + 1;
		guard_release(&g);
		name[len] = 'x';
		wrong += differs(str_make(name, len + 1));
	}
	is_int(wrong, 0, "all that is near to a name");
	is_int(field_id(STR_NONE), FIELD_OTHER, "no name");
	is_int(field_id(STR("X-A-Name-That-Is-Longer-Than-All-Of-Them")),
	    FIELD_OTHER, "a long name");
}

static void
test_flags(void)
{
	static const char hop[] =
	    " Connection Keep-Alive Proxy-Connection TE Trailer Upgrade"
	    " HTTP2-Settings ";
	char word[40];
	size_t i;
	int wrong = 0, xssl = 0;

	for (i = 0; i < ARRAY_LEN(known); i++) {
		snprintf(word, sizeof(word), " %s ", known[i]);
		wrong += (strstr(hop, word) != NULL) !=
		    ((field_flags((enum field_id)(i + 1)) & FIELD_HOP) != 0);
		xssl += (field_flags((enum field_id)(i + 1)) & FIELD_XSSL) != 0;
	}
	is_int(wrong, 0, "hop-by-hop fields");
	is_int(xssl, 7, "seven X-SSL fields");
	is_int(field_flags(FIELD_OTHER), 0, "no flags");
}

static void
test_twins(void)
{
	static const struct {
		const char *name;
		enum field_id twin;
	} test[] = {
		{ "X_Forwarded_For", FIELD_X_FORWARDED_FOR },
		{ "x_forwarded-for", FIELD_X_FORWARDED_FOR },
		{ "Content_Length", FIELD_CONTENT_LENGTH },
		{ "TRANSFER_ENCODING", FIELD_TRANSFER_ENCODING },
		{ "X_SSL_Cipher", FIELD_X_SSL_CIPHER },
		{ "X-Forwarded-For", FIELD_OTHER }, /* it is the thing itself */
		{ "User_Agent", FIELD_OTHER },	    /* means nothing */
		{ "Ho_st", FIELD_OTHER },
		{ "_Host", FIELD_OTHER },
		{ "X_Other", FIELD_OTHER },
		{ "", FIELD_OTHER },
		{ "_", FIELD_OTHER },
		{ "X_A_Name_That_Is_Longer_Than_All_Of_Them", FIELD_OTHER },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(test); i++)
		is_int(field_twin(str_from(test[i].name)), test[i].twin,
		    "twin of '%s'", test[i].name);
}

static void
test_lists(void)
{
	static const struct {
		const char *list, *want;
	} test[] = {
		{ "", "" },
		{ "a", "<a>" },
		{ "a,b", "<a><b>" },
		{ " a \t, b c ,", "<a><b c>" },
		{ ",,a,, ,b,", "<a><b>" },
		{ " , ", "" },
	};
	char text[64];
	struct str rest, token;
	size_t i;

	for (i = 0; i < ARRAY_LEN(test); i++) {
		rest = str_from(test[i].list);
		text[0] = '\0';
		while (field_next_token(&rest, &token))
			snprintf(text + strlen(text),
			    sizeof(text) - strlen(text), "<%.*s>",
			    STR_ARG(token));
		is_str(text, test[i].want, "list '%s'", test[i].list);
	}
	ok(field_has_token(STR("keep-alive, Upgrade"), STR("upgrade")),
	    "a token of a list");
	ok(!field_has_token(STR("upgrades, x-upgrade"), STR("upgrade")),
	    "part of a token");
	ok(!field_has_token(STR_NONE, STR("upgrade")), "no list");
	ok(!field_has_token(STR(", ,"), STR("")), "no empty element");
}

static void
test_basic_user(void)
{
	static const struct {
		const char *credentials, *user; /* NULL: none */
	} test[] = {
		{ "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin" },
		{ "basic  QWxhZGRpbjpvcGVuIHNlc2FtZQ", "Aladdin" },
		{ "Basic dXNlcjo=", "user" },	      /* user: */
		{ "Basic OnBhc3M=", "" },	      /* :pass */
		{ "Basic /+8/Og==", "\xff\xef?" },    /* ...: */
		{ "Basic dXNlcjpwYTpzcw==", "user" }, /* user:pa:ss */
		{ "Basic dXNlcg==", NULL },	      /* no colon */
		{ "Basic dXN!cjpwYXNz", NULL },
		{ "Basic dXNl=cjpwYXNz", NULL },
		{ "Basic ===", NULL },
		{ "Basic ", NULL },
		{ "Basic", NULL },
		{ "", NULL },
		{ "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", NULL },
		{ "BasicQWxhZGRpbjpvcGVuIHNlc2FtZQ==", NULL },
	};
	char memory[16];
	struct str user;
	size_t i;

	for (i = 0; i < ARRAY_LEN(test); i++) {
		user = field_basic_user(str_from(test[i].credentials), memory,
		    sizeof(memory));
		is_mem(user.p, user.len, test[i].user,
		    test[i].user == NULL ? 0 : strlen(test[i].user),
		    "user of '%s'", test[i].credentials);
	}
	user = field_basic_user(STR("Basic QWxhZGRpbjpv"), memory, 7);
	is_int(user.len, 7, "room for the name");
	user = field_basic_user(STR("Basic QWxhZGRpbjpv"), memory, 6);
	ok(user.p == NULL, "no room for the name");
}

/* Three bytes as base64, from the alphabet of RFC 4648. */
static void
encode64(char *to, const unsigned char *b)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz0123456789+/";

	to[0] = alphabet[b[0] >> 2];
	to[1] = alphabet[(b[0] & 3) << 4 | b[1] >> 4];
	to[2] = alphabet[(b[1] & 15) << 2 | b[2] >> 6];
	to[3] = alphabet[b[2] & 63];
}

/* Each pair of bytes as a name, at each place of a group of three. */
static void
test_user_bytes(void)
{
	unsigned char plain[9] = "0123456:";
	char text[] = "Basic ????????????", memory[9];
	struct str user;
	unsigned at, pair, i, wrong = 0;

	for (at = 0; at < 3; at++) {
		for (pair = 0; pair < 65536; pair++) {
			plain[at] = (unsigned char)(pair >> 8);
			plain[at + 1] = (unsigned char)pair;
			if (plain[at] == ':' || plain[at + 1] == ':')
				continue;
			for (i = 0; i < 3; i++)
				encode64(text + 6 + 4 * i, plain + 3 * i);
			user = field_basic_user(STR(text), memory,
			    sizeof(memory));
			wrong += !str_eq(user,
			    str_make((const char *)plain, 7));
		}
		memcpy(plain, "0123456:", 8);
	}
	is_int(wrong, 0, "every pair of bytes in a user's name");
}

static void
test_find(void)
{
	const struct field field[] = {
		{ .id = FIELD_OTHER },
		{ .id = FIELD_COOKIE, .skip = true },
		{ .id = FIELD_COOKIE },
	};

	ok(message_find(field, 3, FIELD_COOKIE) == field + 1,
	    "the first one, though it is not forwarded");
	ok(message_find(field, 1, FIELD_COOKIE) == NULL, "none");
	ok(message_find(NULL, 0, FIELD_HOST) == NULL, "none of none");
}

int
main(void)
{
	test_names();
	test_flags();
	test_twins();
	test_lists();
	test_basic_user();
	test_user_bytes();
	test_find();
	return tap_done();
}
