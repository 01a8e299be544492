/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/tls_cipher.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include "base/attrs.h"
#include "base/check.h"
#include "base/strbuf.h"
#include "net/tls_internal.h"

#define LIST_MAX 8192
#define WORD_MAX ((size_t)128)

/* Mozilla's "intermediate" recommendation. */
#define INTERMEDIATE \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:" \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:" \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:" \
	"DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:" \
	"DHE-RSA-CHACHA20-POLY1305"
/* What a client from before TLS 1.2 knows. */
#define OLD \
	"ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:" \
	"ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:" \
	"ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:" \
	"ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:" \
	"DHE-RSA-AES128-SHA256:DHE-RSA-AES256-SHA256:" \
	"DHE-RSA-AES128-SHA:DHE-RSA-AES256-SHA:" \
	"AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:AES256-SHA256:" \
	"AES128-SHA:AES256-SHA:DES-CBC3-SHA"
#define GROUPS "X25519:P-256:P-384"

static bool
is_old(const struct tls_settings *s)
{
	return s->min_version == TLS_VERSION_1_0 ||
	    s->min_version == TLS_VERSION_1_1;
}

/* --- Versions --- */

static void
set_versions(SSL_CTX *ctx, const struct tls_settings *s)
{
	static const int number[] = {
		[TLS_VERSION_DEFAULT] = TLS1_2_VERSION,
		[TLS_VERSION_1_0] = TLS1_VERSION,
		[TLS_VERSION_1_1] = TLS1_1_VERSION,
		[TLS_VERSION_1_2] = TLS1_2_VERSION,
		[TLS_VERSION_1_3] = TLS1_3_VERSION,
	};
	static const uint64_t off[] = {
		[TLS_VERSION_DEFAULT] = 0,
		[TLS_VERSION_1_0] = SSL_OP_NO_TLSv1,
		[TLS_VERSION_1_1] = SSL_OP_NO_TLSv1_1,
		[TLS_VERSION_1_2] = SSL_OP_NO_TLSv1_2,
		[TLS_VERSION_1_3] = SSL_OP_NO_TLSv1_3,
	};

	check(SSL_CTX_set_min_proto_version(ctx, number[s->min_version]) == 1);
	check(SSL_CTX_set_max_proto_version(ctx, 0) == 1);
	for (size_t i = 1; i < ARRAY_LEN(off); i++)
		if ((s->disabled & (1U << i)) != 0)
			(void)SSL_CTX_set_options(ctx, off[i]);
	/* Their signatures are SHA-1, which higher levels refuse. */
	if (is_old(s))
		SSL_CTX_set_security_level(ctx, 0);
}

/* --- Lists of words --- */

/* Separators of OpenSSL's lists. */
static bool
separates(char c)
{
	return c == ':' || c == ' ' || c == ',' || c == ';' || c == '\t';
}

static struct str
next_word(struct str *list)
{
	size_t from = 0, to;

	while (from < list->len && separates(list->p[from]))
		from++;
	to = from;
	while (to < list->len && !separates(list->p[to]))
		to++;
	const struct str word = str_head(str_skip(*list, from), to - from);

	*list = str_skip(*list, to);
	return word;
}

static void
add_word(struct strbuf *to, struct str word)
{
	if (to->len > 0)
		strbuf_add_char(to, ':');
	strbuf_add(to, word);
}

/* --- Ciphers --- */

static const char *
default_ciphers(const struct tls_settings *s, enum tls_side side)
{
	if (side == TLS_CLIENT)
		return NULL; /* the library's: back-ends are of any age */
	return is_old(s) ? INTERMEDIATE ":" OLD : INTERMEDIATE;
}

static void
set_older(SSL_CTX *ctx, const char *list, const char *otherwise,
    struct teller *t)
{
	if (list[0] != '\0' && SSL_CTX_set_cipher_list(ctx, list) == 1)
		return;
	if (list[0] != '\0')
		teller_warn(t,
		    "no cipher of this OpenSSL matches the list: the default "
		    "is used");
	ERR_clear_error();
	if (otherwise != NULL)
		check(SSL_CTX_set_cipher_list(ctx, otherwise) == 1);
}

/* TLS 1.3 has names, and a function, of its own. */
static void
set_ciphers(SSL_CTX *ctx, const struct tls_settings *s, enum tls_side side,
    struct teller *t)
{
	struct str rest = str_from(s->ciphers), word;
	struct strbuf older, suites;

	strbuf_init(&older, LIST_MAX);
	strbuf_init(&suites, LIST_MAX);
	t->setting = TLS_SETTING_CIPHERS;
	while (!str_empty(word = next_word(&rest)))
		add_word(str_starts(word, STR("TLS_")) ? &suites : &older,
		    word);
	set_older(ctx, strbuf_text(&older), default_ciphers(s, side), t);
	if (suites.len > 0 &&
	    SSL_CTX_set_ciphersuites(ctx, strbuf_text(&suites)) != 1)
		teller_warn(t,
		    "a cipher of TLS 1.3 in the list is unknown: the default "
		    "is used");
	ERR_clear_error();
	strbuf_release(&older);
	strbuf_release(&suites);
}

/* --- Curves --- */

static bool
is_curve(const char *name)
{
	return EC_curve_nist2nid(name) != NID_undef ||
	    OBJ_txt2nid(name) != NID_undef;
}

/* A curve that TLS of this OpenSSL does not have is left out, if it is one
 * at all. */
static void
add_curve(SSL_CTX *ctx, struct strbuf *good, struct str word, struct teller *t)
{
	struct strbuf name;

	strbuf_init(&name, WORD_MAX);
	strbuf_add(&name, word);
	ERR_clear_error();
	if (name.overflow)
		teller_error(t, "there is no such curve");
	else if (SSL_CTX_set1_groups_list(ctx, strbuf_text(&name)) == 1)
		add_word(good, word);
	else if (is_curve(strbuf_text(&name)))
		teller_warn(t, "%s cannot be used with TLS and is ignored",
		    strbuf_text(&name));
	else
		teller_error(t, "there is no curve %s", strbuf_text(&name));
	ERR_clear_error();
	strbuf_release(&name);
}

static void
set_curves(SSL_CTX *ctx, const struct tls_settings *s, struct teller *t)
{
	struct str rest = str_from(s->curves), word;
	struct strbuf good;

	strbuf_init(&good, LIST_MAX);
	t->setting = TLS_SETTING_CURVES;
	while (!str_empty(word = next_word(&rest)))
		add_curve(ctx, &good, word, t);
	if (good.len == 0)
		strbuf_add(&good, STR(GROUPS));
	/* A word twice is refused in a list. */
	if (SSL_CTX_set1_groups_list(ctx, strbuf_text(&good)) != 1)
		teller_error(t, "OpenSSL refuses the list: %s",
		    teller_reason());
	strbuf_release(&good);
}

void
tls_check_curves(const char *curves, const struct tls_report *report)
{
	const struct tls_settings s = { .curves = curves };
	struct teller t = { .report = report };
	SSL_CTX *ctx = tls_new_context(TLS_server_method());

	set_curves(ctx, &s, &t);
	SSL_CTX_free(ctx);
}

void
tls_set_protocol(SSL_CTX *ctx, const struct tls_settings *s, enum tls_side side,
    struct teller *t)
{
	t->file = NULL;
	t->index = 0;
	set_versions(ctx, s);
	set_ciphers(ctx, s, side, t);
	if (side == TLS_SERVER || s->curves != NULL)
		set_curves(ctx, s, t);
	t->setting = TLS_SETTING_NONE;
}
