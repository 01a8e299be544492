/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TLS directives of ListenHTTPS, BackEnd and Emergency. */
#include "conf/read.h"

#include "conf/argument.h"
#include "conf/notes.h"
#include "conf/value.h"

static const char *const protocols[] = { "SSLv2", "SSLv3", "TLSv1", "TLSv1_1",
	"TLSv1_2", "TLSv1_3", NULL };
static const char *const min_protocols[] = { "TLSv1", "TLSv1_1", "TLSv1_2",
	"TLSv1_3", NULL };

static struct conf_tls *
tls_of(struct builder *b)
{
	return b->backend != NULL ? &b->backend->tls : &b->listener->tls;
}

/* --- Files: their paths here, what is in them in make_tls.c --- */

/* The file named, as it can be opened. */
static struct str
find_file(struct builder *b, const struct directive_value *v)
{
	if (b->offline)
		return builder_copy(b, v->text);
	return str_from(file_find(b->arena, v->text, b->at.place.file));
}

static void
push_text(struct builder *b, struct conf_texts *list, struct str text)
{
	list->text = tree_grow(b->tree, list->text, list->count,
	    sizeof(list->text[0]));
	list->text[list->count++] = text;
}

/* A file, a folder or a glob; the path as it can be opened. */
static struct str
find_certs(struct builder *b, const struct directive_value *v)
{
	const struct str path = find_file(b, v);
	const char *pattern;
	glob_t found;

	if (b->offline || file_exists(path.p) || !file_has_magic(path.p))
		return path;
	pattern = file_glob(b->arena, v->text, b->at.place.file, &found);
	globfree(&found);
	return str_from(pattern);
}

void
read_tls_listener_cert(struct builder *b, const struct directive_value *v)
{
	push_text(b, &b->listener->tls.certs, find_certs(b, v));
	builder_note_line(b, &b->certs);
}

void
read_tls_backend_cert(struct builder *b, const struct directive_value *v)
{
	b->backend->tls.certs.count = 0;
	push_text(b, &b->backend->tls.certs, find_file(b, v));
}

void
read_tls_ca_list(struct builder *b, const struct directive_value *v)
{
	b->listener->tls.ca_list = find_file(b, v);
}

void
read_tls_verify_list(struct builder *b, const struct directive_value *v)
{
	tls_of(b)->verify_list = find_file(b, v);
}

void
read_tls_crl_list(struct builder *b, const struct directive_value *v)
{
	push_text(b, &b->listener->tls.crls, find_file(b, v));
	builder_note_line(b, &b->crls);
}

/* --- Protocols --- */

static enum conf_tls_version
version_of(struct builder *b, const struct directive_value *v,
    const char *const *names)
{
	const struct lexer_line *line = v->line;
	struct strbuf expected;
	int i;

	strbuf_init(&expected, BUILDER_TEXT_MAX);
	directive_add_form(&expected, v->row);
	i = line->count == 1 ? argument_choice(line->arg[0].whole, names) : -1;
	if (line->count != 1)
		builder_error(b, line->name, "%s takes one argument",
		    v->row->name);
	else if (i < 0)
		builder_error_hint(b, line->arg[0].whole,
		    (struct builder_hint){
			argument_meant(line->arg[0].whole, names),
			strbuf_text(&expected) },
		    "%s: %.*s is not a protocol", v->row->name,
		    NOTES_WORD(line->arg[0].whole));
	strbuf_release(&expected);
	return (enum conf_tls_version)i;
}

/* The named one and all older ones; 1.3 alone, since nothing is newer. */
void
read_tls_disable(struct builder *b, const struct directive_value *v)
{
	int newest = (int)version_of(b, v, protocols) - 2 + CONF_TLS_1_0;
	unsigned *disabled = &tls_of(b)->disabled;

	if (newest == CONF_TLS_1_3)
		*disabled |= 1U << CONF_TLS_1_3;
	else
		for (int i = CONF_TLS_1_0; i <= newest; i++)
			*disabled |= 1U << i;
}

