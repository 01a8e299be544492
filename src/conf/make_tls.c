/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/make_tls.h"

#include "net/tls.h"

/* Of each setting: its directive, and what a good file looks like. */
static const struct {
	const char *directive;
	const char *expected;
} settings[] = {
	[TLS_SETTING_NONE] = { NULL, NULL },
	[TLS_SETTING_CERT] = { "Cert",
	    "a PEM file with certificate, chain and private key" },
	[TLS_SETTING_CIPHERS] = { "Ciphers", NULL },
	[TLS_SETTING_CURVES] = { "ECDHCurve", NULL },
	[TLS_SETTING_VERIFY_LIST] = { "VerifyList",
	    "a PEM file with certificates" },
	[TLS_SETTING_CA_LIST] = { "CAlist", "a PEM file with certificates" },
	[TLS_SETTING_CRL] = { "CRLlist", "a PEM file with CRLs" },
};

/* Makes the line of the setting the one that findings are about. */
static struct str
blame(struct builder *b, const struct tls_finding *f)
{
	const char *directive = settings[f->setting].directive;

	/* a back-end has one of each at most */
	if (b->backend != NULL)
		return builder_blame(b, directive);
	if (f->setting == TLS_SETTING_CERT && f->index < b->certs.count)
		return builder_blame_seen(b, &b->certs.line[f->index]);
	if (f->setting == TLS_SETTING_CRL && f->index < b->crls.count)
		return builder_blame_seen(b, &b->crls.line[f->index]);
	return builder_blame(b, directive);
}

static void
say_at(struct builder *b, const struct tls_finding *f, struct str word)
{
	const struct builder_hint hint = { NULL,
		settings[f->setting].expected };
	const char *directive = settings[f->setting].directive;
	const char *file = f->file != NULL ? f->file : "";
	const char *colon = f->file != NULL ? ": " : "";

	if (f->error)
		builder_error_hint(b, word, hint, "%s: %s%s%s", directive, file,
		    colon, f->words);
	else
		builder_warn(b, word, "%s: %s%s%s", directive, file, colon,
		    f->words);
}

/* Curves were checked where they stand. */
static void
say(void *arg, const struct tls_finding *f)
{
	if (f->setting != TLS_SETTING_CURVES)
		say_at(arg, f, blame(arg, f));
}

/* --- Settings --- */

static const char *
text_of(struct str s)
{
	return str_empty(s) ? NULL : s.p;
}

static const char *const *
texts_of(struct builder *b, const struct conf_texts *list)
{
	const char **text = arena_alloc(b->arena, list->count * sizeof(*text));

	for (size_t i = 0; i < list->count; i++)
		text[i] = list->text[i].p;
	return text;
}

static struct tls_settings
settings_of(struct builder *b, const struct conf_tls *tls)
{
	_Static_assert((int)CONF_TLS_DEFAULT == (int)TLS_VERSION_DEFAULT &&
		(int)CONF_TLS_1_3 == (int)TLS_VERSION_1_3,
	    "the same versions");

	return (struct tls_settings){ .certs = texts_of(b, &tls->certs),
		.cert_count = tls->certs.count,
		.min_version = (enum tls_version)tls->min_version,
		.disabled = tls->disabled,
		.ciphers = text_of(tls->ciphers),
		.curves = text_of(tls->curves),
		.verify_list = text_of(tls->verify_list),
		.ca_list = text_of(tls->ca_list),
		.crls = texts_of(b, &tls->crls),
		.crl_count = tls->crls.count,
		.client_cert = tls->client_cert,
		.client_cert_depth = tls->client_cert_depth,
		.honor_cipher_order = tls->honor_cipher_order,
		.server_name = tls->has_server_name ? tls->server_name.p
						    : NULL };
}

void
make_tls_server(struct builder *b)
{
	const struct tls_report report = { say, b };
	struct conf_listener *l = b->listener;
	struct tls_settings s = settings_of(b, &l->tls);

	if (b->offline || l->tls.certs.count == 0)
		return;
	s.identity = text_of(l->name);
	l->tls_server = tls_server_new(&s, &report);
}

void
make_tls_client(struct builder *b)
{
	const struct tls_report report = { say, b };
	struct conf_backend *be = b->backend;
	struct tls_settings s = settings_of(b, &be->tls);

	if (b->offline)
		return;
	/* ECDHCurve is about listeners. */
	s.curves = NULL;
	be->tls_client = tls_client_new(&s, &report);
}

/* --- ECDHCurve --- */

static void
say_here(void *arg, const struct tls_finding *f)
{
	struct builder *b = arg;

	say_at(b, f, b->at.arg[0].whole);
}

void
make_tls_check_curves(struct builder *b, const struct directive_value *v)
{
	const struct tls_report report = { say_here, b };

	tls_check_curves(builder_copy(b, v->text).p, &report);
}