void
read_tls_min_protocol(struct builder *b, const struct directive_value *v)
{
	int i = (int)version_of(b, v, min_protocols);

	if (i < 0)
		return;
	tls_of(b)->min_version = (enum conf_tls_version)(i + CONF_TLS_1_0);
	if (i + CONF_TLS_1_0 < CONF_TLS_1_2)
		builder_warn(b, v->line->arg[0].whole,
		    "MinProtocol: %s is not safe any more", min_protocols[i]);
}

void
read_tls_ciphers(struct builder *b, const struct directive_value *v)
{
	tls_of(b)->ciphers = builder_copy(b, v->text);
}

void
read_tls_server_name(struct builder *b, const struct directive_value *v)
{
	tls_of(b)->has_server_name = true;
	tls_of(b)->server_name = builder_copy(b, v->text);
}

static unsigned
all_from(enum conf_tls_version min)
{
	unsigned bits = 0;

	for (int i = min == CONF_TLS_DEFAULT ? CONF_TLS_1_2 : (int)min;
	     i <= CONF_TLS_1_3; i++)
		bits |= 1U << i;
	return bits;
}

void
read_tls_close(struct builder *b, struct conf_tls *tls)
{
	struct str word;

	if ((all_from(tls->min_version) & ~tls->disabled) != 0)
		return;
	word = builder_blame(b, "Disable");
	builder_warn(b, word,
	    "Disable leaves no protocol and is ignored: TLSv1_2 and TLSv1_3 "
	    "are used");
	tls->disabled = 0;
	tls->min_version = CONF_TLS_DEFAULT;
}

/* --- The rest of ListenHTTPS --- */

/* ClientCert MODE [DEPTH] */
void
read_tls_client_cert(struct builder *b, const struct directive_value *v)
{
	static const struct directive_form mode = { .kind = DIRECTIVE_NUMBER,
		.max = 3 };
	static const struct directive_form depth = { .kind = DIRECTIVE_NUMBER,
		.min = 1,
		.max = 9 };
	const struct lexer_line *line = v->line;
	uint64_t n;

	if (line->count < 1 || line->count > 2) {
		builder_error(b, line->name,
		    "ClientCert takes one or two "
		    "numbers");
		return;
	}
	if (value_number(b, line->arg[0].whole, &mode, &n))
		b->listener->tls.client_cert = (int)n;
	if (line->count == 2 && value_number(b, line->arg[1].whole, &depth, &n))
		b->listener->tls.client_cert_depth = (int)n;
}

void
read_tls_honor_order(struct builder *b, const struct directive_value *v)
{
	b->listener->tls.honor_cipher_order = v->number != 0;
}

void
read_tls_renegotiation(struct builder *b, const struct directive_value *v)
{
	b->listener->tls.renegotiation = (int)v->number;
	if (v->number > 0)
		builder_warn(b, v->word,
		    "SSLAllowClientRenegotiation: renegotiation by the client "
		    "is always refused");
}

void
read_tls_no_https11(struct builder *b, const struct directive_value *v)
{
	b->listener->no_https11 = (int)v->number;
}

/* A number in ListenHTTPS, pass everywhere. */
void
read_tls_xssl_headers(struct builder *b, const struct directive_value *v)
{
	static const struct directive_form level = { .kind = DIRECTIVE_NUMBER,
		.max = 3 };
	const struct lexer_line *line = v->line;
	struct str word = line->arg[0].whole;
	uint64_t n = 0;

	if (line->count != 1) {
		builder_error(b, line->name, "XSSLHeaders takes one argument");
		return;
	}
	b->listener->xssl_pass = str_eq_nocase(word, STR("pass"));
	if (!b->listener->xssl_pass && !b->listener->https)
		builder_error(b, word,
		    "XSSLHeaders: %.*s has no meaning in a ListenHTTP",
		    NOTES_WORD(word));
	else if (!b->listener->xssl_pass && !value_number(b, word, &level, &n))
		return;
	b->listener->xssl_headers = (int)n;
}
